"""The PIN that staff type to leave the kiosk page on a tablet. It opens nothing else."""

from collections.abc import Sequence
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import or_, select

from intake.accounts.auth import throttle
from intake.accounts.models import KioskDevice, Staff, staff_location
from intake.db import db, reading

SHORTEST = 6
LONGEST = 8
# Every PIN of the location is tried, since a tablet doesn't know who types: cheap on purpose.
# What protects a PIN are its million values, waits that grow, and that it only shows the pairing page again.
_hasher = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)


def weakness(pin: str) -> str | None:
    """Return a sentence that says why this PIN won't do; None when it will."""
    if not pin.isascii() or not pin.isdigit() or not SHORTEST <= len(pin) <= LONGEST:
        return f"Use {SHORTEST} to {LONGEST} digits."
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {-1, 0, 1}:
        return "Digits in a row and one digit repeated are tried first. Use others."
    return None


def hashed(pin: str) -> str:
    return _hasher.hash(pin)


def find_staff(pin: str, device: KioskDevice) -> Staff | None:
    """Return the active member of staff of the tablet's location whose PIN this is. Raises TooManyTries.

    Wrong tries are counted per tablet and committed on their own.
    """
    tries = throttle.bucket("kiosk pin", device.id)
    if throttle.claim_slowing(tries) is None:
        raise throttle.TooManyTries
    found = next((staff for staff in _who_have_one(device.location_id) if _is_right(staff, pin)), None)
    if found is not None:
        throttle.clear(tries)
    return found


def is_outdated(pin: str) -> bool:
    """Return whether a PIN that is right is of those from before six digits were asked for."""
    return len(pin) < SHORTEST


def is_taken(pin: str, device: KioskDevice, *, staff: Staff) -> bool:
    """Return whether somebody else at the tablet's location has this PIN."""
    return any(_is_right(each, pin) for each in _who_have_one(device.location_id) if each.id != staff.id)


def _who_have_one(location_id: int) -> Sequence[Staff]:
    works_here = Staff.id.in_(select(staff_location.c.staff_id).where(staff_location.c.location_id == location_id))
    query = select(Staff).where(
        Staff.active.is_(True), Staff.kiosk_pin_hash.is_not(None), or_(Staff.all_locations.is_(True), works_here)
    )
    with reading():
        return db.session.scalars(query.order_by(Staff.id)).all()


def _is_right(staff: Staff, pin: str) -> bool:
    try:
        return _hasher.verify(staff.kiosk_pin_hash or "", pin)
    except (Argon2Error, InvalidHashError):
        return False
