"""Rules of the review queue: what equal words mean, for answers so far and from now on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from flask import abort
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.models import ReferralSource
from intake.directory.patients import queries
from intake.directory.sources.changes import restore_source, retire_source
from intake.survey.answers.effective_answer import decision_that_holds, is_current
from intake.survey.ledger import entries
from intake.survey.models import Answer, Mention, MentionDecision, ReviewRule, ReviewRuleText, RuleAlso
from intake.survey.recording.decisions import DecidedMeaning, decide, is_open, undo_decisions
from intake.survey.review import source_use
from intake.web.wall.location_wall import whole_practice


class SourceLeft(Enum):
    """What became of a rule's own source when the rule was turned off."""

    NONE = "none"
    PUT_AWAY = "put_away"
    KEPT = "kept"


class NothingToCover(ValueError):
    """A rule without words would cover every answer that has none."""


@dataclass(frozen=True)
class RuleUse:
    """How much a rule decides now."""

    answers: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


@whole_practice()
def add_rule(
    texts: Mapping[str, str],
    meaning: DecidedMeaning,
    *,
    staff_id: int | None,
    for_later: bool = True,
    made_source: bool = False,
) -> ReviewRule:
    """Add a rule: every write-in whose comparable form is a key of `texts` means `meaning`, so far and from now on.

    `texts` maps the comparable form to one way it was written. With `for_later` False, later answers with these words
    wait for a person again. `made_source`: the source was made for this rule, and goes with it when the rule is turned
    off and nothing else uses it. Flushes; totals are settled in the same transaction. Raises NothingToCover.
    """
    kept = {normal: written for normal, written in texts.items() if normal}
    if not kept:
        raise NothingToCover
    rule = ReviewRule(
        source_id=meaning.source_id,
        physician_id=meaning.physician_id,
        practice_id=meaning.practice_id,
        created_at=clock.now(),
        created_by_id=staff_id,
        for_later=for_later,
        made_source=made_source,
        also=[RuleAlso(source_id=source_id) for source_id in meaning.also],
        texts=[ReviewRuleText(normal=normal, text=written[:200]) for normal, written in kept.items()],
    )
    db.session.add(rule)
    db.session.flush()
    decide(covered(kept), meaning, staff_id=staff_id, rule_id=rule.id)
    audit_trail.record("rule.added", **audit_trail.about(rule), texts=len(kept))
    return rule


@whole_practice()
def turn_off_rule(rule: ReviewRule, *, staff_id: int | None, keep_source: bool = False) -> SourceLeft:
    """Turn a rule off: its decisions are undone, and totals return exactly to what they were. Flushes.

    The source that was made for it leaves the list too, unless something else uses it by now or `keep_source`.
    """
    if rule.off_at is not None:
        return SourceLeft.NONE
    rule.off_at, rule.off_by_id = clock.now(), staff_id
    made = db.session.scalars(
        select(MentionDecision.id).where(MentionDecision.rule_id == rule.id, MentionDecision.undone_at.is_(None))
    ).all()
    undo_decisions(made)
    audit_trail.record("rule.turned_off", **audit_trail.about(rule), decisions=len(made))
    return SourceLeft.NONE if keep_source else _put_away_source(rule)


def _made_source(rule: ReviewRule) -> ReferralSource | None:
    return db.session.get(ReferralSource, rule.source_id) if rule.made_source and rule.source_id else None


def _put_away_source(rule: ReviewRule) -> SourceLeft:
    source = _made_source(rule)
    if source is None or (source.active_until is not None and source.active_until < _today()):
        return SourceLeft.NONE
    if source_use.is_used(source.id):
        return SourceLeft.KEPT
    # Off the list rather than deleted: the rule and what it decided once still say which source they meant.
    retire_source(source, today=_today())
    # Past days, which it wasn't on the list for, don't offer it either; one that goes on its first day never was.
    source.active_from = clock.clinic_day(rule.created_at, queries.practice().time_zone)
    return SourceLeft.PUT_AWAY


def _bring_back_source(rule: ReviewRule) -> None:
    source = _made_source(rule)
    if source is not None and source.active_until is not None:
        source.active_from = None
        restore_source(source, today=_today())


def _today() -> date:
    return clock.clinic_today(queries.practice().time_zone)


@whole_practice()
def turn_on_rule(rule: ReviewRule, *, staff_id: int | None) -> None:
    """Turn a rule on again, also for what came in while it was off, if it is for later answers too. Flushes."""
    if rule.off_at is None:
        return
    rule.off_at = rule.off_by_id = None
    db.session.flush()
    mentions = covered([text.normal for text in rule.texts], until=None if rule.for_later else rule.created_at)
    _bring_back_source(rule)
    decide(mentions, DecidedMeaning.of_rule(rule), staff_id=staff_id, rule_id=rule.id)
    audit_trail.record("rule.turned_on", **audit_trail.about(rule))


def change_rule(
    rule: ReviewRule, texts: Mapping[str, str], meaning: DecidedMeaning, *, staff_id: int | None, for_later: bool = True
) -> ReviewRule:
    """Change a rule: it is turned off and a new one takes its place, so that history shows both. Flushes."""
    stays = meaning.source_id == rule.source_id
    turn_off_rule(rule, staff_id=staff_id, keep_source=stays or rule.source_id in meaning.also)
    made = rule.made_source and stays
    return add_rule(texts, meaning, staff_id=staff_id, for_later=for_later, made_source=made)


def rule(rule_id: int) -> ReviewRule:
    """The rule with its words, or a 404."""
    return db.session.get(
        ReviewRule, rule_id, options=[selectinload(ReviewRule.texts), selectinload(ReviewRule.also)]
    ) or abort(404)


def rules() -> list[ReviewRule]:
    """Every rule, those in force first, newest first."""
    return list(
        db.session.scalars(
            select(ReviewRule)
            .order_by(ReviewRule.off_at.is_not(None), ReviewRule.id.desc())
            .options(selectinload(ReviewRule.texts), selectinload(ReviewRule.also))
        )
    )


def rule_uses(rule_ids: Sequence[int]) -> dict[int, RuleUse]:
    """Return rule id → how many current answers it decides; what a newer decision took over isn't counted."""
    rows = db.session.execute(
        select(
            MentionDecision.rule_id,
            func.count(Answer.id.distinct()),
            func.min(Answer.answered_at),
            func.max(Answer.answered_at),
        )
        .join(Mention, Mention.id == MentionDecision.mention_id)
        .join(Answer, Answer.id == Mention.answer_id)
        .where(
            MentionDecision.rule_id.in_(rule_ids),
            MentionDecision.id == decision_that_holds(MentionDecision.mention_id),
            is_current(),
        )
        .group_by(MentionDecision.rule_id)
    )
    return {row[0]: RuleUse(row[1], row[2], row[3]) for row in rows if row[0] is not None}


def makers_of(rules: Iterable[ReviewRule]) -> dict[int, str]:
    """Return staff id → name of those who made these rules or turned them off."""
    ids = {staff_id for each in rules for staff_id in (each.created_by_id, each.off_by_id) if staff_id}
    return {row.id: row.name for row in db.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids)))}


def covered(normals: Iterable[str], *, until: datetime | None = None) -> list[int]:
    """Mentions of visits' current answers with exactly these words, whose meaning no person chose or decided by hand.

    `until`: only what was recorded up to then.
    """
    by_hand = select(MentionDecision.id).where(
        MentionDecision.mention_id == Mention.id,
        MentionDecision.undone_at.is_(None),
        MentionDecision.rule_id.is_(None),
    )
    wanted = [normal for normal in normals if normal]
    found: list[int] = []
    for start in range(0, len(wanted), entries.BATCH):
        query = (
            select(Mention.id)
            .join(Answer, Answer.id == Mention.answer_id)
            .where(
                Mention.detail_normal.in_(wanted[start : start + entries.BATCH]),
                Answer.visit_id.is_not(None),
                is_current(),
                ~by_hand.exists(),
                is_open(),
            )
            .order_by(Mention.id)
        )
        found += db.session.scalars(query if until is None else query.where(Answer.recorded_at <= until))
    return found
