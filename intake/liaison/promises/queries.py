"""Reads of promises and issues at the reader's locations."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort
from sqlalchemy import select

from intake.db import db
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.parties import Party, key_of
from intake.liaison.promises.models import OfficeIssue, Promise

# Twice from one office within a year, or from three offices within a quarter.
RECURS_DAYS, RECURS_AT_ONE = 365, 2
SPREADS_DAYS, SPREADS_TO = 90, 3


def promise(promise_id: int) -> Promise:
    """404 for one of another location."""
    query = select(Promise).where(Promise.id == promise_id, of_my_locations(Promise.location_id))
    return db.session.scalars(query).one_or_none() or abort(404)


def issue(issue_id: int) -> OfficeIssue:
    """404 for one of another location."""
    query = select(OfficeIssue).where(OfficeIssue.id == issue_id, of_my_locations(OfficeIssue.location_id))
    return db.session.scalars(query).one_or_none() or abort(404)


def open_promises(*, owner_id: int | None = None, to: Party | None = None, until: date | None = None) -> list[Promise]:
    """Those not kept yet, the longest due first."""
    query = select(Promise).where(Promise.closed_at.is_(None), of_my_locations(Promise.location_id))
    if owner_id is not None:
        query = query.where(Promise.owner_id == owner_id)
    if to is not None:
        query = query.where(to.owns(Promise))
    if until is not None:
        query = query.where(Promise.due_on <= until)
    return list(db.session.scalars(query.order_by(Promise.due_on, Promise.id)))


def promises_to(party: Party, since: date) -> list[Promise]:
    """All to a party that fell due since a day or are open."""
    query = select(Promise).where(party.owns(Promise), of_my_locations(Promise.location_id), Promise.due_on >= since)
    return list(db.session.scalars(query))


def open_issues(*, owner_id: int | None = None, of: Party | None = None) -> list[OfficeIssue]:
    """Those whose office wasn't told yet, the oldest first."""
    query = select(OfficeIssue).where(OfficeIssue.told_on.is_(None), of_my_locations(OfficeIssue.location_id))
    if owner_id is not None:
        query = query.where(OfficeIssue.owner_id == owner_id)
    if of is not None:
        query = query.where(of.owns(OfficeIssue))
    return list(db.session.scalars(query.order_by(OfficeIssue.opened_on, OfficeIssue.id)))


def issues_since(first_day: date, *, of: Party | None = None) -> list[OfficeIssue]:
    """Issues opened or closed since a day, newest first."""
    latest = OfficeIssue.opened_on >= first_day
    query = select(OfficeIssue).where(
        latest | (OfficeIssue.told_on >= first_day), of_my_locations(OfficeIssue.location_id)
    )
    if of is not None:
        query = query.where(of.owns(OfficeIssue))
    return list(db.session.scalars(query.order_by(OfficeIssue.opened_on.desc(), OfficeIssue.id.desc())))


@dataclass(frozen=True)
class Recurring:
    """A kind of issue that comes back: `times` at one office (its key), or at `offices` offices."""

    kind: str
    times: int
    offices: int
    key: str = ""


def recurring(today: date) -> list[Recurring]:
    """What comes back, most often first."""
    rows = [row for row in issues_since(today - timedelta(days=RECURS_DAYS)) if row.kind != "other"]
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
