"""Pairing a browser as a tablet of the practice: it gives the code that an administrator shows, then shows a number.

An administrator types the number (`intake/accounts/pages/tablet_views.py`); until then the browser is nobody.
"""

from datetime import timedelta

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from intake.accounts.audit import audit_trail
from intake.accounts.auth import sessions, throttle
from intake.accounts.auth.guards import device_cookie, find_device
from intake.accounts.current import Actor
from intake.accounts.devices import tablets
from intake.accounts.models import DevicePurpose, KioskDevice
from intake.accounts.tokens import hash_token, plain_code
from intake.capture.kiosk.views import waiting_display
from intake.capture.patient_flow import display_settings, queries
from intake.capture.patient_flow.pages import onward, page
from intake.config import current_settings
from intake.db import db
from intake.web.http.route_guards import Pages, public

bp = Pages("pairing", __name__)

# 23 letters to the power of 8 are 78 thousand million codes that last a quarter of an hour.
ALLOWED_AN_ADDRESS, ALLOWED_IN_ALL = 10, 100
WINDOW = timedelta(minutes=10)
COOKIE_DAYS = 400
# A tablet that shows its number looks so often whether it has been typed.
LOOK_EVERY_SECONDS = 4


@bp.get("/kiosk/pair", guard=public("a browser that is no tablet yet is sent here; the code is what counts"))
def pair() -> AnyResponse:
    token = request.cookies.get(device_cookie(), "")
    if device := find_device(token):
        return redirect(_home_of(device), 303)
    if token and (asking := queries.asking_device(hash_token(token))) and asking.claim_hash:
        response = page(
            "capture/kiosk/pair_number.html", waiting_display(), number=tablets.number_of(asking.claim_hash)
        )
        response.headers["Refresh"] = str(LOOK_EVERY_SECONDS)
        return response
    return page("capture/kiosk/pair.html", waiting_display())


@bp.post("/kiosk/pair", guard=public("takes a pairing code; counted per address and in all"))
def take_code() -> Response:
    display = waiting_display()
    if display_settings.was_pressed():
        return page("capture/kiosk/pair.html", display)
    code = plain_code(request.form.get("code", "")[:100])
    db.session.commit()
    address = throttle.address_bucket(request.remote_addr)
    claimed = throttle.claim([throttle.bucket("pairing", address)], allowed=ALLOWED_AN_ADDRESS, window=WINDOW)
    in_all = claimed and throttle.claim([throttle.bucket("pairing", "all")], allowed=ALLOWED_IN_ALL, window=WINDOW)
    if not claimed or not in_all:
        return page("capture/kiosk/pair.html", display, status=429, problem="pair.too_often")
    device = queries.waiting_device(hash_token(code))
    # The throttle writes by a connection of its own.
    db.session.commit()
    token = tablets.claim(device, hash_token(code), address=request.remote_addr) if device else None
    if token is None:
        audit_trail.record_refusal("pairing.refused", actor=Actor("system"))
        return page("capture/kiosk/pair.html", display, status=422, problem="pair.wrong")
    # Whoever set the tablet up may have signed in on it; a patient must not find that session.
    sessions.end()
    db.session.commit()
    throttle.forget([*claimed, *in_all])
    response = onward(url_for("pairing.pair"))
    response.set_cookie(
        device_cookie(),
        token,
        max_age=timedelta(days=COOKIE_DAYS),
        secure=current_settings().https,
        httponly=True,
        samesite="Strict",
    )
    return response


def _home_of(device: KioskDevice) -> str:
    # The wall stands in a room above this one, which knows its address only.
    return "/wall" if device.purpose == DevicePurpose.WALL else url_for("kiosk.here")
