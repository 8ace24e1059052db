"""Type-ahead for the people an answer names; by POST, since names must not be in an address."""

from collections.abc import Sequence

from flask import Response, jsonify, request

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.capture.answer_form.people import PersonHit, patients_called, physicians_called
from intake.id_filters import read_id
from intake.web.http.route_guards import Pages, reads_only

bp = Pages("desk_search", __name__)


@bp.post("/desk/physicians", guard=roles("front_desk", "manager"))
@reads_only
def physicians() -> Response:
    """Physicians that `q` may mean, the likeliest first."""
    location_id = read_id(request.args.get("location", ""))
    near = location_id if location_id in current_locations() else None
    return _hits(physicians_called(request.form.get("q", ""), location_id=near))


@bp.post("/desk/patients", guard=roles("front_desk", "manager"))
@reads_only
def patients() -> Response:
    """Patients of the signed-in person's locations whom `q` may mean."""
    hits = patients_called(request.form.get("q", ""), within=current_locations())
    audit_trail.record_reading("patients.searched", found=len(hits))
    return _hits(hits)


def _hits(hits: Sequence[PersonHit]) -> Response:
    return jsonify(hits=[{"id": hit.id, "name": hit.name, "note": hit.note, "sure": hit.sure} for hit in hits])
