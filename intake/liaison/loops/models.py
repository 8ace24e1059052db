"""Tables of what people note about referrals, and of the links that show referring offices their own."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Numbered


class EventKind(StrEnum):
    STAGE = "stage"
    CORRECTION = "correction"
    # The referring office was told; taken back again.
    TOLD = "told"
    NOT_TOLD = "not_told"
    # Their own number for the patient.
    REFERENCE = "reference"
    # Somebody confirmed that this physician did send the patient; taken back again.
    CONFIRMED = "confirmed"
    UNSURE = "unsure"


class ReferralEvent(Numbered):
    """What somebody noted about one referral: that of this visit or caller by this physician. Append-only, but that
    words are erased.

    `value` is the stage, or what was told; `words` say why, how it was told, or the number.
    """

    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    caller_id: Mapped[int | None] = mapped_column(ForeignKey("caller.id"), index=True)
    physician_id: Mapped[int] = mapped_column(ForeignKey("physician.id"))
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(String(300), default="")
    day: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (CheckConstraint("(visit_id IS NULL) <> (caller_id IS NULL)", name="one_subject"),)


class OfficeLink(Numbered):
    """An address that shows a physician's office what became of its referrals; only a SHA-256 of its token is kept."""

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    physician_id: Mapped[int] = mapped_column(ForeignKey("physician.id"), index=True)
    # Those of whoever made it: it shows no other location's referrals.
    location_ids: Mapped[list[int]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
