"""Tablets and wall displays: added by staff, paired with a code and the number that the device then shows, revoked.

Whoever photographs the code may give it first, but can't put a number on the screen of the tablet in the room.
"""

import secrets
from datetime import timedelta

from sqlalchemy import update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.current import Actor
from intake.accounts.models import DevicePurpose, KioskDevice, Staff
from intake.accounts.tokens import hash_token, new_code, plain_code
from intake.db import db

CODE_LENGTH = 8
LONGEST_MESSAGE = 200
CODE_KEPT = timedelta(minutes=15)


def add(*, name: str, location_id: int, by: Staff, purpose: str = DevicePurpose.ASKING) -> KioskDevice:
    """Add a tablet or wall display, not paired yet; its purpose never changes. Flushes."""
    device = KioskDevice(name=" ".join(name.split()), location_id=location_id, purpose=purpose, created_by_id=by.id)
    db.session.add(device)
    db.session.flush()
    audit_trail.record("tablet.added", **audit_trail.about(device), purpose=str(purpose))
    return device


def new_pairing_code(device: KioskDevice) -> str:
    """Return a code for pairing `device` within a quarter of an hour. Flushes.

    The code before it stops working, and whoever gave that one is sent away. A tablet that is paired already stays so
    until another one is confirmed.
    """
    code = new_code(CODE_LENGTH)
    device.pairing_code_hash = hash_token(plain_code(code))
    device.pairing_expires_at = clock.now() + CODE_KEPT
    device.claim_hash = None
    db.session.flush()
    audit_trail.record("tablet.code_made", **audit_trail.about(device))
    return code


def claim(device: KioskDevice, code_hash: str, *, address: str | None) -> str | None:
    """Use the code up; return the token of the browser that gave it, which opens nothing until `confirm`. Flushes.

    None where another browser has used it up. `address`: where it came from, for the trail.
    """
    token = secrets.token_urlsafe(32)
    still = (KioskDevice.id == device.id, KioskDevice.pairing_code_hash == code_hash)
    values = {"claim_hash": hash_token(token), "pairing_code_hash": None}
    taken = db.session.execute(update(KioskDevice).where(*still).values(values).returning(KioskDevice.id)).first()
    if taken is None:
        return None
    audit_trail.record("tablet.asked", actor=Actor("system"), address=address, **audit_trail.about(device))
    return token


def may_be_confirmed(device: KioskDevice) -> bool:
    """Return whether a code or a browser that gave it is still waiting."""
    return device.pairing_expires_at is not None and device.pairing_expires_at > clock.now()


def number_of(claim_hash: str) -> str:
    """Return the four digits that the browser shows while it waits."""
    return f"{int(claim_hash, 16) % 10_000:04}"


def confirm(device: KioskDevice, typed: str) -> bool:
    """Pair the browser that shows this number; return whether there is one. Flushes."""
    if device.claim_hash is None or not may_be_confirmed(device) or plain_code(typed) != number_of(device.claim_hash):
        return False
    device.token_hash = device.claim_hash
    device.claim_hash = None
    device.pairing_expires_at = None
    device.paired_at = device.last_seen_at = clock.now()
    db.session.flush()
    audit_trail.record("tablet.paired", **audit_trail.about(device))
    return True


def change(device: KioskDevice, *, name: str, location_id: int) -> None:
    """Rename or move a tablet. One that moves must be paired again, by somebody beside it. Flushes."""
    device.name = " ".join(name.split())
    moved = device.location_id != location_id
    if moved:
        device.location_id = location_id
        device.token_hash = None
        device.paired_at = None
    db.session.flush()
    audit_trail.record("tablet.changed", **audit_trail.about(device), moved=moved)


def show_message(device: KioskDevice, words: str) -> None:
    """Show a sentence on the welcome page; an empty one takes it away. Flushes."""
    device.message = " ".join(words.split())[:LONGEST_MESSAGE]
    db.session.flush()
    audit_trail.record("tablet.message", **audit_trail.about(device), shown=bool(device.message))


def lock(device: KioskDevice, *, locked: bool) -> None:
    """Lock the tablet from afar: it asks nobody until it is unlocked; what waits on it still arrives. Flushes."""
    device.locked_at = (device.locked_at or clock.now()) if locked else None
    db.session.flush()
    audit_trail.record("tablet.locked" if locked else "tablet.unlocked_from_afar", **audit_trail.about(device))


def revoke(device: KioskDevice) -> None:
    """Revoke the device: its credential opens nothing from the next request on. Flushes."""
    device.revoked_at = clock.now()
    device.token_hash = None
    device.pairing_code_hash = None
    device.claim_hash = None
    device.pairing_expires_at = None
    db.session.flush()
    audit_trail.record("tablet.revoked", **audit_trail.about(device))


def spaced(code: str) -> str:
    """Return 'ABCD EFGH', which is easier to read across a room."""
    return f"{code[: len(code) // 2]} {code[len(code) // 2 :]}"
