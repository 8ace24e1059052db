"""Leaving the tablet's page with the PIN of somebody who works at its location."""

import time

from flask import Response, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from intake.accounts.audit import audit_trail
from intake.accounts.auth import throttle
from intake.accounts.auth.guards import device_cookie, locked_device_too
from intake.accounts.current import Actor, current_device
from intake.accounts.devices import pins
from intake.accounts.models import KioskDevice, Staff
from intake.accounts.staff import records
from intake.capture.kiosk.views import waiting_display
from intake.capture.patient_flow import display_settings
from intake.capture.patient_flow.pages import onward, page
from intake.config import current_settings
from intake.db import db
from intake.web.http.route_guards import Pages

bp = Pages("leaving", __name__)

UNLOCKED_SECONDS = 120
UNLOCKED = "kiosk_unlocked"


@bp.get("/kiosk/leave", guard=locked_device_too)
def ask_pin() -> Response:
    return page("capture/kiosk/leave.html", waiting_display(), device=current_device())


@bp.post("/kiosk/leave", guard=locked_device_too)
def leave() -> Response:
    """Check the PIN on the server and unlock the tablet for two minutes."""
    display, device = waiting_display(), current_device()
    if display_settings.was_pressed():
        return page("capture/kiosk/leave.html", display, device=device)
    typed = request.form.get("pin", "").strip()[:20]
    db.session.commit()
    try:
        staff = pins.find_staff(typed, device)
    except throttle.TooManyTries:
        return page("capture/kiosk/leave.html", display, status=429, device=device, problem="leave.too_often")
    # Looking PINs up only read; what is written next needs a transaction that may write.
    db.session.commit()
    if staff is None:
        audit_trail.record_refusal("pin.refused", **audit_trail.about(device))
        return page("capture/kiosk/leave.html", display, status=422, device=device, problem="leave.wrong")
    _hold(device, staff.id, renew=pins.is_outdated(typed))
    _note("tablet.unlocked", device, staff.id)
    db.session.commit()
    return onward(url_for("leaving.unlocked"))


@bp.get("/kiosk/unlocked", guard=locked_device_too)
def unlocked() -> AnyResponse:
    if _held_by() is None:
        return redirect(url_for("leaving.ask_pin"), 303)
    name = "unlocked" if _unlocked_by() is not None else "new_pin"
    return page(f"capture/kiosk/{name}.html", waiting_display(), device=current_device())


@bp.post("/kiosk/new-pin", guard=locked_device_too)
def renew_pin() -> AnyResponse:
    """Replace a PIN that is too short by now; until then it opens nothing but this."""
    staff_id, device = _held_by(), current_device()
    staff = db.session.get(Staff, staff_id) if staff_id is not None else None
    if staff is None or not staff.active:
        return redirect(url_for("leaving.ask_pin"), 303)
    pin = request.form.get("pin", "").strip()[:20]
    if pins.weakness(pin) or pins.is_taken(pin, device, staff=staff):
        return page(
            "capture/kiosk/new_pin.html", waiting_display(), status=422, device=device, problem="leave.renew_wrong"
        )
    records.set_kiosk_pin(staff, pin)
    _hold(device, staff.id, renew=False)
    db.session.commit()
    return onward(url_for("leaving.unlocked"))


@bp.post("/kiosk/unpair", guard=locked_device_too)
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
    response.delete_cookie(device_cookie(), secure=current_settings().https)
    return response


def _hold(device: KioskDevice, staff_id: int, *, renew: bool) -> None:
    until = time.time() + UNLOCKED_SECONDS
    session[UNLOCKED] = {"device": device.id, "staff": staff_id, "until": until, "renew": renew}


def _held_by() -> int | None:
    """Return the id of the staff whose PIN was typed on this tablet within the last two minutes."""
    held = session.get(UNLOCKED)
    if not isinstance(held, dict) or held.get("device") != current_device().id or held.get("until", 0) < time.time():
        return None
    staff_id = held.get("staff")
    return staff_id if isinstance(staff_id, int) else None


def _unlocked_by() -> int | None:
    """As `_held_by`, unless that PIN must be replaced first."""
    return None if session.get(UNLOCKED, {}).get("renew") else _held_by()


def _note(action: str, device: KioskDevice, staff_id: int) -> None:
    audit_trail.record(action, actor=Actor("staff", staff_id), **audit_trail.about(device))
