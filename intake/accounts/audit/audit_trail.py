"""The audit trail: what was written, and which personal data was read, by whom."""

from typing import Any

from sqlalchemy import insert

from intake import clock
from intake.accounts.current import Actor, current_actor
from intake.accounts.models import AuditEntry
from intake.db import db, is_reading, writing

_INSERT = insert(AuditEntry)


def entry_values(
    action: str,
    *,
    subject_kind: str | None = None,
    subject_id: int | None = None,
    location_id: int | None = None,
    actor: Actor | None = None,
    **details: Any,
) -> dict[str, Any]:
    """Return a row of the trail. `details` holds ids, codes and counts; never a name, a number or a verbatim."""
    actor = actor or current_actor()
    return {
        "at": clock.now(),
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "location_id": location_id,
        "details": details,
    }


def record(action: str, **facts: Any) -> None:
    """Record a write in the caller's transaction: both are committed or neither. Facts as in `entry_values`."""
    db.session.connection().execute(_INSERT, entry_values(action, **facts))


def record_reading(action: str, **facts: Any) -> None:
    """Record that personal data is about to be shown. Commits on its own, before the page is sent."""
    if not is_reading() and db.session.in_transaction():
        # A refused form shown again: on the embedded database a second connection would wait for this request's own
        # transaction. What the page shows was noted when it was opened.
        record(action, **facts)
        return
    with writing(), db.engine.begin() as connection:
        connection.execute(_INSERT, entry_values(action, **facts))
