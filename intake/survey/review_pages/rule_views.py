"""The pages of rules: who made them, when, what they mean and decide; change them, turn them off and on again."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.db import db
from intake.directory.patients import queries
from intake.survey.models import ReviewRule
from intake.survey.recording.decisions import DecidedMeaning, comparable
from intake.survey.review import rules
from intake.survey.review.counts import counts
from intake.survey.review.groups import key_of
from intake.survey.review.page import as_targets, find, load_targets
from intake.survey.review.rule_preview import RulePreview, preview_rule
from intake.survey.review.rules import RuleUse, SourceLeft
from intake.survey.review.targets import NEW, NONE, Targets
from intake.web.http.route_guards import Pages, reads_only
from intake.web.ui.template_context import tell

bp = Pages("review_rules", __name__)

ROLES = ("manager", "administrator")
MOST_TEXTS = 500
LONGEST_TEXT = 200


@bp.get("/review/rules", guard=roles(*ROLES))
def rule_list() -> str:
    """Every rule, those in force first."""
    listed = rules.rules()
    audit_trail.record_reading("review.read", rules=len(listed))
    targets = load_targets()
    return render_template(
        "survey/review/rules.html",
        rules=listed,
        holds=rules.rule_uses([rule.id for rule in listed]),
        nothing=RuleUse(),
        makers=rules.makers_of(listed),
        meanings={rule.id: _meaning(rule, targets) for rule in listed},
        counts=counts(within=current_locations()),
        time_zone=queries.practice().time_zone,
    )


@bp.get("/review/rules/<int:rule_id>", guard=roles(*ROLES))
def show_rule(rule_id: int) -> str:
    """One rule, to change what it covers or means."""
    rule = rules.rule(rule_id)
    audit_trail.record_reading("review.read", **audit_trail.about(rule))
    return _page(rule, [text.text for text in rule.texts], target=_value(rule), for_later=rule.for_later)


@bp.post("/review/rules/<int:rule_id>/preview", guard=roles(*ROLES))
@reads_only
def preview(rule_id: int) -> str:
    """The same page with what was typed, what was searched for, and what saving would change."""
    rule = rules.rule(rule_id)
    target = request.form.get("target", "")
    return _page(
        rule,
        _texts(),
        target=target,
        for_later=bool(request.form.get("later")),
        wanted=request.form.get("find", "").strip(),
        preview=_preview(rule, _texts(), target),
    )


@bp.post("/review/rules/<int:rule_id>", guard=roles(*ROLES))
def change(rule_id: int) -> Response | tuple[str, int]:
    """Put a changed rule in this one's place; the old one stays listed, turned off."""
    rule = rules.rule(rule_id)
    texts, target = _texts(), request.form.get("target", "")
    for_later = bool(request.form.get("later"))
    meaning = _meant(rule, target)
    problem = ""
    if not texts:
        problem = "Keep at least one spelling, or turn the rule off instead."
    elif len(texts) > MOST_TEXTS:
        problem = f"At most {MOST_TEXTS} spellings in one rule."
    elif any(len(text) > LONGEST_TEXT for text in texts):
        problem = f"Keep each spelling under {LONGEST_TEXT} letters."
    elif meaning is None or target == NEW:
        problem = "Choose what the words mean."
    if problem or meaning is None:
        return _page(rule, texts, target=target, for_later=for_later, problem=problem), 422
    spelled = {comparable(text): text for text in texts}
    changed = rules.change_rule(rule, spelled, meaning, staff_id=current_staff().id, for_later=for_later)
    db.session.commit()
    tell("The rule is changed; the old one stays on the list, turned off.")
    return redirect(url_for("review_rules.rule_list", _anchor=f"rule-{changed.id}"), 303)


@bp.post("/review/rules/<int:rule_id>/off", guard=roles(*ROLES))
def turn_off(rule_id: int) -> Response:
    """Take back what the rule decided."""
    rule = rules.rule(rule_id)
    held = rules.rule_uses([rule.id]).get(rule.id, RuleUse()).answers
    left = rules.turn_off_rule(rule, staff_id=current_staff().id)
    source = _source_sentence(rule, left)
    db.session.commit()
    many = f"{held} {'answer counts' if held == 1 else 'answers count'}"
    if request.args.get("back") == "queue":
        tell(f"Undone: {many} as before.{source}")
        return redirect(url_for("review.queue", open=key_of(text.normal for text in rule.texts)), 303)
    undo = url_for("review_rules.turn_on", rule_id=rule.id)
    tell(f"The rule is off: {many} as before.{source}", undo=undo)
    return redirect(url_for("review_rules.rule_list", _anchor=f"rule-{rule.id}"), 303)


@bp.post("/review/rules/<int:rule_id>/on", guard=roles(*ROLES))
def turn_on(rule_id: int) -> Response:
    """Apply it again, also to what came meanwhile."""
    rule = rules.rule(rule_id)
    rules.turn_on_rule(rule, staff_id=current_staff().id)
    db.session.commit()
    held = rules.rule_uses([rule.id]).get(rule.id, RuleUse()).answers
    undo = url_for("review_rules.turn_off", rule_id=rule.id)
    tell(f"The rule is on again: it settles {held} {'answer' if held == 1 else 'answers'}.", undo=undo)
    return redirect(url_for("review_rules.rule_list", _anchor=f"rule-{rule.id}"), 303)


def _source_sentence(rule: ReviewRule, left: SourceLeft) -> str:
    """What became of the source that was made for the rule."""
    if left == SourceLeft.NONE:
        return ""
    label = load_targets().names.get(rule.source_id or 0, "The source")
    if left == SourceLeft.PUT_AWAY:
        return f" “{label}” is off the list again."
    return f" “{label}” stays on the list, since something else uses it by now."


def _texts() -> list[str]:
    """The spellings kept and those added, one a line."""
    lines = request.form.getlist("text") + request.form.get("more", "").splitlines()
    trimmed = [" ".join(line.split()) for line in lines]
    return list({comparable(text): text for text in trimmed if comparable(text)}.values())


def _also() -> list[str]:
    return [each for each in request.form.getlist("also") if each]


def _meant(rule: ReviewRule, target: str) -> DecidedMeaning | None:
    """What the choice stands for; a practice stays under the source that the rule has."""
    targets = load_targets()
    code = targets.codes.get(rule.source_id or 0)
    return targets.meaning(target, codes=[code] if code and target.startswith("practice:") else (), also=_also())


def _preview(rule: ReviewRule, texts: list[str], target: str) -> RulePreview | None:
    meaning = _meant(rule, target)
    if meaning is None or not texts:
        return None
    return preview_rule({comparable(text) for text in texts}, meaning, within=current_locations())


def _value(rule: ReviewRule) -> str:
    if rule.physician_id:
        return f"physician:{rule.physician_id}"
    if rule.practice_id:
        return f"practice:{rule.practice_id}"
    return f"source:{rule.source_id}" if rule.source_id else NONE


def _meaning(rule: ReviewRule, targets: Targets) -> str:
    """What a rule makes of its words."""
    if rule.source_id is None:
        return "no source"
    label = targets.names.get(targets.merged.get(rule.source_id, rule.source_id), "a source")
    named = as_targets(targets, _value(rule)) if rule.physician_id or rule.practice_id else []
    first = " · ".join([label, *(each.label for each in named)])
    further = [targets.names.get(targets.merged.get(each.source_id, each.source_id), "") for each in rule.also]
    return ", ".join([first, *further])


def _page(
    rule: ReviewRule,
    texts: list[str],
    *,
    target: str,
    for_later: bool,
    wanted: str = "",
    problem: str = "",
    preview: RulePreview | None = None,
) -> str:
    targets = load_targets()
    hits = find(targets, wanted) if wanted else []
    offered = {each.value: each for each in [*as_targets(targets, target), *hits]}
    return render_template(
        "survey/review/rule.html",
        rule=rule,
        texts=texts,
        target=target,
        for_later=for_later,
        wanted=wanted,
        problem=problem,
        preview=preview,
        offered=list(offered.values()),
        all_sources=sorted(targets.listed, key=lambda each: each.label.casefold()),
        names=targets.names,
        meaning=_meaning(rule, targets),
        holds=rules.rule_uses([rule.id]).get(rule.id, RuleUse()),
        also=_also() if request.method == "POST" else [f"source:{each.source_id}" for each in rule.also],
        makers=rules.makers_of([rule]),
        time_zone=queries.practice().time_zone,
        NONE=NONE,
    )
