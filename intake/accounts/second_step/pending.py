"""Between the steps: whose password was right a moment ago. It opens nothing; it only says whose code is asked for."""

from dataclasses import dataclass
from datetime import timedelta

from flask import session

from intake import clock
from intake.accounts.models import Staff
from intake.db import db

KEPT = timedelta(minutes=10)
_KEY = "second_step"


@dataclass(frozen=True)
class Pending:
    """Somebody whose first step is done, by 'password' or 'single sign-on', and where they were going."""

    staff: Staff
    method: str
    back: str


def put(staff: Staff, *, method: str, back: str) -> None:
    moment = int(clock.now().timestamp())
    session[_KEY] = [staff.id, staff.fs_uniquifier, method, back, moment]


def find() -> Pending | None:
    """Return who is between the steps on this browser; None when it is too long ago or they may not go on."""
    kept = session.get(_KEY)
    if not kept:
        return None
    staff_id, uniquifier, method, back, at = kept
    staff = db.session.get(Staff, staff_id)
    age = clock.now().timestamp() - at
    # A new password, another role or a stopped access since then ends it, as it ends every session.
    if staff is None or not staff.active or staff.fs_uniquifier != uniquifier or age > KEPT.total_seconds():
        return None
    return Pending(staff, method, back)
