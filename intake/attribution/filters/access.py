"""Who may read the reports, and who sees patients' names in them."""

from intake.accounts.current import current_staff
from intake.accounts.models import RoleName

READERS = ("manager", "liaison", "administrator")
# A liaison works with physicians and needs no patient's name.
READERS_OF_NAMES = frozenset({RoleName.MANAGER, RoleName.ADMINISTRATOR})


def sees_names() -> bool:
    """Whether the signed-in reader may see patients' names."""
    return bool(READERS_OF_NAMES & {role.name for role in current_staff().roles})


def reads_reports() -> bool:
    """Whether the signed-in person may read the reports."""
    return bool(set(READERS) & {role.name for role in current_staff().roles})
