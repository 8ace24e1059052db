"""Stops of planned rounds, with the draw that put them there; secret addresses of calendars."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base, Numbered


class RoundStop(Numbered):
    """A target on somebody's round of a day.

    Among the targets that were equally due (`stratum`, `drawn_of` of them), areas came in random order and targets in
    random order within their area; this one came at `drawn_place`, counted from 1. A stop that somebody chose by hand
    has none of the three. Rows stay when a stop is taken out, or the draw could not be judged afterwards.
    """

    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    day: Mapped[date] = mapped_column(Date)
    # Order on the day.
    position: Mapped[int] = mapped_column(SmallInteger)
    area: Mapped[str] = mapped_column(String(90), default="")
    planned_at: Mapped[datetime]
    stratum: Mapped[str] = mapped_column(String(60), default="")
    drawn_place: Mapped[int | None] = mapped_column(SmallInteger)
    drawn_of: Mapped[int | None] = mapped_column(SmallInteger)
    taken_out_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_round_stop_day", "staff_id", "day"),
        UniqueConstraint("relationship_id", "staff_id", "day"),
    )


class RoundDraw(Numbered):
    """One proposal of rounds with everybody it drew among. Days are ordinals: `room` pairs each with the stops it had
    room for, `strata` name those equally due with [relationship, area, days on which they could be met], most urgent
    first, and `drawn` pairs each relationship taken with its day. Never changed.
    """

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    first_day: Mapped[date] = mapped_column(Date, index=True)
    drawn_at: Mapped[datetime]
    room: Mapped[list[Any]] = mapped_column(JSON)
    strata: Mapped[list[Any]] = mapped_column(JSON)
    drawn: Mapped[list[Any]] = mapped_column(JSON)


class CalendarAddress(Base):
    """The secret address of somebody's calendar; only the token's SHA-256 is kept. A new one ends the one before."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
