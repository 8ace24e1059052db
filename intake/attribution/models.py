"""Tallies: the ledger's sums by day and by month, so that a total costs the same however many answers there are.

Derived, never the truth: `flask totals verify --repair` makes them anew from the ledger. The folder (folding.py) is
their only writer, so no answer ever waits for a tally. `location_id` 0 is every location together; `span` says
whether `day` stands for itself or for its whole month, whose first day it then is. No foreign keys: a tally follows
from ledger rows that have them.
"""

from datetime import date
from enum import IntEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base, BigId

EVERYWHERE = 0
NO_SOURCE = 0


class Span(IntEnum):
    DAY = 1
    MONTH = 2


class About(IntEnum):
    """What the members named together are."""

    SOURCES = 1
    PHYSICIANS = 2
    PATIENTS = 3


def _number() -> Mapped[int]:
    """A number in the key; BigInteger also on SQLite, where such a table has no row number of its own."""
    return mapped_column(BigInteger, primary_key=True, autoincrement=False)


class TallyState(Base):
    """Row 1: up to which row of each ledger table the tallies are folded. Rows after it are read as they are.

    `times_begun` counts how often they were made anew: what was read of the former ones no longer holds.
    """

    __tablename__ = "tally_state"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    credit_folded_to: Mapped[int] = mapped_column(BigId, server_default="0")
    coverage_folded_to: Mapped[int] = mapped_column(BigId, server_default="0")
    times_begun: Mapped[int] = mapped_column(Integer, server_default="0")

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class TallySource(Base):
    """Credit by source as recorded; 0 for words that nobody has matched to one."""

    __tablename__ = "tally_source"
    __table_args__ = ({"sqlite_with_rowid": False},)

    location_id: Mapped[int] = _number()
    span: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    source_id: Mapped[int] = _number()
    primary_units: Mapped[int]
    any_units: Mapped[int]
    fractional_units: Mapped[int]


class TallyPhysician(Base):
    """Credit of mentions that point at a physician; by source too, so that what points at nobody is the rest."""

    __tablename__ = "tally_physician"
    __table_args__ = ({"sqlite_with_rowid": False},)

    location_id: Mapped[int] = _number()
    span: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    physician_id: Mapped[int] = _number()
    source_id: Mapped[int] = _number()
    primary_units: Mapped[int]
    any_units: Mapped[int]
    fractional_units: Mapped[int]


class TallyTogether(Base):
    """How many visits name these together: what "any mention" takes back where members count as one and the same.

    A visit that names two campaigns of one channel counts once for the channel. Under which list that is so is
    known only when reading, so the members of every visit that names more than one are kept, few as they are.
    """

    __tablename__ = "tally_together"
    __table_args__ = ({"sqlite_with_rowid": False},)

    location_id: Mapped[int] = _number()
    span: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    about: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    # Numbers in order, joined by dots; see together.py.
    members: Mapped[str] = mapped_column(String(250), primary_key=True)
    visits: Mapped[int]


class TallyCoverage(Base):
    """Coverage by who asked and where; for every location together ('' and 0) only the sum."""

    __tablename__ = "tally_coverage"
    __table_args__ = ({"sqlite_with_rowid": False},)

    location_id: Mapped[int] = _number()
    span: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    staff_id: Mapped[int] = _number()
    eligible: Mapped[int]
    asked: Mapped[int]
    answered: Mapped[int]
    dont_remember: Mapped[int]
    declined: Mapped[int]
