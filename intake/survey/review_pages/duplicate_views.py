"""The pages of duplicates: compare two records, merge them, undo that, or say that they are two."""

from functools import partial
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import only_for, roles
from intake.accounts.current import current_locations, current_staff
from intake.accounts.models import RoleName
from intake.db import db
from intake.directory.merging import merge as merging
from intake.directory.merging.merge import CannotMerge, Kind
from intake.directory.patients import queries
from intake.survey.answers.referrals import refuse_merging_patients
from intake.survey.ledger.merge_effects import merge_effect
from intake.survey.review import duplicates
from intake.survey.review.counts import duplicates_by_kind
from intake.survey.review.record_search import records_called
from intake.web.http.route_guards import Pages, reads_only
from intake.web.ui.template_context import name_rows, tell

bp = Pages("duplicates", __name__)


def _let_notes_name_rows(setup: BlueprintSetupState) -> None:
    for kind in Kind:
        name_rows(setup.app, str(kind), partial(_name, kind))
        name_rows(setup.app, _apart(kind), partial(_told_apart, kind))


def _name(kind: Kind, record_id: int) -> str:
    return duplicates.name_of(kind, record_id, queries.practice().languages[0])


def _apart(kind: Kind) -> str:
    """What notes call a record of this kind that may have another one's name."""
    return f"{kind} told apart"


def _told_apart(kind: Kind, record_id: int) -> str:
    return duplicates.told_apart(kind, record_id, queries.practice().languages[0])


bp.record(_let_notes_name_rows)

ROLES = ("manager", "liaison", "administrator")
PAIRS_A_PAGE = 20
MERGES_SHOWN = 50
LONGEST_SEARCH = 100
TITLES = {
    Kind.PHYSICIANS: "Physicians",
    Kind.PRACTICES: "Referring practices",
    Kind.PATIENTS: "Patients",
    Kind.SOURCES: "Sources",
}
# A liaison works with physicians; patients and the list of sources are the manager's.
OF_A_LIAISON = (Kind.PHYSICIANS, Kind.PRACTICES)


@bp.get("/duplicates", guard=roles(*ROLES))
def every_kind() -> Response:
    """Open the first kind that has a pair to look at."""
    waiting = duplicates_by_kind(current_locations())
    first = next((kind for kind in _kinds() if waiting.get(kind)), Kind.PHYSICIANS)
    return redirect(url_for("duplicates.of_kind", kind=str(first)))


@bp.get("/duplicates/<kind>", guard=roles(*ROLES))
def of_kind(kind: str) -> Response:
    chosen = _kind(kind)
    practice = queries.practice()
    today, language = clock.clinic_today(practice.time_zone), practice.languages[0]
    known = duplicates.alike(chosen, location_ids=current_locations(), today=today, language=language)
    found = known or []
    pages = max(1, -(-len(found) // PAIRS_A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    shown = [
        duplicates.compared(each, language=language) for each in found[(page - 1) * PAIRS_A_PAGE : page * PAIRS_A_PAGE]
    ]
    merged = duplicates.merges(chosen, location_ids=current_locations(), language=language, most=MERGES_SHOWN)
    if chosen == Kind.PATIENTS and (shown or merged):
        audit_trail.record_reading("patients.compared", pairs=len(shown), merges=len(merged))
    page_of_pairs = render_template(
        "survey/duplicates/list.html",
        kind=chosen,
        kinds={each: TITLES[each] for each in _kinds()},
        waiting=duplicates_by_kind(current_locations()) | {chosen: len(found)},
        pairs=shown,
        count=len(found),
        is_comparing=known is None,
        page=page,
        pages=pages,
        merges=merged,
        page_address=lambda number: url_for("duplicates.of_kind", kind=str(chosen), page=number),
    )
    return Response(page_of_pairs, mimetype="text/html", headers={"Refresh": "3"} if known is None else {})


@bp.get("/duplicates/<kind>/choose", guard=roles(*ROLES))
def choose(kind: str) -> str:
    """Look for the other record of a pair that nothing proposed; `keep` is the one whose page led here."""
    chosen = _kind(kind)
    return _choice(chosen, _seen(chosen, _chosen(chosen, request.args, "keep")))


@bp.post("/duplicates/<kind>/choose", guard=roles(*ROLES))
@reads_only
def search(kind: str) -> str:
    """The same page with what was found. A POST: a patient's name must not stand in an address."""
    chosen = _kind(kind)
    keep = _seen(chosen, _chosen(chosen, request.form, "keep"))
    return _choice(chosen, keep, request.form.get("q", "").strip()[:LONGEST_SEARCH])


@bp.get("/duplicates/<kind>/merge", guard=roles(*ROLES))
def preview(kind: str) -> str:
    chosen = _kind(kind)
    keep, other = _two(chosen, request.args, "keep", "other")
    return _preview(chosen, keep, other)


@bp.post("/duplicates/<kind>/merge", guard=roles(*ROLES))
def merge(kind: str) -> Response | tuple[str, int]:
    chosen = _kind(kind)
    keep, other = _two(chosen, request.form, "keep", "other")
    try:
        _refuse(chosen, other, keep)
        made = merging.merge(chosen, other, keep, staff_id=current_staff().id)
    except CannotMerge as error:
        return _preview(chosen, keep, other, str(error)), 422
    db.session.commit()
    tell(
        "{other} counts as {kept} now.",
        undo=url_for("duplicates.undo", kind=str(chosen), merge=made.id),
        names={"other": (_apart(chosen), other), "kept": (_apart(chosen), keep)},
    )
    return redirect(url_for("duplicates.of_kind", kind=str(chosen)), 303)


@bp.post("/duplicates/<kind>/merges/undo", guard=roles(*ROLES))
def undo(kind: str) -> Response:
    chosen = _kind(kind)
    found = merging.find_merge(chosen, _chosen(chosen, request.values, "merge"))
    if found is None:
        abort(404)
    both = {merging.gone_id_of(chosen, found), found.into_id}
    if not duplicates.may_be_seen(chosen, both, location_ids=current_locations()):
        abort(404)
    merging.undo(chosen, found)
    db.session.commit()
    tell("The two are apart again, each with what it had.")
    return redirect(url_for("duplicates.of_kind", kind=str(chosen)), 303)


@bp.post("/duplicates/<kind>/apart", guard=roles(*ROLES))
def keep_apart(kind: str) -> Response:
    chosen = _kind(kind)
    one, other = _two(chosen, request.form, "one", "other")
    merging.keep_apart(chosen, one, other, staff_id=current_staff().id)
    db.session.commit()
    undo_url = url_for("duplicates.compare_again", kind=str(chosen), one=one, other=other)
    tell("Noted: these two are different, and won’t be shown again.", undo=undo_url)
    return redirect(url_for("duplicates.of_kind", kind=str(chosen)), 303)


@bp.post("/duplicates/<kind>/apart/undo", guard=roles(*ROLES))
def compare_again(kind: str) -> Response:
    chosen = _kind(kind)
    one, other = _two(chosen, request.values, "one", "other")
    merging.compare_again(chosen, one, other)
    db.session.commit()
    tell("The two are shown for comparison again.")
    return redirect(url_for("duplicates.of_kind", kind=str(chosen)), 303)


def _choice(kind: Kind, keep: int, wanted: str = "") -> str:
    language, within = queries.practice().languages[0], current_locations()
    found = records_called(kind, wanted, but=keep, within=within, language=language)
    if kind == Kind.PATIENTS:
        audit_trail.record_reading("patients.compared", pairs=len(found), merges=0)
    return render_template(
        "survey/duplicates/choose.html",
        kind=kind,
        title=TITLES[kind],
        kept=duplicates.record(kind, keep, language=language),
        wanted=wanted,
        found=[duplicates.record(kind, each, language=language) for each in found],
    )


def _seen(kind: Kind, record_id: int) -> int:
    if not duplicates.may_be_seen(kind, {record_id}, location_ids=current_locations()):
        abort(404)
    return record_id


def _preview(kind: Kind, keep: int, other: int, problem: str = "") -> str:
    if not problem:
        try:
            _refuse(kind, other, keep)
        except CannotMerge as error:
            problem = str(error)
    language = queries.practice().languages[0]
    if kind == Kind.PATIENTS:
        audit_trail.record_reading("patients.compared", pairs=1, merges=0)
    kept, gone = (duplicates.record(kind, each, language=language) for each in (keep, other))
    together = changed = ""
    if kind == Kind.PATIENTS:
        one, two = (merging.read_as_one(kind, each) for each in (keep, other))
        together = duplicates.counts_as(one | two, language=language)
        changed = duplicates.new_patients_changed(one, two)
    return render_template(
        "survey/duplicates/merge.html",
        kind=kind,
        title=TITLES[kind],
        kept=kept,
        gone=gone,
        together=together,
        changed=changed,
        effect=merge_effect(kind, other, keep),
        problem=problem,
    )


def _refuse(kind: Kind, gone_id: int, into_id: int) -> None:
    """Raises CannotMerge: what the records themselves forbid, and for patients who sent whom."""
    merging.refuse(kind, gone_id, into_id)
    if kind == Kind.PATIENTS:
        refuse_merging_patients(gone_id, into_id)


def _kinds() -> list[Kind]:
    held = {role.name for role in current_staff().roles}
    return list(Kind) if held & {RoleName.MANAGER, RoleName.ADMINISTRATOR} else list(OF_A_LIAISON)


def _kind(word: str) -> Kind:
    try:
        kind = Kind(word)
    except ValueError:
        abort(404)
    if kind not in _kinds():
        abort(403, only_for({RoleName.MANAGER, RoleName.ADMINISTRATOR}))
    return kind


def _two(kind: Kind, values: Any, *names: str) -> tuple[int, int]:
    """Ids of two different records that this person may see; 404 otherwise."""
    one, other = (_chosen(kind, values, name) for name in names)
    if one == other or not duplicates.may_be_seen(kind, {one, other}, location_ids=current_locations()):
        abort(404)
    return one, other


def _chosen(kind: Kind, values: Any, name: str) -> int:
    """The number sent under this name; who sent none goes back to the page to choose."""
    if not values.get(name):
        tell("Choose two records to compare first.", kind="problem")
        abort(redirect(url_for("duplicates.of_kind", kind=str(kind)), 303))
    return int(values.get(name, 0, type=int))
