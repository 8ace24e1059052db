"""Reads of spending."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

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


@dataclass(frozen=True)
class EnteredAmount:
    """An amount as it was entered at once: an entry for each of its months, in their order."""

    entries: tuple[Spend, ...]
    # Name of who entered it.
    who: str

    @property
    def first(self) -> Spend:
        return self.entries[0]


def entered_together(entry: Spend) -> list[Spend]:
    """The entries of one amount, this one among them, by month."""
    query = select(Spend).where(Spend.entered_at == entry.entered_at, Spend.source_id == entry.source_id)
    return [each for each in db.session.scalars(query.order_by(Spend.month)) if _amount(each) == _amount(entry)]


def entered_amounts(months: Period) -> list[EnteredAmount]:
    """Amounts with an entry in these months: those that stand, then those taken back, the newest first in each."""
    in_months = select(Spend.entered_at).where(Spend.month >= months.first_day, Spend.month <= months.last_day)
    query = (
        select(Spend, Staff.name)
        .outerjoin(Staff, Staff.id == Spend.entered_by_id)
        .where(Spend.entered_at.in_(in_months))
        .order_by(Spend.month, Spend.id)
    )
    amounts: dict[tuple[Any, ...], list[Spend]] = {}
    names: dict[int | None, str] = {}
    for entry, name in db.session.execute(query):
        names[entry.entered_by_id] = name or ""
        amounts.setdefault(_amount(entry), []).append(entry)
    found = [EnteredAmount(tuple(each), names[each[0].entered_by_id]) for each in amounts.values()]
    shown = [
        each for each in found if any(months.first_day <= entry.month <= months.last_day for entry in each.entries)
    ]
    return sorted(shown, key=lambda each: (each.first.undone_at is not None, -each.first.id))


def _amount(entry: Spend) -> tuple[Any, ...]:
    """What entries for several months that were entered at once have in common."""
    return (
        entry.entered_at,
        entry.entered_by_id,
        entry.source_id,
        entry.cents,
        entry.note,
        entry.replaces,
        entry.undone_at is None,
    )


def every_location_id() -> frozenset[int]:
    return frozenset(db.session.scalars(select(Location.id)))
