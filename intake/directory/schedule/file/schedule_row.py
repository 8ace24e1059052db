"""One appointment as a schedule file gives it."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class ScheduleRow:
    """One appointment of the file; `row` is its number in the sheet."""

    row: int
    appointment_id: str
    mrn: str
    first_name: str
    last_name: str
    birth_date: date
    scheduled_at: datetime
    visit_type: str
    status: str
    mobile_e164: str | None = None
    provider: str = ""
    language: str | None = None
    referrer_name: str = ""
    referrer_npi: str = ""
    arrived_at: datetime | None = None
    # Whether the patient agreed to texts; None when the file doesn't say.
    agrees: bool | None = None
