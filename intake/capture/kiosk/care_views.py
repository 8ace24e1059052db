"""What a waiting tablet tells of itself and hears, and how a patient calls somebody."""

from flask import Response, jsonify, request, url_for
from sqlalchemy import update

from intake import clock
from intake.accounts.auth.guards import kiosk_device, locked_device_too
from intake.accounts.current import current_device
from intake.accounts.devices.health import read_health
from intake.accounts.models import KioskDevice
from intake.capture.kiosk import offline_pages
from intake.capture.kiosk.views import waiting_display
from intake.capture.patient_flow import queries
from intake.capture.patient_flow.pages import page
from intake.db import db
from intake.web.http.route_guards import Pages

bp = Pages("care", __name__)


@bp.get("/kiosk/waiting", guard=locked_device_too)
def waiting() -> Response:
    """Tell the welcome page's script whether a visit was handed over, or the page must show something else."""
    device = current_device()
    handed = device.locked_at is None and queries.open_handover(device.id) is not None
    return jsonify(waiting=handed, look=device.look)


@bp.post("/kiosk/seen", guard=locked_device_too)
def seen() -> Response:
    """Record that the tablet is online and how it is; tell it the time and what to put away."""
    tag = offline_pages.version(current_device().location_id)
    _change(last_seen_at=clock.now(), health=read_health(request.form))
    return jsonify(now=int(clock.now().timestamp() * 1000), tag=tag)


@bp.post("/kiosk/call", guard=kiosk_device)
def call_staff() -> Response:
    """Let the desk know that somebody at this tablet wants help."""
    _change(called_at=clock.now())
    return page("capture/kiosk/called.html", waiting_display(), home_url=url_for("kiosk.here"))


def _change(**values: object) -> None:
    # One statement that reads nothing first: of two at once neither waits for the other's page.
    db.session.execute(update(KioskDevice).where(KioskDevice.id == current_device().id).values(**values))
    db.session.commit()
