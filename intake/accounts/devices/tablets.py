"""Tablets and wall displays: added by staff, paired on the device with a code, revoked at once."""

from datetime import timedelta

from intake import clock
from intake.accounts.audit import audit_trail
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
    """Return a code for pairing `device` within a quarter of an hour; the code before it stops working. Flushes.

    A tablet that is paired already stays so until the new code is used.
    """
    code = new_code(CODE_LENGTH)
    device.pairing_code_hash = hash_token(plain_code(code))
    device.pairing_expires_at = clock.now() + CODE_KEPT
    db.session.flush()
    audit_trail.record("tablet.code_made", **audit_trail.about(device))
    return code


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
    device.pairing_expires_at = None
    db.session.flush()
    audit_trail.record("tablet.revoked", **audit_trail.about(device))


def spaced(code: str) -> str:
    """Return 'ABCD EFGH', which is easier to read across a room."""
    return f"{code[: len(code) // 2]} {code[len(code) // 2 :]}"
