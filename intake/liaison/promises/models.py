"""Promises to a referring office, and its issues."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Numbered
from intake.liaison.page.parties import OfParty, one_party


class IssueKind(StrEnum):
    ACCESS = "access"
    COMMUNICATION = "communication"
    RESULTS = "results"
    SCHEDULING = "scheduling"
    BILLING = "billing"
    CLINICAL = "clinical"
    OTHER = "other"


class Promise(OfParty, Numbered):
    """A next step somebody of ours promised to take by a day. Open until kept or, `kept` false, no longer needed.

    One `for_us` is a note to ourselves: the office was promised nothing.
    """

    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    touchpoint_id: Mapped[int | None] = mapped_column(ForeignKey("touchpoint.id"), index=True)
    text: Mapped[str] = mapped_column(String(300))
    for_us: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    due_on: Mapped[date] = mapped_column(Date)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    kept: Mapped[bool | None] = mapped_column(Boolean)

    __table_args__ = (
        one_party(),
        Index("ix_promise_owner", "owner_id", "closed_at", "due_on"),
        Index("ix_promise_physician", "physician_id"),
        Index("ix_promise_practice", "practice_id"),
        CheckConstraint("(closed_at IS NULL) = (kept IS NULL)", name="kept_once_closed"),
    )


class OfficeIssue(OfParty, Numbered):
    """Something that went wrong for a referring office. Open until they were told what was done."""

    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    touchpoint_id: Mapped[int | None] = mapped_column(ForeignKey("touchpoint.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    opened_on: Mapped[date] = mapped_column(Date)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    done: Mapped[str] = mapped_column(Text, default="")
    told_on: Mapped[date | None] = mapped_column(Date)
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        one_party(),
        Index("ix_office_issue_owner", "owner_id", "told_on"),
        Index("ix_office_issue_location", "location_id", "opened_on"),
        Index("ix_office_issue_physician", "physician_id"),
        Index("ix_office_issue_practice", "practice_id"),
        CheckConstraint(f"kind IN ({', '.join(repr(str(kind)) for kind in IssueKind)})", name="kind"),
    )
