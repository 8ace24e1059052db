"""Contacts in a referring office, how an office wants to be dealt with, and whom of ours looks after whom."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, SmallInteger, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Numbered
from intake.liaison.page.parties import OfParty, one_party


class Goal(StrEnum):
    KEEP = "keep"
    WIN_BACK = "win_back"
    GROW = "grow"
    GET_TO_KNOW = "get_to_know"


class ContactJob(StrEnum):
    COORDINATOR = "coordinator"
    FRONT_DESK = "front_desk"
    OFFICE_MANAGER = "office_manager"
    NURSE = "nurse"
    OTHER = "other"


class OfficeContact(OfParty, Numbered):
    """Somebody in a referring office who has no NPI: who books, answers, manages. Gone is gone, not deleted, unless a
    file that is taken back added them."""

    name: Mapped[str] = mapped_column(String(120))
    job: Mapped[str] = mapped_column(String(16))
    phone_e164: Mapped[str | None] = mapped_column(String(16))
    email: Mapped[str] = mapped_column(String(254), default="")
    # When they are in, as `page/hours.py` writes it: "Mon-Thu 8-12, Fri 13-16:30".
    hours: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    gone_at: Mapped[datetime | None]

    __table_args__ = (
        one_party(),
        Index("ix_office_contact_physician", "physician_id"),
        Index("ix_office_contact_practice", "practice_id"),
    )


class OfficePreference(OfParty, Numbered):
    """How a physician or practice wants to be dealt with. One row each, for all our locations."""

    hours: Mapped[str] = mapped_column(String(120), default="")
    referrals_by: Mapped[str] = mapped_column(String(120), default="")
    results_by: Mapped[str] = mapped_column(String(120), default="")
    do_not_visit: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    note: Mapped[str] = mapped_column(String(300), default="")
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (one_party(), UniqueConstraint("physician_id"), UniqueConstraint("practice_id"))


class Relationship(OfParty, Numbered):
    """One of our locations looks after a physician or a practice: who, how closely, to which end.

    `last_contact_on` is the day of the last touchpoint of this location at which they were reached; recording keeps it.
    """

    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    tier: Mapped[str] = mapped_column(String(1), default="")
    tier_reason: Mapped[str] = mapped_column(String(200), default="")
    goal: Mapped[str] = mapped_column(String(12), default="")
    # How often they should hear from us; NULL: as their tier says.
    every_days: Mapped[int | None] = mapped_column(SmallInteger)
    since: Mapped[date] = mapped_column(Date)
    last_contact_on: Mapped[date | None] = mapped_column(Date)
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        one_party(),
        UniqueConstraint("location_id", "physician_id"),
        UniqueConstraint("location_id", "practice_id"),
        Index("ix_relationship_owner", "owner_id"),
        Index("ix_relationship_physician", "physician_id"),
        Index("ix_relationship_practice", "practice_id"),
        CheckConstraint("tier IN ('', 'A', 'B', 'C')", name="tier"),
        CheckConstraint("goal IN ('', 'keep', 'win_back', 'grow', 'get_to_know')", name="goal"),
        CheckConstraint("every_days > 0", name="every_days"),
    )
