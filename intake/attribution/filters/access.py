"""Who may read the reports, and who sees patients' names in them."""

from intake.accounts.current import holds
from intake.accounts.models import RoleName

READERS = ("manager", "liaison", "administrator")
# A liaison works with physicians and needs no patient's name.
READERS_OF_NAMES = frozenset({RoleName.MANAGER, RoleName.ADMINISTRATOR})


def sees_names() -> bool:
    """Whether the signed-in reader may see patients' names."""
    return holds(*READERS_OF_NAMES)


def reads_reports() -> bool:
    """Whether the signed-in person may read the reports."""
    return holds(*READERS)
