"""The second wall: what a web process may see of locations is told to PostgreSQL, which filters by itself.

The first wall are the filters in queries. Where WEB_DATABASE_URL names a role of its own, rows of the tables in WALLED
that belong to another location are not there for it, whatever a query forgets. Each transaction says anew what its
request may see; one that says nothing sees none of them. The wall is against what is forgotten: whoever can have SQL
of their own run could say otherwise.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from flask import Flask, current_app, request
from sqlalchemy import Connection, Table, event
from sqlalchemy.exc import DBAPIError

from intake.config import Settings
from intake.db import Base, db
from intake.web.http.route_guards import guard_of

# Table → the columns that say where its rows belong: a location, or rows of another walled table.
_LOCATION, _SUBJECT, _VISIT, _CALLER = ("location_id",), ("visit_id", "caller_id"), ("visit_id",), ("caller_id",)
WALLED = {
    "visit": _LOCATION,
    "caller": _LOCATION,
    "schedule_upload": _LOCATION,
    "late_answer": _LOCATION,
    "relationship": _LOCATION,
    "touchpoint": _LOCATION,
    "promise": _LOCATION,
    "office_issue": _LOCATION,
    "ask": _SUBJECT,
    "answer": _SUBJECT,
    "physician_referral": _SUBJECT,
    "patient_referral": _SUBJECT,
    "referral_event": _SUBJECT,
    "mention": ("answer_id",),
    "mention_decision": ("mention_id",),
    "decided_also": ("owner_id",),
    "chart_decision": _VISIT,
    "handover": _VISIT,
    "survey_link": _VISIT,
    "patient_thanks": _VISIT,
    "thanks_wish": _VISIT,
    "return_reason": _VISIT,
    "call_outcome": _CALLER,
    "call_slip": _CALLER,
    "round_stop": ("relationship_id",),
    "touchpoint_before": ("touchpoint_id",),
    "touchpoint_participant": ("touchpoint_id",),
}
SETTING = "intake.locations"
EVERYWHERE = "all"
NOWHERE = ""
# What a patient's own link or the carrier's signature opens is one visit or one number, wherever that is.
DOORS = frozenset({"link", "carrier"})
_STANDS = "intake_location_wall"
_SAY = f"SELECT set_config('{SETTING}', %(seen)s, true)"
_seen: ContextVar[str] = ContextVar("seen", default=NOWHERE)


def init_app(app: Flask) -> None:
    """Tell the database with each transaction what this request may see, where there is a wall at all."""
    settings: Settings = app.config["SETTINGS"]
    app.before_request(_begin)
    if settings.walled:
        with app.app_context():
            stand(app, db.engine)


def stand(app: Flask, engine: Any) -> None:
    """Let transactions of `engine` say what they may see."""
    app.extensions[_STANDS] = True
    event.listen(engine, "begin", _say)


def walled_tables() -> list[Table]:
    """Return the tables whose rows belong to a location."""
    return [Base.metadata.tables[name] for name in WALLED]


def let_see(location_ids: Collection[int] | None) -> None:
    """Let this request see these locations from here on; None: all of them, also those added later."""
    _tell(EVERYWHERE if location_ids is None else ",".join(str(each) for each in sorted(location_ids)))


@contextmanager
def whole_practice() -> Iterator[None]:
    """Let what runs inside see every location: sums and persons are one for the whole practice, whoever asks."""
    before = _seen.get()
    _tell(EVERYWHERE)
    try:
        yield
    except BaseException:
        # Where the database refused a statement it takes no other until the end, and what it refused must be heard.
        with suppress(DBAPIError):
            _tell(before)
        raise
    _tell(before)


def _begin() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    guard = guard_of(view) if view is not None else None
    _tell(EVERYWHERE if guard is not None and guard.kind in DOORS else NOWHERE)


def _tell(seen: str) -> None:
    if seen == _seen.get():
        return
    _seen.set(seen)
    # After a failed statement nothing more can be said, and the next transaction says it.
    if _STANDS in current_app.extensions and db.session.in_transaction() and db.session.is_active:
        _say(db.session.connection())


def _say(connection: Connection) -> None:
    connection.exec_driver_sql(_SAY, {"seen": _seen.get()})
