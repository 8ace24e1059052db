"""The waiting room: its poster with the code of the day's page, and tablets whose patient calls."""

import segno
from flask import abort, redirect, render_template, url_for
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.accounts.models import KioskDevice
from intake.capture.patient_flow.handover import practice_languages
from intake.config import current_settings
from intake.db import db
from intake.directory.patients import queries as directory
from intake.survey.question import wording
from intake.web.http.assets import STATIC
from intake.web.http.route_guards import Pages
from intake.web.ui import pdf

bp = Pages("desk_room", __name__)

MOST_LANGUAGES = 6


@bp.get("/desk/poster/<int:location_id>", guard=roles("front_desk", "manager", "administrator"))
def poster(location_id: int) -> Response:
    """Return the poster of a waiting room as a PDF of one sheet. It holds no code, which is another one each day."""
    location = directory.location(location_id, within=current_locations())
    if pdf.why_off():
        abort(503, pdf.why_off())
    address = current_settings().public_url + url_for("here.ask", place=location.code.lower())
    drawing = Markup(segno.make(address, error="q").svg_inline(omitsize=True, border=0))  # noqa: S704
    languages = [wording.language(code) for code in practice_languages()[:MOST_LANGUAGES]]
    document = render_template(
        "capture/waiting_room/poster.html",
        location=location,
        address=address,
        qr=drawing,
        languages=languages,
        text=wording.text,
    )
    made = pdf.write_pdf(document, [(STATIC / "css" / "poster.css").read_text(encoding="utf-8")])
    headers = {"Content-Disposition": 'inline; filename="waiting-room-poster.pdf"'}
    return Response(made, content_type="application/pdf", headers=headers)


@bp.post("/desk/calls-for-help/<int:device_id>", guard=roles("front_desk", "manager"))
def go_there(device_id: int) -> Response:
    """Note that somebody goes to the tablet whose patient called."""
    query = select(KioskDevice).where(KioskDevice.id == device_id, KioskDevice.location_id.in_(current_locations()))
    device = db.session.scalars(query).one_or_none() or abort(404)
    device.called_at = None
    audit_trail.record("tablet.call_answered", **audit_trail.about(device))
    db.session.commit()
    return redirect(url_for("desk.arrivals", location=device.location_id), 303)


def calling(location_id: int) -> list[KioskDevice]:
    """Return the tablets of the location whose patient called, the longest first."""
    query = select(KioskDevice).where(KioskDevice.location_id == location_id, KioskDevice.called_at.is_not(None))
    return list(db.session.scalars(query.order_by(KioskDevice.called_at)))
