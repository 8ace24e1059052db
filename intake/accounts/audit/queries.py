"""Queries of the audit trail: its entries page by page, also among millions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit.looks import ACTIONS as LOOK_ACTIONS
from intake.accounts.models import AuditEntry, KioskDevice, Staff
from intake.accounts.places import places
from intake.db import db

PAGE = 100
# In place of one action: whatever showed personal data, as for the question what an account has seen.
LOOKS = "looks"
EXPORT_AT_ONCE = 2000
# Entries carry the moment they were made, ids the order they were written; the two agree to within this.
SLACK = timedelta(hours=1)


@dataclass(frozen=True)
class Filter:
    """Which entries to show. Days are the practice's own, both included."""

    first_day: date
    last_day: date
    time_zone: str
    actor_kind: str | None = None
    actor_id: int | None = None
    action: str | None = None
    subject_kind: str | None = None
    subject_id: int | None = None


def entries(wanted: Filter, *, before: int | None = None, limit: int = PAGE) -> Sequence[AuditEntry]:
    """Return the newest entries first, only those with an id below `before`."""
    start, end = clock.day_range(wanted.first_day, wanted.last_day, wanted.time_zone)
    # There is no index on the time: it would cost every captured answer. The ids are close enough to bound the search.
    lowest, highest = _id_at(start - SLACK), _id_at(end + SLACK)
    query = select(AuditEntry).where(AuditEntry.at >= start, AuditEntry.at < end)
    if lowest is None:
        return []
    query = query.where(AuditEntry.id >= lowest)
    if highest is not None:
        query = query.where(AuditEntry.id < highest)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if wanted.action is not None:
        query = query.where(AuditEntry.action.in_(LOOK_ACTIONS if wanted.action == LOOKS else [wanted.action]))
    for column, value in (
        (AuditEntry.actor_kind, wanted.actor_kind),
        (AuditEntry.actor_id, wanted.actor_id),
        (AuditEntry.subject_kind, wanted.subject_kind),
        (AuditEntry.subject_id, wanted.subject_id),
    ):
        if value is not None:
            query = query.where(column == value)
    return db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)).all()


def all_entries(wanted: Filter) -> Iterator[AuditEntry]:
    """Every entry, newest first, read a few thousand at a time."""
    before: int | None = None
    while some := entries(wanted, before=before, limit=EXPORT_AT_ONCE):
        yield from some
        before = some[-1].id
        db.session.expunge_all()


def names() -> dict[tuple[str, int], str]:
    """Names of the people who work here, the tablets and the locations, by kind and id."""
    found = {("location", place.id): place.name for place in places()}
    for kind, query in (
        ("staff", select(Staff.id, Staff.name)),
        ("kiosk_device", select(KioskDevice.id, KioskDevice.name)),
    ):
        found |= {(kind, key): name for key, name in db.session.execute(query)}
    return found


def _id_at(moment: datetime) -> int | None:
    """The lowest id of an entry made at `moment` or later, found by bisection; None when all are older."""
    low, high = db.session.execute(select(func.min(AuditEntry.id), func.max(AuditEntry.id))).one()
    if low is None:
        return None
    newest = _made_at(high)
    if newest is None or newest < moment:
        return None
    while low < high:
        middle = (low + high) // 2
        made = _made_at(middle)
        if made is not None and made < moment:
            low = middle + 1
        else:
            high = middle
    return int(low)


def _made_at(entry_id: int) -> Any:
    """When the entry with this id, or the next one after it, was made."""
    query = select(AuditEntry.at).where(AuditEntry.id >= entry_id).order_by(AuditEntry.id).limit(1)
    return db.session.scalar(query)
