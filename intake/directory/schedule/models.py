"""Tables of uploaded schedule files and of the practice's own words for types of visit."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base, BigId


class ScheduleUpload(Base):
    """An uploaded file, and the counts of its import.

    `content` is encrypted whatever the database does, and goes as soon as it is applied or a day old.
    """

    __tablename__ = "schedule_upload"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    # NULL for a file that was imported by command.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    file_name: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    uploaded_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    # How many rows were read, added, changed, unchanged, cancelled; set when applied.
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    __table_args__ = (Index("ix_schedule_upload_location", "location_id", "uploaded_at"),)


class LearnedVisitType(Base):
    """The practice's own word for a type of visit, and its meaning."""

    __tablename__ = "learned_visit_type"

    word: Mapped[str] = mapped_column(String(60), primary_key=True)
    visit_type: Mapped[str] = mapped_column(String(12))
    learned_at: Mapped[datetime]
    learned_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (CheckConstraint("visit_type IN ('new', 'established')", name="visit_type"),)
