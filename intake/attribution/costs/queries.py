"""Reads of spending."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select

from intake.accounts.models import Staff
from intake.attribution.costs.models import Spend
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import EARLIEST, LATEST, Period
from intake.db import db
from intake.directory.models import Location, Practice, ReferralSource

EVER = Period(EARLIEST, LATEST)


def find_spend(spend_id: int) -> Spend | None:
    return db.session.get(Spend, spend_id)


def standing_entries(months: Period, *, without: Collection[int] = ()) -> list[Spend]:
    """Return the entries that count, oldest first: not taken back, and none after them replaces them.

    Those in `without` are left out, as if they were taken back.
    """
    query = (
        select(Spend)
        .where(Spend.undone_at.is_(None), Spend.month >= months.first_day, Spend.month <= months.last_day)
        .order_by(Spend.id)
    )
    found: dict[tuple[int, date], list[Spend]] = {}
    for entry in db.session.scalars(query):
        if entry.id in without:
            continue
        of_month = found.setdefault((entry.source_id, entry.month), [])
        if entry.replaces:
            of_month.clear()
        of_month.append(entry)
    return sorted((entry for each in found.values() for entry in each), key=lambda entry: entry.id)


def current_spend(months: Period, *, credits_only: bool = False) -> dict[int, dict[date, int]]:
    """Return source as entered → month → cents, of the entries that count; of the credits among them."""
    found: dict[int, dict[date, int]] = {}
    for entry in standing_entries(months):
        if credits_only and entry.cents >= 0:
            continue
        by_month = found.setdefault(entry.source_id, {})
        by_month[entry.month] = by_month.get(entry.month, 0) + entry.cents
    return found


def month_cents(source_id: int, month: date, *, without: Collection[int] = ()) -> int:
    """Cents that count for a source in a month, with those of sources that were merged with it.

    Locks the source until the end of the transaction, so that two credits at once can't both find room.
    """
    db.session.execute(select(ReferralSource.id).where(ReferralSource.id == source_id).with_for_update())
    counts_as = lists_as_of_now().source_counts_as
    entries = standing_entries(Period(month, month), without=without)
    into = counts_as.get(source_id, source_id)
    return sum(each.cents for each in entries if counts_as.get(each.source_id, each.source_id) == into)


def leaves_a_credit(entries: Collection[Spend]) -> bool:
    """Whether a month would fall below nothing without these entries, as credits stand against them."""
    ids = [each.id for each in entries]
    places = {(each.source_id, each.month) for each in entries}
    return any(month_cents(*place, without=ids) < 0 for place in places)


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
