"""The pages of the review queue: write-ins and uncertain links, decided row by row, each decision reversible."""

from dataclasses import replace

from flask import Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.db import db
from intake.directory.models import SourceKind
from intake.directory.sources import changes
from intake.directory.sources.changes import ImpossibleChange, SourceFacts
from intake.survey.review import rules
from intake.survey.review.counts import counts
from intake.survey.review.page import LONGEST_LABEL, OpenRow, Queue, find, load_queue, load_targets, open_row
from intake.survey.review.targets import NEW, NEW_SOURCE_ID, NONE
from intake.web.http.route_guards import Pages, reads_only
from intake.web.ui.template_context import name_rows, tell

bp = Pages("review", __name__)
bp.record(lambda setup: name_rows(setup.app, "rule", lambda rule_id: rules.rule(rule_id).texts[0].text))

ROLES = ("manager", "administrator")


@bp.get("/review", guard=roles(*ROLES))
def queue() -> str:
    """The queue with one row open: `open` names it, `at` is its place should it be gone."""
    loaded = load_queue(within=current_locations())
    open_row(loaded, key=request.args.get("open", ""), at=request.args.get("at", 0, type=int))
    audit_trail.record_reading("review.read", rows=len(loaded.rows))
    return _page(loaded)


@bp.post("/review/preview", guard=roles(*ROLES))
@reads_only
def preview() -> str:
    """The same page with what was chosen in the open row, and what that would change. A POST: it holds their words."""
    loaded = load_queue(within=current_locations())
    open_row(loaded, key=request.form.get("row", ""), at=request.form.get("at", 0, type=int), form=request.form)
    audit_trail.record_reading("review.read", rows=len(loaded.rows))
    return _page(loaded)


@bp.post("/review/search", guard=roles(*ROLES))
@reads_only
def search() -> Response:
    """Sources and physicians that `q` may mean. A POST: what is typed may be a patient's words."""
    hits = find(load_targets(), request.form.get("q", ""))
    return jsonify(hits=[vars(each) for each in hits])


@bp.post("/review/decide", guard=roles(*ROLES))
def decide() -> AnyResponse | tuple[str, int]:
    """Make the rule chosen for the open row. What can't be done comes back as it was typed, with the reason."""
    loaded = load_queue(within=current_locations())
    open_row(loaded, key=request.form.get("row", ""), at=request.form.get("at", 0, type=int), form=request.form)
    opened = loaded.open
    if opened is None or opened.row.key != request.form.get("row"):
        tell("That one has been settled or has changed meanwhile. Nothing was done.", kind="info")
        return redirect(url_for("review.queue", at=loaded.at), 303)
    texts = {each.normal: each.text for each in opened.row.spellings if each.normal in opened.choice.spellings}
    opened.choice.problem = _problem(loaded, opened)
    meaning = loaded.targets.meaning(opened.choice.target, codes=opened.row.sources, also=opened.choice.also)
    if opened.choice.problem or meaning is None:
        return _page(loaded), 422
    if meaning.source_id == NEW_SOURCE_ID:
        try:
            meaning = replace(meaning, source_id=_new_source(opened))
        except ImpossibleChange as error:
            db.session.rollback()
            opened.choice.problem = str(error)
            return _page(loaded), 422
    answers = sum(each.answers for each in opened.row.spellings if each.normal in texts)
    rule = rules.add_rule(
        texts,
        meaning,
        staff_id=current_staff().id,
        for_later=opened.choice.for_later,
        made_source=opened.choice.target == NEW,
    )
    db.session.commit()
    undo = url_for("review_rules.turn_off", rule_id=rule.id, back="queue")
    names = {"words": ("rule", rule.id)}
    tell(_sentence(loaded, opened, len(texts), answers, meaning.also), undo=undo, names=names)
    return redirect(url_for("review.queue", at=loaded.at), 303)


def _problem(loaded: Queue, opened: OpenRow) -> str:
    """What keeps the choice from being carried out, in words; empty when nothing does."""
    choice = opened.choice
    if not choice.spellings:
        return "Tick at least one of the spellings."
    if not choice.target:
        only = "Only a surname is known, so say which one it is. " if opened.surname_only else ""
        return f"{only}Choose what it means, or leave it for later."
    if choice.target == NEW:
        return _label_problem(loaded, choice.label)
    if loaded.targets.meaning(choice.target, codes=opened.row.sources) is None:
        return "That choice isn’t on the list any more. Choose again."
    return ""


def _label_problem(loaded: Queue, label: str) -> str:
    if not label:
        return "Give the new source a name."
    if len(label) > LONGEST_LABEL:
        return f"Keep the name under {LONGEST_LABEL} letters."
    same = loaded.targets.named(label)
    return f"“{same.label}” is on the list already. Choose it instead." if same else ""


def _new_source(opened: OpenRow) -> int:
    choice = opened.choice
    facts = SourceFacts(SourceKind.NON_PERSON, label=choice.label, hint="", parent_id=choice.parent_id or None)
    return changes.add_source(facts, named=choice.label).id


def _sentence(loaded: Queue, opened: OpenRow, spellings: int, answers: int, also: tuple[int, ...]) -> str:
    choice = opened.choice
    what = "“{words}”" + (f" and {spellings - 1} more like it" if spellings > 1 else "")
    many = f"{answers} {'answer' if answers == 1 else 'answers'}"
    if choice.target == NONE:
        return f"{what}: no source, {many}."
    known = [*opened.targets, *choice.found]
    label = choice.label if choice.target == NEW else next((e.label for e in known if e.value == choice.target), "")
    further = [loaded.targets.names.get(each, "") for each in also]
    counts_as = ", ".join([label or "that", *further]).replace("{", "{{").replace("}", "}}")
    return f"{what} now counts as {counts_as}: {many}."


def _page(loaded: Queue) -> str:
    return render_template(
        "survey/review/queue.html",
        queue=loaded,
        opened=loaded.open,
        names=loaded.targets.names,
        counts=counts(within=current_locations(), write_ins=len(loaded.rows)),
        parents=loaded.targets.parents(),
        NEW=NEW,
        NONE=NONE,
        NEW_SOURCE_ID=NEW_SOURCE_ID,
    )
