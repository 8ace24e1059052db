"""Leaving the tablet's page with the PIN of somebody who works at its location."""

import time

from flask import Blueprint, Response, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import DEVICE_COOKIE, kiosk_device
from intake.accounts.current import Actor, current_device
from intake.accounts.devices import pins
from intake.accounts.models import KioskDevice
from intake.capture.kiosk.views import waiting_display
from intake.capture.patient_flow import display_settings
from intake.capture.patient_flow.pages import onward, page
from intake.db import db

bp = Blueprint("leaving", __name__)

UNLOCKED_SECONDS = 120
UNLOCKED = "kiosk_unlocked"


@bp.get("/kiosk/leave")
@kiosk_device
def ask_pin() -> Response:
    return page("capture/kiosk/leave.html", waiting_display(), device=current_device())


@bp.post("/kiosk/leave")
@kiosk_device
def leave() -> Response:
    """Check the PIN on the server and unlock the tablet for two minutes."""
    display, device = waiting_display(), current_device()
    if display_settings.was_pressed():
        return page("capture/kiosk/leave.html", display, device=device)
    db.session.commit()
    try:
        staff = pins.find_staff(request.form.get("pin", "").strip()[:20], device)
    except pins.TooManyTries:
        return page("capture/kiosk/leave.html", display, status=429, device=device, problem="leave.too_often")
    # Looking PINs up only read; what is written next needs a transaction that may write.
    db.session.commit()
    if staff is None:
        return page("capture/kiosk/leave.html", display, status=422, device=device, problem="leave.wrong")
    session[UNLOCKED] = {"device": device.id, "staff": staff.id, "until": time.time() + UNLOCKED_SECONDS}
    _note("tablet.unlocked", device, staff.id)
    db.session.commit()
    return onward(url_for("leaving.unlocked"))


@bp.get("/kiosk/unlocked")
@kiosk_device
def unlocked() -> AnyResponse:
    if _unlocked_by() is None:
        return redirect(url_for("leaving.ask_pin"), 303)
    return page("capture/kiosk/unlocked.html", waiting_display(), device=current_device())


@bp.post("/kiosk/unpair")
@kiosk_device
def unpair() -> AnyResponse:
    """Unpair the tablet; pairing it again takes a new code."""
    staff_id, device = _unlocked_by(), current_device()
    if staff_id is None:
        return redirect(url_for("leaving.ask_pin"), 303)
    device.token_hash = None
    device.paired_at = None
    _note("tablet.unpaired", device, staff_id)
    session.pop(UNLOCKED, None)
    db.session.commit()
    response = onward(url_for("pairing.pair"))
    response.delete_cookie(DEVICE_COOKIE)
    return response


def _unlocked_by() -> int | None:
    """Return the id of the staff whose PIN unlocked this tablet within the last two minutes."""
    held = session.get(UNLOCKED)
    if not isinstance(held, dict) or held.get("device") != current_device().id or held.get("until", 0) < time.time():
        return None
    staff_id = held.get("staff")
    return staff_id if isinstance(staff_id, int) else None


def _note(action: str, device: KioskDevice, staff_id: int) -> None:
    audit_trail.record(
        action,
        actor=Actor("staff", staff_id),
        subject_kind="kiosk_device",
        subject_id=device.id,
        location_id=device.location_id,
    )
