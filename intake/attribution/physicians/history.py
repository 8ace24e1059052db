"""Every physician's referrals day by day, read from the ledger and remembered while nothing is added to it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select

from intake.attribution import queries
from intake.attribution.cuts import Cut, Lists, key_of
from intake.attribution.models import TallyState
from intake.attribution.periods import EARLIEST, Period, add_months, month_end
from intake.attribution.physicians.standing import History, Standing, Windows, standing_of
from intake.attribution.remembering import memory
from intake.attribution.sums import Sums
from intake.db import db
from intake.survey.models import CoverageEntry, CreditEntry

# A window with fewer eligible visits than two a day says too little about how often the clinic was open and asked.
LEAST_TO_ADJUST = 180
MONTHS_APART = 13

Days = dict[int, list[tuple[int, int]]]


@dataclass(frozen=True)
class Records:
    """What is known of all physicians as of `windows.today`, at these locations."""

    windows: Windows
    histories: dict[int, History]
    standings: dict[int, Standing] = field(default_factory=dict)


def records(*, today: date, location_ids: Collection[int], lists: Lists) -> Records:
    """Histories and standings of every physician whose patients came to these locations; merged ones as one."""
    parts = _parts({day: entries for day, entries in _entries_by_day().items() if EARLIEST <= day <= today})
    windows = _windows(today, location_ids, lists)
    scope, print_ = frozenset(location_ids), lists.fingerprint
    key = ("physicians", windows, scope, print_, tuple(parts.items()))

    def build() -> Records:
        settled = list(parts.items())[:-1]
        newest = list(parts.items())[-1:]
        past = memory().recall(
            ("physicians before", scope, print_, tuple(settled)),
            lambda: _settled([_remembered(part, count, scope, lists) for part, count in settled]),
        )
        recent = _joined([_remembered(part, count, scope, lists) for part, count in newest])
        histories = {physician_id: past[physician_id] for physician_id in past.keys() - recent.keys()}
        histories |= {each: _extended(past.get(each), days) for each, days in recent.items()}
        standings = {each: standing_of(each, history, windows) for each, history in histories.items()}
        return Records(windows, histories, standings)

    return memory().recall(key, build)


def _remembered(part: Period, entries: int, scope: frozenset[int], lists: Lists) -> Days:
    key = ("physician days", part, entries, scope, lists.fingerprint)
    return memory().recall(key, lambda: _days_of(part, scope, lists))


def _days_of(period: Period, location_ids: Collection[int], lists: Lists) -> Days:
    """Physician → (day, visits) of each day on which a visit names them, ascending."""
    entry = (
        select(
            CreditEntry.visit_id,
            CreditEntry.day,
            key_of(Cut.PHYSICIAN, lists).label("physician"),
            CreditEntry.any_units.label("units"),
        )
        .where(*queries.entries_within(CreditEntry, period, location_ids), CreditEntry.physician_id.is_not(None))
        .subquery()
    )
    standing = (
        select(entry.c.physician, entry.c.day, entry.c.visit_id)
        .group_by(entry.c.physician, entry.c.day, entry.c.visit_id)
        .having(func.sum(entry.c.units) > 0)
        .subquery()
    )
    query = (
        select(standing.c.physician, standing.c.day, func.count())
        .group_by(standing.c.physician, standing.c.day)
        .order_by(standing.c.physician, standing.c.day)
    )
    found: Days = {}
    for physician_id, day, visits in db.session.execute(query):
        found.setdefault(physician_id, []).append((day.toordinal(), visits))
    return found


def _entries_by_day() -> dict[date, int]:
    """How many entries the ledger holds for each day. Up to where it is folded none is added any more, so these are
    counted once and remembered, and each look counts those after them.
    """
    folded_to = db.session.scalar(select(TallyState.credit_folded_to)) or 0
    key = "entries by day"
    upto, counted = memory().last(key) or (0, {})
    if upto > folded_to:
        # The tallies were begun again.
        upto, counted = 0, {}
    if upto < folded_to:
        counted = _more(counted, CreditEntry.id > upto, CreditEntry.id <= folded_to)
        memory().keep(key, (folded_to, counted))
    found = _more(counted, CreditEntry.id > folded_to)
    return {day: found[day] for day in sorted(found)}


def _more(counted: Mapping[date, int], *conditions: ColumnElement[bool]) -> Counter[date]:
    # Wrapped, so that no planner prefers reading the whole index on the day to the rows at the ledger's end.
    day = func.coalesce(CreditEntry.day, CreditEntry.day)
    found = Counter(counted)
    for row in db.session.execute(select(day, func.count()).where(*conditions).group_by(day)):
        found[row[0]] += row[1]
    return found


def _parts(entries_by_day: dict[date, int]) -> dict[Period, int]:
    """Years that are long over, then months, and how many entries each holds, ascending."""
    if not entries_by_day:
        return {}
    apart = add_months(max(entries_by_day).replace(day=1), -MONTHS_APART)
    counts: Counter[Period] = Counter()
    for day in sorted(entries_by_day):
        if day >= apart:
            part = Period(day.replace(day=1), month_end(day))
        else:
            part = Period(day.replace(month=1, day=1), min(date(day.year, 12, 31), month_end(add_months(apart, -1))))
        counts[part] += entries_by_day[day]
    return dict(counts)


def _settled(parts: list[Days]) -> dict[int, History]:
    return {physician_id: _extended(None, days) for physician_id, days in _joined(parts).items()}


def _joined(parts: list[Days]) -> Days:
    days: Days = {}
    for part in parts:
        for physician_id, found in part.items():
            days.setdefault(physician_id, []).extend(found)
    return days


def _extended(past: History | None, days: list[tuple[int, int]]) -> History:
    total = past.total if past else 0
    by_then = []
    for _, visits in days:
        total += visits
        by_then.append(total)
    own = tuple(day for day, _ in days)
    return History((*past.days, *own), (*past.by_then, *by_then)) if past else History(own, tuple(by_then))


def _windows(today: date, location_ids: Collection[int], lists: Lists) -> Windows:
    began: Any = db.session.scalar(select(func.min(CoverageEntry.day)))
    plain = Windows(today, began or today)
    span = Period(plain.before_first_day, today)
    by_day = Sums(span, location_ids, lists).coverage_by(span, by=Cut.MONTH)
    now, before = (
        [part for day, part in by_day.items() if first <= day <= last and part.eligible > 0]
        for first, last in ((plain.first_day, today), (plain.before_first_day, plain.before_last_day))
    )
    if min(sum(part.eligible for part in each) for each in (now, before)) < LEAST_TO_ADJUST:
        return plain
    exposure, exposure_before = (
        len(each) * sum(part.answered for part in each) / sum(part.eligible for part in each) for each in (now, before)
    )
    if not (exposure and exposure_before):
        return plain
    return Windows(today, plain.records_began, exposure, exposure_before, adjusted=True)
