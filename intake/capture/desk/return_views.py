"""What brought somebody back after a long while: a question of its own, beside the first one and never instead."""

from datetime import timedelta

from flask import redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.capture.desk.queries import practice_language
from intake.capture.models import ReturnReason
from intake.db import db
from intake.directory.merging.merge import Kind, read_as_one
from intake.directory.models import ELIGIBLE_STATUSES, Visit
from intake.directory.patients import queries as directory
from intake.id_filters import read_id
from intake.survey.question.choices import choices
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import tell

bp = Pages("desk_return", __name__)
# Since the last visit that was kept.
LONG_WHILE = timedelta(days=365)
LONGEST_WORDS = 200


def came_back(visit: Visit) -> bool:
    """Return whether this person has come after a year or more without a visit."""
    if visit.status not in ELIGIBLE_STATUSES:
        return False
    last = db.session.scalar(
        select(func.max(Visit.visit_date)).where(
            Visit.patient_id.in_(read_as_one(Kind.PATIENTS, visit.patient_id)),
            Visit.status.in_(ELIGIBLE_STATUSES),
            Visit.visit_date < visit.visit_date,
        )
    )
    return last is not None and visit.visit_date - last >= LONG_WHILE


def reason_of(visit_id: int) -> ReturnReason | None:
    """Return what they said brought them back; the newest holds."""
    query = select(ReturnReason).where(ReturnReason.visit_id == visit_id).order_by(ReturnReason.id.desc())
    return db.session.scalars(query.limit(1)).first()


@bp.post("/desk/visits/<int:visit_id>/return", guard=roles("front_desk", "manager"))
def record(visit_id: int) -> Response:
    """Record what brought them back. What first led them here stays as it is."""
    visit = directory.visit(visit_id, within=current_locations())
    offered = {
        each.source_id for top in choices(visit.visit_date, practice_language()) for each in (top, *top.children)
    }
    source_id = read_id(request.form.get("source", ""))
    words = " ".join(request.form.get("words", "").split())[:LONGEST_WORDS]
    if source_id not in offered and not words:
        tell("Choose what brought them back, or write it down.", kind="problem")
    elif not came_back(visit):
        tell("They were here within the last year, so there is nothing to ask.", kind="problem")
    else:
        row = ReturnReason(
            visit_id=visit.id,
            source_id=source_id if source_id in offered else None,
            words=words,
            recorded_at=clock.now(),
            staff_id=current_staff().id,
        )
        db.session.add(row)
        db.session.flush()
        audit_trail.record("return.recorded", **audit_trail.about(visit))
        db.session.commit()
        tell("Noted what brought them back.")
    return redirect(url_for("desk_recording.visit", visit_id=visit.id), 303)
