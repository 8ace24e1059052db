"""The audit trail: what was written, and which personal data was read, by whom."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import g, request, session
from sqlalchemy import insert

from intake import clock
from intake.accounts.current import Actor, current_actor
from intake.accounts.models import AuditEntry
from intake.db import db, is_reading, writing

_INSERT = insert(AuditEntry)
# How long a page that refreshes itself stays one look, and how many such pages a browser keeps apart.
REFRESH_SECONDS = 600
MOST_KEPT = 4
LOOKS_KEPT = "looks"


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


def about(row: Any) -> dict[str, Any]:
    """Return the facts that name this row of a table, and its location if it has one."""
    return {"subject_kind": row.__tablename__, "subject_id": row.id, "location_id": getattr(row, "location_id", None)}


@dataclass
class LooksOfView:
    """What one view has told of: whether it did (`recorded`), and what is `waiting` for it to end."""

    recorded: bool = False
    waiting: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@contextmanager
def looks_of_view() -> Iterator[LooksOfView]:
    """Collect what a view tells of; a view may open the page of another inside."""
    outer, mine = g.get("looks_of_view"), LooksOfView()
    g.looks_of_view = mine
    try:
        yield mine
    finally:
        g.looks_of_view = outer


def record(action: str, **facts: Any) -> None:
    """Record a write in the caller's transaction: both are committed or neither. Facts as in `entry_values`."""
    db.session.connection().execute(_INSERT, entry_values(action, **facts))


def record_all(action: str, several: Sequence[dict[str, Any]]) -> None:
    """As `record`, for many writes of one kind at once."""
    db.session.connection().execute(_INSERT, [entry_values(action, **facts) for facts in several])


def record_reading(action: str, *, repeats: bool | None = None, **facts: Any) -> None:
    """Record that personal data is about to be shown: when the view has ended, before the page is sent.

    `repeats` is for pages that are asked for again and again, by their own script or step after step: where it is
    True, the same look by the same browser is recorded every ten minutes only.
    """
    noted: LooksOfView | None = g.get("looks_of_view")
    if not is_reading() and db.session.in_transaction():
        # On the embedded database a second connection would wait for this request's own transaction.
        if noted is None:
            record(action, **facts)
        else:
            noted.waiting.append((action, facts))
        return
    if noted is not None:
        noted.recorded = True
    if repeats is None or not _recorded_lately(action, facts) or not repeats:
        if noted is None:
            _add([entry_values(action, **facts)])
        else:
            noted.waiting.append((action, facts))


def record_refusal(action: str, **facts: Any) -> None:
    """Record what somebody was refused, with the address they came from. Ends the session's transaction."""
    record_after([(action, facts | {"address": request.remote_addr})])


def record_after(looks: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Record what happened in a view that is done. What it has not committed by now is not kept."""
    values = [entry_values(action, **facts) for action, facts in looks]
    if not is_reading():
        # On the embedded database the view's own transaction would be in the way.
        db.session.rollback()
    _add(values)


def record_shown(looks: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """As `record_after`, for a page that is rendered already: nothing is read for it any more.

    By the connection that read it. On the embedded database whatever another one writes makes it forget every page
    that it had deciphered, and the next request reads them all again.
    """
    if g.get("looks_of_view") is None:
        db.session.close()
    record_after(looks)


def _add(values: list[dict[str, Any]]) -> None:
    with writing(), db.engine.begin() as connection:
        connection.execute(_INSERT, values)


def _recorded_lately(action: str, facts: dict[str, Any]) -> bool:
    """Whether this browser's own signed cookie says so. A copy of an older cookie tells of an entry that is there."""
    actor, now = current_actor(), int(clock.now().timestamp())
    look = hashlib.sha256(repr((actor, action, sorted(facts.items()))).encode()).hexdigest()[:16]
    fresh = {key: at for key, at in session.get(LOOKS_KEPT, {}).items() if 0 <= now - at < REFRESH_SECONDS}
    if look not in fresh:
        session[LOOKS_KEPT] = dict(list(fresh.items())[1 - MOST_KEPT :]) | {look: now}
    return look in fresh
