"""Tables of the thanks that went out, and of tokens that were given."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Numbered


class PatientThanks(Numbered):
    """A patient was thanked for somebody who came to this visit."""

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    referring_patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    how: Mapped[str] = mapped_column(String(8))
    thanked_at: Mapped[datetime]
    thanked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]


class PatientToken(Numbered):
    """Something small that a patient was given, where the practice gives tokens. No row says for what or whom."""

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    what: Mapped[str] = mapped_column(String(80))
    cents: Mapped[int]
    given_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
