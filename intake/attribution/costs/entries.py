"""Writes to spending: each amount is a new entry, each undoing is noted, nothing is overwritten."""

from datetime import date

from intake import clock
from intake.accounts.audit import audit_trail
from intake.attribution.costs.models import Spend
from intake.attribution.costs.queries import current_entry
from intake.db import db


def is_entered(*, source_id: int, month: date, cents: int, note: str) -> bool:
    """Tell whether exactly this is entered for the month already, as when a form is sent twice."""
    entry = current_entry(source_id, month)
    return entry is not None and (entry.cents, entry.note) == (cents, note)


def enter_spend(*, source_id: int, month: date, cents: int, note: str = "", staff_id: int | None) -> Spend:
    """Enter the amount of that month from now on. Flushes."""
    entry = Spend(
        source_id=source_id,
        month=month.replace(day=1),
        cents=cents,
        note=note,
        entered_at=clock.now(),
        entered_by_id=staff_id,
    )
    db.session.add(entry)
    db.session.flush()
    audit_trail.record("spend.entered", subject_kind="referral_source", subject_id=source_id, month=f"{month:%Y-%m}")
    return entry


def undo_spend(entry: Spend, *, staff_id: int | None) -> bool:
    """Take an entry back, so that the one before it stands again; False when it was taken back already. Flushes."""
    if entry.undone_at is not None:
        return False
    entry.undone_at, entry.undone_by_id = clock.now(), staff_id
    db.session.flush()
    audit_trail.record("spend.undone", subject_kind="referral_source", subject_id=entry.source_id, entry=entry.id)
    return True
