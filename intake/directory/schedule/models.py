"""Tables of schedule files, and of the practice's own words in them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base, Numbered


class ScheduleUpload(Numbered):
    """A file between preview and confirmation, then its import: counts, and what taking it back needs.

    `content`, `reading` and `undo` are encrypted whatever the database does. The first two go as soon as the file is
    applied or a day old, `undo` when it is used or a month old.
    """

    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    # NULL for a file that was imported by command.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    file_name: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    # The file as it was read, so that looking at it again takes no reading, and the answers given about it.
    reading: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    uploaded_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    # How many rows were read, added, changed, unchanged, cancelled; set when applied.
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # First and last day of the visits.
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    # Of the file's content, so that the same file is known again; set when applied.
    digest: Mapped[str | None] = mapped_column(String(64))
    # What the import added, and what stood there before it changed it.
    undo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    undone_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_schedule_upload_location", "location_id", "uploaded_at"),)


class LearnedWord(Base):
    """The practice's own word for a type or a status of visits or for a location, casefolded, and its meaning."""

    # "visit type", "status" or "location", whose meaning is the location's id.
    about: Mapped[str] = mapped_column(String(12), primary_key=True)
    word: Mapped[str] = mapped_column(String(60), primary_key=True)
    meaning: Mapped[str] = mapped_column(String(12))
    learned_at: Mapped[datetime]
    learned_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
