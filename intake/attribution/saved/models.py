"""Reports that somebody keeps, who gets them by e-mail, and what became of every e-mail."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.accounts.models import Staff
from intake.db import Numbered


class Rhythm(StrEnum):
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class SendState(StrEnum):
    WAITING = "waiting"
    # Claimed, and committed before the mail server is spoken to. Found again after a crash, nobody knows whether the
    # mail left: it becomes uncertain and is never sent again by itself.
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class SavedView(Numbered):
    """A report page with a name: the address, and whose it is. Shared ones belong to everybody who may read them."""

    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    shared: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    owner: Mapped[Staff] = relationship()


class Digest(Numbered):
    """One person gets one saved view by e-mail, every week or month, rendered with that person's own rights."""

    saved_view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    rhythm: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]
    # 'unsubscribed' by the link in the mail, else 'stopped' on the page.
    ended_how: Mapped[str | None] = mapped_column(String(12))

    saved_view: Mapped[SavedView] = relationship()
    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])

    __table_args__ = (CheckConstraint("rhythm IN ('weekly', 'monthly')", name="rhythm"),)


class DigestSend(Numbered):
    """The e-mail of one digest for one period. There is one row a period, so there is at most one e-mail."""

    digest_id: Mapped[int] = mapped_column(ForeignKey("digest.id"))
    # '2026-W47' or '2026-10': the week or month that the report is about.
    period: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), index=True)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    # A word for what went wrong, never what the mail server said: that may quote an address.
    problem: Mapped[str | None] = mapped_column(String(40))
    with_pdf: Mapped[bool] = mapped_column(Boolean, default=False)

    digest: Mapped[Digest] = relationship()

    __table_args__ = (
        UniqueConstraint("digest_id", "period"),
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'uncertain')", name="state"),
    )
