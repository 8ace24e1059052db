"""Until when backups may still hold what was erased."""

from datetime import date, timedelta

from intake import clock
from intake.config import Settings


def backups_end_on(settings: Settings) -> date | None:
    """Return the day on which the last nightly backup made until now is deleted; None where none are kept by Intake."""
    if settings.backup_folder is None:
        return None
    return (clock.now() + timedelta(days=settings.backup_keep + 1)).date()
