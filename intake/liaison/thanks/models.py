"""Table of the thanks that went out."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base, BigId


class PatientThanks(Base):
    """A patient was thanked for somebody who came to this visit."""

    __tablename__ = "patient_thanks"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    referring_patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    how: Mapped[str] = mapped_column(String(8))
    thanked_at: Mapped[datetime]
    thanked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]
