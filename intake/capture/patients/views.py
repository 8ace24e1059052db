"""Pages of patients: search, and one patient's record."""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.capture.desk.queries import practice_language
from intake.capture.patients import records
from intake.directory.patients.provisional import say_chart
from intake.directory.patients.records import LONGEST_QUERY, search_patients
from intake.slots import Slot
from intake.survey.review.counts import manages_review
from intake.web.http.route_guards import Pages, reads_only

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
