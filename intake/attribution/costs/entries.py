"""Writes to spending: each amount is a new entry, each undoing is noted, nothing is overwritten."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.attribution.costs.models import Spend
from intake.attribution.costs.queries import month_cents
from intake.db import db


class CreditTooLarge(ValueError):
    """A credit is more than the cents that stand for its source in its month."""

    def __init__(self, stands: int, month: date) -> None:
        super().__init__()
        self.stands, self.month = stands, month


SENT_TWICE = timedelta(minutes=1)


def was_just_entered(*, source_id: int, month: date, cents: int, note: str, replaces: bool) -> bool:
    """Tell whether exactly this was entered within a minute, as when a form is sent twice."""
    query = select(Spend.id).where(
        Spend.source_id == source_id,
        Spend.month == month.replace(day=1),
        Spend.cents == cents,
        Spend.note == note,
        Spend.replaces.is_(replaces),
        Spend.undone_at.is_(None),
        Spend.entered_at > clock.now() - SENT_TWICE,
    )
    return db.session.scalar(query.limit(1)) is not None


def enter_spend(
    *,
    source_id: int,
    month: date,
    cents: int,
    note: str = "",
    replaces: bool = False,
    staff_id: int | None,
    entered_at: datetime | None = None,
) -> Spend:
    """Enter an amount of that month beside those before it, or in their place. Flushes.

    One for several months is entered for each with the same `entered_at`. Raises CreditTooLarge for a credit that is
    more than stands there.
    """
    if cents < 0 and -cents > (stands := month_cents(source_id, month.replace(day=1))):
        raise CreditTooLarge(stands, month)
    entry = Spend(
        source_id=source_id,
        month=month.replace(day=1),
        cents=cents,
        note=note,
        replaces=replaces,
        entered_at=entered_at or clock.now(),
        entered_by_id=staff_id,
    )
    db.session.add(entry)
    db.session.flush()
    audit_trail.record("spend.entered", subject_kind="referral_source", subject_id=source_id, month=f"{month:%Y-%m}")
    return entry


def undo_together(entries: Sequence[Spend], *, staff_id: int | None) -> bool:
    """Take an amount back from all of its months, as `undo_spend` does each."""
    undone = [undo_spend(each, staff_id=staff_id) for each in entries]
    return any(undone)


def undo_spend(entry: Spend, *, staff_id: int | None) -> bool:
    """Take an entry back, so that those that it replaced count again; False when it was taken back already. Flushes."""
    if entry.undone_at is not None:
        return False
    entry.undone_at, entry.undone_by_id = clock.now(), staff_id
    db.session.flush()
    audit_trail.record("spend.undone", subject_kind="referral_source", subject_id=entry.source_id, entry=entry.id)
    return True
