"""Reads of spending."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from intake.accounts.models import Staff
from intake.attribution.costs.models import Spend
from intake.attribution.filters.periods import Period
from intake.db import db
from intake.directory.models import Location


def find_spend(spend_id: int) -> Spend | None:
    return db.session.get(Spend, spend_id)


def current_entry(source_id: int, month: date) -> Spend | None:
    """Return the newest entry of this source and month that was not taken back."""
    query = select(Spend).where(
        Spend.source_id == source_id, Spend.month == month.replace(day=1), Spend.undone_at.is_(None)
    )
    return db.session.scalars(query.order_by(Spend.id.desc()).limit(1)).one_or_none()


def current_spend(months: Period) -> dict[int, dict[date, int]]:
    """Return source as entered → month → cents, of the newest entry that was not taken back."""
    query = (
        select(Spend.source_id, Spend.month, Spend.cents)
        .where(Spend.undone_at.is_(None), Spend.month >= months.first_day, Spend.month <= months.last_day)
        .order_by(Spend.id)
    )
    found: dict[int, dict[date, int]] = {}
    for source_id, month, cents in db.session.execute(query):
        found.setdefault(source_id, {})[month] = cents
    return found


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
