"""Reads of spending."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from intake.accounts.models import Staff
from intake.attribution.costs.models import Spend
from intake.attribution.filters.periods import EARLIEST, LATEST, Period
from intake.db import db
from intake.directory.models import Location, Practice

EVER = Period(EARLIEST, LATEST)


def find_spend(spend_id: int) -> Spend | None:
    return db.session.get(Spend, spend_id)


def standing_entries(months: Period) -> list[Spend]:
    """Return the entries that count, oldest first: not taken back, and none after them replaces them."""
    query = (
        select(Spend)
        .where(Spend.undone_at.is_(None), Spend.month >= months.first_day, Spend.month <= months.last_day)
        .order_by(Spend.id)
    )
    found: dict[tuple[int, date], list[Spend]] = {}
    for entry in db.session.scalars(query):
        of_month = found.setdefault((entry.source_id, entry.month), [])
        if entry.replaces:
            of_month.clear()
        of_month.append(entry)
    return sorted((entry for each in found.values() for entry in each), key=lambda entry: entry.id)


def current_spend(months: Period) -> dict[int, dict[date, int]]:
    """Return source as entered → month → cents, of the entries that count."""
    found: dict[int, dict[date, int]] = {}
    for entry in standing_entries(months):
        by_month = found.setdefault(entry.source_id, {})
        by_month[entry.month] = by_month.get(entry.month, 0) + entry.cents
    return found


def budget_cents() -> int | None:
    """What may be spent in a month, as the practice has said."""
    return db.session.scalar(select(Practice.monthly_budget_cents))


def latest_entries(limit: int) -> Sequence[tuple[Spend, str]]:
    """Return (entry, name of who entered it), newest first, those taken back too."""
    query = (
        select(Spend, Staff.name)
        .outerjoin(Staff, Staff.id == Spend.entered_by_id)
        .order_by(Spend.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1] or "") for row in db.session.execute(query)]


def every_location_id() -> frozenset[int]:
    return frozenset(db.session.scalars(select(Location.id)))
