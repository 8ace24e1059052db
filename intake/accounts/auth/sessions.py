"""Sessions of staff: begun with a new token, ended by the server, expired when idle or old."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from flask import current_app, g, has_request_context, request, session
from flask_security.utils import login_user, logout_user
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload, lazyload

from intake import clock
from intake.accounts.current import is_background
from intake.accounts.models import PasswordLink, Staff, StaffSession
from intake.accounts.tokens import hash_token
from intake.db import db

LONGEST_HOURS = 12
FRESH_MINUTES = 30
# Rewriting the cookie on every click buys nothing: ten seconds are close enough for a limit in minutes.
SEEN_EVERY_SECONDS = 10
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("CrOS", "a Chromebook"),
    ("Linux", "Linux"),
)


def begin(staff: Staff, *, method: str = "") -> None:
    """Sign `staff` in on this browser under a new token; what the browser held before is dropped.

    `method` is how they proved who they are; without it, as in the session that this one replaces. Flushes; the caller
    commits before responding.
    """
    method = method or session.get("method", "")
    session.clear()
    # Flask-WTF remembers this request's token beside the session; the new session gets its own.
    g.pop("csrf_token", None)
    session.update(cookie_values(staff, method=method))
    login_user(staff, remember=False, authn_via=[method])


def cookie_values(staff: Staff, *, method: str = "password") -> dict[str, Any]:
    """Add a session row for `staff` and return what the signed cookie must hold to be that session. Flushes."""
    token = secrets.token_urlsafe(32)
    begun = StaffSession(token_hash=hash_token(token), staff_id=staff.id, started_at=clock.now(), method=method)
    if has_request_context():
        begun.address = (request.remote_addr or "")[:45]
        begun.browser = browser_words(request.user_agent.string)
    db.session.add(begun)
    db.session.flush()
    return {
        "_user_id": staff.fs_uniquifier,
        "_fresh": True,
        "token": token,
        "staff_id": staff.id,
        "method": method,
        "seen": int(clock.now().timestamp()),
        "proved": int(clock.now().timestamp()),
    }


def end() -> None:
    """Sign this browser out, on the server too: a copy of its cookie opens nothing any more. Flushes.

    The browser remembers whose it was, so that forms in its other windows can still be kept for them alone.
    """
    kept = {name: session[name] for name in ("csrf_token", "staff_id") if name in session}
    token = session.get("token")
    if token:
        db.session.execute(
            update(StaffSession)
            .where(StaffSession.token_hash == hash_token(token), StaffSession.ended_at.is_(None))
            .values(ended_at=clock.now())
        )
    logout_user()
    session.clear()
    session.update(kept)


def open_ones(staff: Staff) -> Sequence[StaffSession]:
    """Return the sessions of `staff` that could still be used, the newest first; some of them may be idle."""
    query = select(StaffSession).where(
        StaffSession.staff_id == staff.id,
        StaffSession.ended_at.is_(None),
        StaffSession.started_at > clock.now() - timedelta(hours=LONGEST_HOURS),
    )
    return db.session.scalars(query.order_by(StaffSession.id.desc())).all()


def is_this_one(begun: StaffSession) -> bool:
    """Return whether it is the session of this very request."""
    return begun.token_hash == hash_token(session.get("token", ""))


def end_one(staff: Staff, session_id: int) -> bool:
    """End one session of `staff` wherever it is; False when it isn't theirs or has ended already. Flushes."""
    ended = db.session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.staff_id == staff.id, StaffSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def browser_words(agent: str) -> str:
    """Return a browser as its owner knows it: 'Firefox on Windows'. Nothing that only it calls itself is kept."""
    # Each pretends to be those after it.
    name = next((words for part, words in BROWSERS if part in agent), "A browser")
    system = next((words for part, words in SYSTEMS if part in agent), "")
    return f"{name} on {system}" if system else name


def end_everywhere(staff: Staff) -> None:
    """Sign `staff` out of every browser at once. Flushes."""
    staff.fs_uniquifier = uuid.uuid4().hex
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff.id, StaffSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    db.session.flush()


def end_after_restore() -> list[str]:
    """Sign everybody out of a database that came back from a backup, and void open password links. Flushes."""
    now = clock.now()
    db.session.execute(update(StaffSession).where(StaffSession.ended_at.is_(None)).values(ended_at=now))
    db.session.execute(update(PasswordLink).where(PasswordLink.used_at.is_(None)).values(used_at=now))
    return [
        "Everybody is signed out. People, roles and PINs are as they were when the backup was taken: stop again who "
        "was stopped since (People).",
        "Answers, visits and decisions made since the backup are gone. Load the schedules of these days again.",
    ]


def load(uniquifier: str) -> Staff | None:
    """Return the active member of staff of this request's session; None if it was ended, idle too long or too old."""
    token = session.get("token")
    if not token or idle_too_long():
        return None
    values = {
        "uniquifier": uniquifier,
        "token_hash": hash_token(token),
        "begun_after": clock.now() - timedelta(hours=LONGEST_HOURS),
    }
    return db.session.scalars(_signed_in(), values).unique().one_or_none()


@cache
def _signed_in() -> Any:
    """Built once: every page begins with it. Locations are left out; most pages need their ids only."""
    return (
        select(Staff)
        .join(StaffSession, StaffSession.staff_id == Staff.id)
        .where(
            Staff.fs_uniquifier == bindparam("uniquifier"),
            Staff.active.is_(True),
            StaffSession.token_hash == bindparam("token_hash"),
            StaffSession.ended_at.is_(None),
            StaffSession.started_at > bindparam("begun_after"),
        )
        .options(joinedload(Staff.roles), lazyload(Staff.locations))
    )


def is_fresh() -> bool:
    """Return whether this browser's password was typed within FRESH_MINUTES."""
    proved = session.get("proved")
    if not isinstance(proved, int):
        return False
    return clock.now() - datetime.fromtimestamp(proved, UTC) <= timedelta(minutes=FRESH_MINUTES)


def idle_too_long() -> bool:
    """Return whether the browser's last own request is longer ago than the practice allows."""
    seen = session.get("seen")
    if not isinstance(seen, int):
        return True
    limit = timedelta(minutes=current_app.config["SETTINGS"].idle_minutes)
    return clock.now() - datetime.fromtimestamp(seen, UTC) > limit


def note_activity() -> None:
    """Record that somebody is here; called by the staff guard. Requests that a page makes by itself don't count."""
    if is_background():
        return
    moment = int(clock.now().timestamp())
    if moment - session.get("seen", 0) >= SEEN_EVERY_SECONDS:
        session["seen"] = moment


def interrupted_staff_id() -> int | None:
    """Return whose session this browser held last; None when nobody had signed in."""
    staff_id = session.get("staff_id")
    return staff_id if isinstance(staff_id, int) else None
