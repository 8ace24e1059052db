"""The page of conflicts: answer and chart side by side, and staff decide what counts."""

from uuid import uuid4

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.db import db
from intake.directory.patients import queries
from intake.directory.patients.records import as_kept
from intake.survey.models import ChartVerdict
from intake.survey.recording.record_answer import withdraw_answer
from intake.survey.review import source_use
from intake.survey.review.charts import chart_alone, chart_conflicts
from intake.survey.review.charts.chart_conflicts import Conflict, NeedsPhysician, NoConflict
from intake.survey.review.counts import counts, manages_review
from intake.survey.review.targets import Target, physician_targets, physicians_named
from intake.web.http.route_guards import Pages, reads_only
from intake.web.http.url_converters import row_number
from intake.web.ui.template_context import tell

bp = Pages("review_conflicts", __name__)

ROLES = ("front_desk", "manager", "administrator")
A_PAGE = 20
LATELY = 10
WORDS = {
    ChartVerdict.ANSWER: "The patient’s answer counts",
    ChartVerdict.CHART: "The chart counts",
    ChartVerdict.BOTH: "Both count",
}


@bp.get("/review/conflicts", guard=roles(*ROLES))
def conflict_list() -> str:
    """Visits at which the answer and the chart differ."""
    return _page()


@bp.post("/review/conflicts/<int:visit_id>/find", guard=roles(*ROLES))
@reads_only
def find(visit_id: int) -> str:
    """The same page with other physicians whom the chart's words may mean."""
    visit = queries.visit(visit_id, within=current_locations())
    return _page(at=visit.id, wanted=request.form.get("find", "").strip()[:100])


@bp.post("/review/conflicts/<int:visit_id>", guard=roles(*ROLES))
def decide(visit_id: int) -> Response | tuple[str, int]:
    """Keep what counts for this visit."""
    visit = queries.visit(visit_id, within=current_locations())
    chosen = request.form.get("verdict", "")
    if chosen not in set(ChartVerdict):
        return _page(at=visit.id, problem="Choose what counts."), 422
    _, _, number = request.form.get("physician", "").partition(":")
    physician_id = row_number(number)
    try:
        conflict = chart_conflicts.conflict_of(visit)
        made = chart_conflicts.decide_conflict(
            conflict, ChartVerdict(chosen), physician_id=physician_id, staff_id=current_staff().id
        )
    except NoConflict:
        tell("Answer and chart agree by now, or somebody has decided. Nothing was changed.", kind="info")
        return redirect(url_for("review_conflicts.conflict_list"), 303)
    except NeedsPhysician:
        db.session.rollback()
        return _page(at=visit_id, problem="Choose first which physician the chart means."), 422
    db.session.commit()
    undo = url_for("review_conflicts.undo", chart_decision_id=made.id)
    names = {"patient": ("patients", visit.patient_id)}
    tell(f"{WORDS[ChartVerdict(chosen)]} for {{patient}}.", undo=undo, names=names)
    return redirect(url_for("review_conflicts.conflict_list"), 303)


@bp.post("/review/conflicts/undo/<int:chart_decision_id>", guard=roles(*ROLES))
def undo(chart_decision_id: int) -> Response:
    """Take the decision back: the visit counts as before and waits again."""
    chart_conflicts.undo_decision(chart_conflicts.decision(chart_decision_id, within=current_locations()))
    db.session.commit()
    tell("Undone: the visit counts by the patient’s answer and waits again.")
    return redirect(url_for("review_conflicts.conflict_list"), 303)


@bp.post("/review/conflicts/<int:visit_id>/chart", guard=roles(*ROLES))
def settle(visit_id: int) -> Response:
    """Record that a patient who said nothing was sent by the physician in the chart."""
    visit = queries.visit(visit_id, within=current_locations())
    try:
        found = chart_alone.chart_alone(visit)
        chart_alone.settle_by_chart(found, submission_id=str(uuid4()), staff_id=current_staff().id)
    except (NoConflict, NeedsPhysician):
        db.session.rollback()
        tell("Somebody has answered by now, or the chart names nobody any more. Nothing was changed.", kind="info")
        return redirect(url_for("review_conflicts.conflict_list"), 303)
    db.session.commit()
    undo = url_for("review_conflicts.unsettle", visit_id=visit.id)
    names = {"patient": ("patients", visit.patient_id)}
    tell(f"{WORDS[ChartVerdict.CHART]} for {{patient}}.", undo=undo, names=names)
    return redirect(url_for("review_conflicts.conflict_list"), 303)


@bp.post("/review/conflicts/<int:visit_id>/chart/undo", guard=roles(*ROLES))
def unsettle(visit_id: int) -> Response:
    """Take it back: the patient has said nothing again."""
    visit = queries.visit(visit_id, within=current_locations())
    withdraw_answer(visit_id=visit.id, submission_id=str(uuid4()), staff_id=current_staff().id)
    db.session.commit()
    tell("Undone: this patient has said nothing again.")
    return redirect(url_for("review_conflicts.conflict_list"), 303)


def _page(*, at: int | None = None, wanted: str = "", problem: str = "") -> str:
    within = current_locations()
    everything = request.args.get("all") == "1"
    since = None if everything else chart_conflicts.looks_back_to()
    found = chart_conflicts.conflicts(within=within, since=since, limit=A_PAGE)
    lately = chart_conflicts.decided_conflicts(within=within, limit=LATELY)
    alone = chart_alone.charts_alone(within=within, since=since, limit=A_PAGE)
    charted = [each.physician_id for each in lately] + [each.physician_id for each in alone]
    physicians = _physicians(found, charted)
    offered: dict[int, list[Target]] = {}
    for conflict in found:
        if conflict.physician_id is None:
            text = wanted if conflict.visit.id == at and wanted else conflict.charted_words
            offered[conflict.visit.id] = physician_targets(text, limit=5)
    audit_trail.record_reading("review.read", conflicts=len(found) + len(alone))
    return render_template(
        "survey/review/conflicts.html",
        conflicts=found,
        lately=lately,
        alone=alone,
        physicians=physicians,
        referrers=_referrers(found),
        offered=offered,
        names=source_use.labels(queries.practice().languages[0]),
        at=at,
        wanted=wanted,
        problem=problem,
        since=since,
        words=WORDS,
        counts=counts(within=within, conflicts=len(found) if since and len(found) < A_PAGE else None),
        manages=manages_review(),
        time_zone=queries.practice().time_zone,
    )


def _physicians(found: list[Conflict], others: list[int | None]) -> dict[int, Target]:
    linked = [mention.physician_id for each in found for mention in each.said]
    ids = [each for each in [*(conflict.physician_id for conflict in found), *linked, *others] if each is not None]
    return {int(each.value.partition(":")[2]): each for each in physicians_named(list(dict.fromkeys(ids)), {})}


def _referrers(found: list[Conflict]) -> dict[int, str]:
    ids = {each.referring_patient_id for conflict in found for each in conflict.said if each.referring_patient_id}
    return {each: f"{row.first_name} {row.last_name}" for each, row in as_kept(ids).items()}
