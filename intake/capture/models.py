"""Tables of the doors: handovers, personal links, answers that fit no visit, call slips, wishes, what brought back."""

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.db import Base, Numbered


class Handover(Numbered):
    """A visit on a tablet, from the moment the desk handed it over (or the patient found it) until it ended."""

    # What the tablet's pages call it: nobody can guess another one's. NULL: handed over before migration 0028.
    token: Mapped[str | None] = mapped_column(String(32), unique=True, default=lambda: secrets.token_urlsafe(16))
    device_id: Mapped[int] = mapped_column(ForeignKey("kiosk_device.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id"), index=True)
    handed_at: Mapped[datetime]
    # NULL when the patient found the visit by date of birth.
    handed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # The patient took the tablet; until when it stays theirs without another touch.
    begun_at: Mapped[datetime | None]
    active_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # Pages that the patient has left behind, answered or skipped: "sources", "below:12", "which:3", "main".
    steps_done: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")

    ask: Mapped[Any] = relationship("Ask")
    visit: Mapped[Any] = relationship("Visit")

    __table_args__ = (Index("ix_handover_device", "device_id", "handed_at"),)

    @property
    def public_id(self) -> str:
        """Return how the tablet's forms name it."""
        return self.token or str(self.id)


class SurveyLink(Numbered):
    """A personal address of the question; only a SHA-256 of its token is kept. One visit, one use, an expiry."""

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id"), index=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    steps_done: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")

    ask: Mapped[Any] = relationship("Ask")
    visit: Mapped[Any] = relationship("Visit")


class LateAnswer(Numbered):
    """What a tablet took while it was offline and that fits no visit, or several: the desk says whose it is."""

    # Made on the tablet, so that a repeat is known.
    entry_id: Mapped[str] = mapped_column(String(36), unique=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    device_id: Mapped[int] = mapped_column(ForeignKey("kiosk_device.id"))
    given_at: Mapped[datetime]
    received_at: Mapped[datetime]
    birth_date: Mapped[date | None] = mapped_column(Date)
    # As the tablet sealed it; see intake/capture/kiosk/late_entry.py.
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Whose it was found to be; NULL with `settled_at`: put aside.
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    location: Mapped[Any] = relationship("Location")
    device: Mapped[Any] = relationship("KioskDevice")

    __table_args__ = (Index("ix_late_answer_waiting", "location_id", "settled_at"),)


class CallSlip(Base):
    """What was noted of a call beside who phoned: see call/slip.py for the values."""

    caller_id: Mapped[int] = mapped_column(ForeignKey("caller.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    for_whom: Mapped[str] = mapped_column(String(10))
    # Of whoever it is for, where that isn't the caller.
    patient_name: Mapped[str] = mapped_column(String(160), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(80), default="")
    wanted_on: Mapped[date | None] = mapped_column(Date)
    offered_on: Mapped[date | None] = mapped_column(Date)
    # Nobody answered the telephone.
    missed: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    # No call: a fax or an order names somebody to be called.
    on_paper: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class CallOutcome(Numbered):
    """What came of a call, or of calling back; the newest of a caller holds, the others are its history."""

    caller_id: Mapped[int] = mapped_column(ForeignKey("caller.id"), index=True)
    result: Mapped[str] = mapped_column(String(12))
    why_not: Mapped[str | None] = mapped_column(String(14))
    # When to call next.
    due_on: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ThanksWish(Numbered):
    """Whether the patient of this visit agrees that whoever sent them is thanked; the newest of a visit holds."""

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    wish: Mapped[str] = mapped_column(String(8))
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("kiosk_device.id"))


class ReturnReason(Numbered):
    """What brought somebody back after a long while; says nothing about what first led them here."""

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("referral_source.id"), index=True)
    words: Mapped[str] = mapped_column(String(200), default="")
    recorded_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
