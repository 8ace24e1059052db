"""Reads of promises and issues at the reader's locations."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import abort
from sqlalchemy import ColumnElement, select

from intake.db import db
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.parties import Party, key_of
from intake.liaison.promises.models import OfficeIssue, Promise
from intake.slots import Slot

# Twice from one office within a year, or from three offices within a quarter.
RECURS_DAYS, RECURS_AT_ONE = 365, 2
SPREADS_DAYS, SPREADS_TO = 90, 3
# The condition that a column's touchpoint, where it has one, wasn't taken back: what came with that is off the table.
STANDS: Slot[Callable[[Any], ColumnElement[bool]]] = Slot("the touchpoint stands")


def promise(promise_id: int) -> Promise:
    """404 for one of another location."""
    return next(iter(_rows(Promise, Promise.id == promise_id)), None) or abort(404)


def issue(issue_id: int) -> OfficeIssue:
    """404 for one of another location."""
    return next(iter(_rows(OfficeIssue, OfficeIssue.id == issue_id)), None) or abort(404)


def open_promises(*, owner_id: int | None = None, to: Party | None = None, until: date | None = None) -> list[Promise]:
    """Those not kept yet, the longest due first; `to` an office only what it was promised."""
    due = [Promise.due_on <= until] if until else []
    due += [~Promise.for_us] if to else []
    found = _rows(Promise, Promise.closed_at.is_(None), *due, owner_id=owner_id, of=to)
    return sorted(found, key=lambda row: (row.due_on, row.id))


def promises_to(party: Party, since: date) -> list[Promise]:
    """All to a party that fell due since a day or are open."""
    return _rows(Promise, Promise.due_on >= since, ~Promise.for_us, of=party)


def open_issues(*, owner_id: int | None = None, of: Party | None = None) -> list[OfficeIssue]:
    """Those whose office wasn't told yet, the oldest first."""
    found = _rows(OfficeIssue, OfficeIssue.told_on.is_(None), owner_id=owner_id, of=of)
    return sorted(found, key=lambda row: (row.opened_on, row.id))


def issues_since(first_day: date, *, of: Party | None = None) -> list[OfficeIssue]:
    """Issues opened or closed since a day, newest first."""
    found = _rows(OfficeIssue, (OfficeIssue.opened_on >= first_day) | (OfficeIssue.told_on >= first_day), of=of)
    return sorted(found, key=lambda row: (row.opened_on, row.id), reverse=True)


def _rows(table: Any, *which: Any, owner_id: int | None = None, of: Party | None = None) -> list[Any]:
    query = select(table).where(of_my_locations(table.location_id), STANDS.filled(table.touchpoint_id), *which)
    if owner_id is not None:
        query = query.where(table.owner_id == owner_id)
    return list(db.session.scalars(query if of is None else query.where(of.owns(table))))


class Recurring(NamedTuple):
    """A kind of issue that comes back: `times` at one office (its key), or at `offices` offices."""

    kind: str
    times: int
    offices: int
    key: str = ""


def recurring(of_a_year: Sequence[OfficeIssue], today: date) -> list[Recurring]:
    """What comes back, most often first, among the issues of RECURS_DAYS."""
    rows = [row for row in of_a_year if row.kind != "other"]
    year = today - timedelta(days=RECURS_DAYS)
    at_one = Counter((row.kind, key_of(row)) for row in rows if row.opened_on >= year)
    lately = {(row.kind, key_of(row)) for row in rows if row.opened_on >= today - timedelta(days=SPREADS_DAYS)}
    spread = Counter(kind for kind, _ in lately)
    found = [Recurring(kind, times, 1, key) for (kind, key), times in at_one.items() if times >= RECURS_AT_ONE]
    found += [
        Recurring(kind, sum(times for (each, _), times in at_one.items() if each == kind), offices)
        for kind, offices in spread.items()
        if offices >= SPREADS_TO
    ]
    return sorted(found, key=lambda each: (-each.times, each.kind, each.key))
