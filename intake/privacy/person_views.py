"""Pages of one person's data: what is held, the file to give them, holding and erasing it."""

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from intake import clock
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.accounts.models import RoleName
from intake.capture.desk.queries import practice_language
from intake.config import Settings, current_settings
from intake.db import db
from intake.directory.patients import queries as directory
from intake.privacy import access_file, erasing, holds
from intake.privacy.backups_left import backups_end_on
from intake.privacy.passing_words import MOST_SHOWN, named_in
from intake.privacy.person import HeldPerson, locations_of, person
from intake.privacy.personal_columns import PERSONAL
from intake.sms.queue.forgetting import still_to_erase
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import practice_facts, tell
from intake.web.ui.written import is_unfit

bp = Pages("privacy_person", __name__)

MATTER = 60
ONLY_WHERE_THEY_WERE = "They were seen at other locations too. Ask somebody who works at all of them."
NEEDS_BOTH = "Erasing needs somebody who is a manager and an administrator."


@bp.get("/patients/<int:patient_id>/held", guard=roles("manager"))
def held(patient_id: int) -> str:
    """Show what is held of a patient, and what can be done with it."""
    return _page(_person(patient_id))


@bp.get("/patients/<int:patient_id>/held/file", guard=roles("manager", fresh=True))
def file(patient_id: int) -> Response:
    """Give everything held about them as one file."""
    found = _person(patient_id)
    packed = access_file.as_zip(found, language=practice_language(), practice=practice_facts())
    name = f"patient-{patient_id}-{clock.now():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(packed, mimetype="application/zip", headers=headers)


@bp.post("/patients/<int:patient_id>/held/hold", guard=roles("manager", fresh=True))
def hold(patient_id: int) -> AnyResponse | tuple[str, int]:
    """Put a legal hold on a patient."""
    found = _person(patient_id)
    matter = request.form.get("matter", "").strip()
    if not matter or len(matter) > MATTER or is_unfit(matter):
        problem = f"Say what it is about in at most {MATTER} letters, such as the lawyer’s reference; not a name."
        return _page(found, problem=problem, matter=matter), 422
    holds.begin(matter, patient_id=patient_id, staff_id=current_staff().id)
    db.session.commit()
    tell("Held. Nothing of theirs is erased or runs out until the hold ends.")
    return redirect(url_for("privacy_person.held", patient_id=patient_id), 303)


@bp.get("/patients/<int:patient_id>/held/erase", guard=roles("manager", fresh=True))
def ask_to_erase(patient_id: int) -> str:
    """Show what erasing takes and what stays, before it is done."""
    return _asked(_person(patient_id))


@bp.post("/patients/<int:patient_id>/held/erase", guard=roles("manager", fresh=True))
def erase(patient_id: int) -> AnyResponse | tuple[str, int]:
    """Erase a patient. The name of their chart is typed, so that it is never the wrong one."""
    found = _person(patient_id)
    if not _may_erase():
        return _asked(found, problem=NEEDS_BOTH), 422
    mrn = found.charts[0].mrn
    if request.form.get("chart", "").strip().casefold() != mrn.casefold():
        return _asked(found, problem="Type the chart number as it stands above, so that it is the right person."), 422
    settings: Settings = current_settings()
    also = set(request.form.getlist("also"))
    try:
        done = erasing.erase(patient_id, also=also, secrets=settings.secret_keys)
    except erasing.CannotErase as reason:
        db.session.rollback()
        return _asked(_person(patient_id), problem=str(reason)), 422
    db.session.commit()
    erasing.compact_if_owed(settings)
    left = f" {done.at_carrier} messages are being deleted at the carrier." if done.at_carrier else ""
    tell(f"Erased. What was counted is as it was.{left}")
    return redirect(url_for("privacy_person.held", patient_id=patient_id), 303)


def page_of(patient_id: int) -> str | None:
    """Return the address of what is held of a patient, for a manager."""
    is_manager = any(role.name == RoleName.MANAGER for role in current_staff().roles)
    return url_for("privacy_person.held", patient_id=patient_id) if is_manager else None


def _person(patient_id: int) -> HeldPerson:
    """The person, for somebody of every location where they were; raises NoSuchPatient (a 404) for strangers."""
    directory.patient(patient_id, within=current_locations())
    found = person(patient_id)
    if not locations_of(found) <= current_locations():
        abort(403, ONLY_WHERE_THEY_WERE)
    return found


def _page(found: HeldPerson, *, problem: str = "", matter: str = "") -> str:
    mine = [(held, of) for held, of in holds.standing() if held.patient_id is None or held.patient_id in found.ids]
    return render_template(
        "privacy/held.html",
        person=found,
        patient=found.charts[0],
        counted=[(place.title, len(found.rows[name])) for name, place in PERSONAL.items() if found.rows[name]],
        holds=mine,
        problem=problem,
        matter=matter,
        longest=MATTER,
        at_carrier=still_to_erase(),
        backups_end=backups_end_on(current_settings()),
    )


def _asked(found: HeldPerson, *, problem: str = "") -> str:
    others = named_in(found) if not found.is_erased else []
    return render_template(
        "privacy/erase.html",
        person=found,
        patient=found.charts[0],
        counted=[(place.title, len(found.rows[name])) for name, place in PERSONAL.items() if found.rows[name]],
        linked=[each for each in others if each.linked],
        named=[each for each in others if not each.linked and not each.by_hand],
        by_hand=[each for each in others if each.by_hand],
        is_cut=len(others) >= MOST_SHOWN,
        chosen=set(request.form.getlist("also")) if request.method == "POST" else None,
        problem=problem or erasing.why_not(found) or ("" if _may_erase() else NEEDS_BOTH),
        texting=current_settings().texting,
        may=_may_erase() and erasing.why_not(found) is None,
        backups_end=backups_end_on(current_settings()),
    )


def _may_erase() -> bool:
    held_roles = {role.name for role in current_staff().roles}
    return {str(RoleName.MANAGER), str(RoleName.ADMINISTRATOR)} <= held_roles
