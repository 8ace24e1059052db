"""Pages of patients: search, one patient's record, and putting right who they are."""

from collections.abc import Callable
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.capture.desk.forms import PatientForm
from intake.capture.desk.queries import practice_language
from intake.capture.patient_flow.handover import practice_languages
from intake.capture.patients import records
from intake.db import db
from intake.directory.models import Patient
from intake.directory.patients import queries as directory
from intake.directory.patients.provisional import say_chart
from intake.directory.patients.records import LONGEST_QUERY, change_patient, search_patients
from intake.phone import national
from intake.slots import Slot
from intake.survey.question import wording
from intake.survey.review.counts import manages_review
from intake.web.http.route_guards import Pages, reads_only
from intake.web.ui.edit_conflict import conflict_message, fingerprint
from intake.web.ui.template_context import tell

bp = Pages("patients", __name__)
bp.add_app_template_filter(say_chart, "said_chart")

# The page about what is held of this patient, for those who may open it; else None.
HELD_PAGE: Slot[Callable[[int], str | None]] = Slot("page of what is held of a patient")
MOST_SHOWN = 30
PART_HEADER = "HX-Request"


@bp.get("/patients", guard=roles("front_desk", "manager"))
def patients() -> str:
    """Show the search. Nobody is listed before something is typed."""
    return render_template("capture/patients/list.html", text="", hits=[], most=MOST_SHOWN)


@bp.post("/patients", guard=roles("front_desk", "manager"))
@reads_only
def find() -> str:
    """Patients whom `q` may mean. A POST: a name must not stand in an address."""
    text = request.form.get("q", "").strip()[:LONGEST_QUERY]
    hits = search_patients(text, within=current_locations(), limit=MOST_SHOWN) if text else []
    if text:
        audit_trail.record_reading("patients.searched", found=len(hits))
    part = request.headers.get(PART_HEADER) == "true"
    name = "capture/patients/_found.html" if part else "capture/patients/list.html"
    return render_template(name, text=text, hits=hits, most=MOST_SHOWN)


@bp.get("/patients/<int:patient_id>", guard=roles("front_desk", "manager"))
def patient(patient_id: int) -> str | Response:
    """Show a patient's record; a merged chart leads to the one it was merged into."""
    kept = records.merged_chart(patient_id, within=current_locations())
    if kept != patient_id:
        return redirect(url_for("patients.patient", patient_id=kept), 302)
    found = records.patient_record(patient_id, within=current_locations(), language=practice_language())
    audit_trail.record_reading("patient.read", subject_kind="patient", subject_id=patient_id, visits=len(found.visits))
    return render_template(
        "capture/patients/patient.html",
        record=found,
        patient=found.patient,
        may_merge=manages_review(),
        held_page=HELD_PAGE.filled(patient_id),
    )


@bp.get("/patients/<int:patient_id>/correct", guard=roles("front_desk", "manager"))
def correction(patient_id: int) -> str:
    """Show who they are, to be put right."""
    found = _patient(patient_id)
    audit_trail.record_reading("patient.read", subject_kind="patient", subject_id=patient_id)
    form = _form(found, formdata=None)
    form.seen.data = fingerprint(form)
    return _correction_page(found, form)


@bp.post("/patients/<int:patient_id>/correct", guard=roles("front_desk", "manager"))
def correct(patient_id: int) -> Any:
    """Put right who they are. A number that nobody agreed to texts for gets none."""
    found = _patient(patient_id)
    form = _form(found)
    if not form.validate_on_submit():
        return _correction_page(found, form), 422
    if problem := conflict_message(form, _form(found, formdata=None)):
        return _correction_page(found, form, problem), 409
    changed = change_patient(
        found,
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        birth_date=form.born,
        mobile_e164=form.mobile_e164,
        language=form.language.data or None,
    )
    db.session.commit()
    tell("It is put right." if changed else "Nothing was changed.")
    return redirect(url_for("patients.patient", patient_id=patient_id), 303)


def _patient(patient_id: int) -> Patient:
    found = directory.patient(patient_id, within=current_locations())
    if found.erased_at is not None:
        abort(404)
    return found


def _form(patient: Patient, **given: Any) -> PatientForm:
    born = patient.birth_date
    codes = dict.fromkeys([*practice_languages(), *filter(None, [patient.language])])
    return PatientForm(
        [(code, wording.language(code).name) for code in codes],
        data={
            "first_name": patient.first_name,
            "last_name": patient.last_name,
            "birth_date": f"{born.month}/{born.day}/{born.year}" if born else "",
            "mobile": national(patient.mobile_e164),
            "language": patient.language or "",
        },
        **given,
    )


def _correction_page(patient: Patient, form: PatientForm, problem: str = "") -> str:
    return render_template("capture/patients/correct.html", patient=patient, form=form, problem=problem)
