"""Locations: adding, changing, closing. Each verb flushes and leaves the commit to its caller."""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import func, select

from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import Location

_not_for_codes = re.compile(r"[^A-Z0-9]+")


class CodeTaken(Exception):
    """Another location has this code."""


class LastLocation(Exception):
    """The only open location can't be closed."""


def locations() -> Sequence[Location]:
    """All locations, the open ones first, then by name."""
    query = select(Location).order_by(Location.active.desc(), func.lower(Location.name), Location.id)
    return db.session.scalars(query).all()


def suggested_code(name: str) -> str:
    """Make a short code from a name: 'Riverside Vein Clinic' gives RIVERSIDE; never one that is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    words = [word for word in _not_for_codes.split(plain) if word]
    base = (words[0] if words else "SITE")[:12]
    taken = {code.upper() for code in db.session.scalars(select(Location.code))}
    candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(code for code in candidates if code not in taken)


def add_location(
    *,
    name: str,
    code: str,
    time_zone: str,
    city: str = "",
    state: str = "",
    phone_e164: str | None = None,
) -> Location:
    """Add a location, its code made from the name when none is given. Raises CodeTaken."""
    code = code.strip().upper() or suggested_code(name)
    _refuse_taken(code, but=None)
    name, city = " ".join(name.split()), " ".join(city.split())
    location = Location(name=name, code=code, time_zone=time_zone, city=city, state=state, phone_e164=phone_e164)
    db.session.add(location)
    db.session.flush()
    audit_trail.record("location.added", subject_kind="location", subject_id=location.id, location_id=location.id)
    return location


def change_location(
    location: Location,
    *,
    name: str,
    code: str,
    time_zone: str,
    city: str,
    state: str,
    phone_e164: str | None,
) -> None:
    """Give a location these facts; visits stay on the day they were counted for. Raises CodeTaken."""
    code = code.strip().upper() or location.code
    _refuse_taken(code, but=location.id)
    zone_changed = location.time_zone != time_zone
    location.name = " ".join(name.split())
    location.code = code
    location.time_zone = time_zone
    location.city = " ".join(city.split())
    location.state = state
    location.phone_e164 = phone_e164
    db.session.flush()
    audit_trail.record(
        "location.changed",
        subject_kind="location",
        subject_id=location.id,
        location_id=location.id,
        time_zone_changed=zone_changed,
    )


def set_goals(location: Location, *, coverage_goal: int | None, referrals_goal: int | None) -> None:
    """Set what it aims for: answers of 100 new patients, and new patients a month whom physicians send. Flushes."""
    if (location.coverage_goal, location.referrals_goal) == (coverage_goal, referrals_goal):
        return
    location.coverage_goal, location.referrals_goal = coverage_goal, referrals_goal
    db.session.flush()
    about = {"subject_kind": "location", "subject_id": location.id, "location_id": location.id}
    audit_trail.record("location.goals_set", **about)


def close_location(location: Location) -> None:
    """Take a location out of use; its visits and figures stay. Raises LastLocation."""
    others = select(func.count()).where(Location.active.is_(True), Location.id != location.id)
    if db.session.scalar(others) == 0:
        raise LastLocation
    _set_active(location, False)


def reopen_location(location: Location) -> None:
    _set_active(location, True)


def _set_active(location: Location, active: bool) -> None:
    location.active = active
    db.session.flush()
    action = "location.reopened" if active else "location.closed"
    audit_trail.record(action, subject_kind="location", subject_id=location.id, location_id=location.id)


def _refuse_taken(code: str, *, but: int | None) -> None:
    other = db.session.scalars(select(Location).where(func.upper(Location.code) == code)).one_or_none()
    if other is not None and other.id != but:
        raise CodeTaken
