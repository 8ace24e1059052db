"""Rollups: the ledger's sums by day and by month.

Derived, never the truth: `flask totals verify --repair` makes them again from the ledger. `refresh` is their only other
writer, so no answer ever waits for them. `location_id` 0 is every location together; `span` says whether `day` stands
for itself or for its whole month, whose first day it then is. No foreign keys: a rollup follows from ledger rows that
have them.
"""

from datetime import date
from enum import IntEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base, BigId
from intake.survey.models import CoverageEntry, CreditEntry

EVERYWHERE = 0


class RollupSpan(IntEnum):
    DAY = 1
    MONTH = 2


class CoMentionKind(IntEnum):
    """What the members named together are."""

    SOURCES = 1
    PHYSICIANS = 2
    PATIENTS = 3


def _number() -> Mapped[int]:
    """A number in the key; BigInteger also on SQLite, where such a table has no row number of its own."""
    return mapped_column(BigInteger, primary_key=True, autoincrement=False)


class Rollup:
    """The key that rollups share. What a table has in its key beside is what it sums by, the rest its amounts."""

    __tablename__: str
    __table__: Any
    __table_args__: Any = ({"sqlite_with_rowid": False},)

    location_id: Mapped[int] = _number()
    span: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)

    @classmethod
    def own_key(cls) -> tuple[str, ...]:
        """The columns that it sums by, beside place, span and day."""
        shared = ("location_id", "span", "day")
        return tuple(each.name for each in cls.__table__.columns if each.primary_key and each.name not in shared)

    @classmethod
    def amounts(cls) -> tuple[str, ...]:
        """The columns that it adds up."""
        return tuple(each.name for each in cls.__table__.columns if not each.primary_key)


class RollupState(Base):
    """Row 1: the watermark, up to which row of each ledger table is in the rollups. Rows after it are read as they are.

    `times_begun` counts repairs: what was read before one no longer holds.
    """

    __tablename__ = "tally_state"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    credit_folded_to: Mapped[int] = mapped_column(BigId, server_default="0")
    coverage_folded_to: Mapped[int] = mapped_column(BigId, server_default="0")
    times_begun: Mapped[int] = mapped_column(Integer, server_default="0")

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class SourceRollup(Rollup, Base):
    """Credit by source as recorded; 0 for words that nobody has matched to one."""

    __tablename__ = "tally_source"

    source_id: Mapped[int] = _number()
    primary_units: Mapped[int]
    any_units: Mapped[int]
    fractional_units: Mapped[int]


class PhysicianRollup(Rollup, Base):
    """Credit of mentions that point at a physician; by source too, so that what points at nobody is the rest.

    `physician_id` is below 0 where they point at a practice and no physician of it: the practice's number, negative.
    """

    __tablename__ = "tally_physician"

    physician_id: Mapped[int] = _number()
    source_id: Mapped[int] = _number()
    primary_units: Mapped[int]
    any_units: Mapped[int]
    fractional_units: Mapped[int]


class CoMentionRollup(Rollup, Base):
    """How many visits name these together: what "any mention" takes back where members count as one and the same.

    A visit that names two campaigns of one channel counts once for the channel. Under which list that is so is
    known only when reading, so the members of every visit that names more than one are kept, few as they are.
    """

    __tablename__ = "tally_together"

    about: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    # Numbers in order, joined by dots; see co_mentions.py.
    members: Mapped[str] = mapped_column(String(250), primary_key=True)
    visits: Mapped[int]


class CoverageRollup(Rollup, Base):
    """Coverage by who asked and where; for every location together ('' and 0) only the sum."""

    __tablename__ = "tally_coverage"

    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    staff_id: Mapped[int] = _number()
    eligible: Mapped[int]
    asked: Mapped[int]
    answered: Mapped[int]
    dont_remember: Mapped[int]
    declined: Mapped[int]


ROLLUPS: tuple[type[Rollup], ...] = (SourceRollup, PhysicianRollup, CoMentionRollup, CoverageRollup)
LEDGER_OF: dict[Any, Any] = {each: CoverageEntry if each is CoverageRollup else CreditEntry for each in ROLLUPS}
FOLDED_TO: dict[Any, Any] = {CreditEntry: RollupState.credit_folded_to, CoverageEntry: RollupState.coverage_folded_to}
REFERRER = "coalesce(physician_id, -practice_id)"
# Values in a rollup for columns that the ledger leaves empty.
ABSENT: dict[str, Any] = {"source_id": 0, "channel": "", "staff_id": 0}
