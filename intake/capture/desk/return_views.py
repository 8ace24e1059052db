"""The desk's form for what brought somebody back."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.capture.answer_form.return_reasons import came_back, record_reason
from intake.capture.desk.queries import practice_language
from intake.db import db
from intake.directory.models import ELIGIBLE_STATUSES, Visit
from intake.directory.patients import queries as directory
from intake.id_filters import read_id
from intake.survey.question.choices import choices
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import tell

bp = Pages("desk_return", __name__)
LONGEST_WORDS = 200


def may_be_asked(visit: Visit) -> bool:
    """Return whether this person came, and after a year or more without a visit."""
    return visit.status in ELIGIBLE_STATUSES and came_back(visit)


@bp.post("/desk/visits/<int:visit_id>/return", guard=roles("front_desk", "manager"))
def record(visit_id: int) -> Response:
    visit = directory.visit(visit_id, within=current_locations())
    offered = {
        each.source_id for top in choices(visit.visit_date, practice_language()) for each in (top, *top.children)
    }
    source_id = read_id(request.form.get("source", ""))
    words = " ".join(request.form.get("words", "").split())[:LONGEST_WORDS]
    if source_id not in offered and not words:
        tell("Choose what brought them back, or write it down.", kind="problem")
    elif not may_be_asked(visit):
        tell("They were here within the last year, so there is nothing to ask.", kind="problem")
    else:
        source_id = source_id if source_id in offered else None
        record_reason(visit, source_id=source_id, words=words, staff_id=current_staff().id)
        db.session.commit()
        tell("Noted what brought them back.")
    return redirect(url_for("desk_recording.visit", visit_id=visit.id), 303)
