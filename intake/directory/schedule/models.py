"""Tables of schedule files, and of the practice's own words in them."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base
from intake.directory.kept_files import KeptFile


class ScheduleUpload(KeptFile):
    """A file between preview and confirmation, then its import: counts, and what taking it back needs.

    `content` is encrypted and goes as `reading` does, which holds the answers given about it too.
    """

    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    # First and last day of the visits.
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    # Of the file's content, so that the same file is known again; set when applied.
    digest: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (Index("ix_schedule_upload_location", "location_id", "uploaded_at"),)


class LearnedWord(Base):
    """The practice's own word for a type or a status of visits or for a location, casefolded, and its meaning."""

    # "visit type", "status" or "location", whose meaning is the location's id.
    about: Mapped[str] = mapped_column(String(12), primary_key=True)
    word: Mapped[str] = mapped_column(String(60), primary_key=True)
    meaning: Mapped[str] = mapped_column(String(12))
    learned_at: Mapped[datetime]
    learned_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
