"""Rules of the review queue: what written alike means the same, for answers so far and from now on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from intake import clock
from intake.accounts import audit
from intake.db import db
from intake.directory.models import Visit
from intake.survey import ledger
from intake.survey.deciding import Meaning, decide, undo_decisions
from intake.survey.models import Answer, Mention, MentionDecision, ReviewRule, ReviewRuleText
from intake.survey.standing import decided_sources


@dataclass(frozen=True)
class RulePreview:
    """What a rule would change before it is applied: how many answers, from when to when, and which totals.

    `moved` maps source id (None: not yet matched) to the number of mentions that would leave it for the target.
    """

    answers: int
    first_day: date | None
    last_day: date | None
    moved: dict[int | None, int]


def preview_rule(texts: Mapping[str, str], meaning: Meaning) -> RulePreview:
    """What `add_rule` with the same arguments would change among the answers so far."""
    mention_ids = _covered(list(texts))
    decided = decided_sources(db.session.connection(), mention_ids)
    rows = db.session.execute(
        select(Mention.id, Mention.source_id, Mention.answer_id, Visit.visit_date)
        .join(Answer, Answer.id == Mention.answer_id)
        .outerjoin(Visit, Visit.id == Answer.visit_id)
        .where(Mention.id.in_(mention_ids))
    ).all()
    moved: dict[int | None, int] = {}
    for row in rows:
        source_id = decided.get(row.id, row.source_id)
        if source_id != meaning.source_id:
            moved[source_id] = moved.get(source_id, 0) + 1
    days = sorted(row.visit_date for row in rows if row.visit_date)
    return RulePreview(
        answers=len({row.answer_id for row in rows}),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        moved=moved,
    )


def add_rule(texts: Mapping[str, str], meaning: Meaning, *, staff_id: int | None) -> ReviewRule:
    """Let every write-in whose comparable form is a key of `texts` mean `meaning`, so far and from now on.

    `texts` maps the comparable form to one way it was written. Flushes; totals are settled in the same transaction.
    """
    rule = ReviewRule(
        source_id=meaning.source_id,
        physician_id=meaning.physician_id,
        created_at=clock.now(),
        created_by_id=staff_id,
        texts=[ReviewRuleText(normal=normal, text=written[:200]) for normal, written in texts.items()],
    )
    db.session.add(rule)
    db.session.flush()
    decide(_covered(list(texts)), meaning, staff_id=staff_id, rule_id=rule.id)
    audit.record("rule.added", subject_kind="review_rule", subject_id=rule.id, texts=len(texts))
    return rule


def turn_off_rule(rule: ReviewRule, *, staff_id: int | None) -> None:
    """Undo a rule: what it decided is taken back, and totals return exactly to what they were. Flushes."""
    if rule.off_at is not None:
        return
    rule.off_at, rule.off_by_id = clock.now(), staff_id
    made = db.session.scalars(
        select(MentionDecision.id).where(MentionDecision.rule_id == rule.id, MentionDecision.undone_at.is_(None))
    ).all()
    undo_decisions(made)
    audit.record("rule.turned_off", subject_kind="review_rule", subject_id=rule.id, decisions=len(made))


def turn_on_rule(rule: ReviewRule, *, staff_id: int | None) -> None:
    """Apply a rule again, also to what came in while it was off. Flushes."""
    if rule.off_at is None:
        return
    rule.off_at = rule.off_by_id = None
    db.session.flush()
    covered = _covered([text.normal for text in rule.texts])
    decide(covered, Meaning(rule.source_id, rule.physician_id), staff_id=staff_id, rule_id=rule.id)
    audit.record("rule.turned_on", subject_kind="review_rule", subject_id=rule.id)


def change_rule(rule: ReviewRule, texts: Mapping[str, str], meaning: Meaning, *, staff_id: int | None) -> ReviewRule:
    """Edit: the old rule is turned off and a new one takes its place, so that history shows both. Flushes."""
    turn_off_rule(rule, staff_id=staff_id)
    return add_rule(texts, meaning, staff_id=staff_id)


def rules() -> list[ReviewRule]:
    """Every rule, those in force first, newest first."""
    return list(
        db.session.scalars(
            select(ReviewRule)
            .order_by(ReviewRule.off_at.is_not(None), ReviewRule.id.desc())
            .options(selectinload(ReviewRule.texts))
        )
    )


def answers_decided_by(rule_ids: list[int]) -> dict[int, int]:
    """Rule id → how many mentions it decides now."""
    rows = db.session.execute(
        select(MentionDecision.rule_id, func.count())
        .where(MentionDecision.rule_id.in_(rule_ids), MentionDecision.undone_at.is_(None))
        .group_by(MentionDecision.rule_id)
    )
    return {rule_id: count for rule_id, count in rows if rule_id is not None}


def _covered(normals: list[str]) -> list[int]:
    """Mentions with exactly these words, in current answers, that no person decided by hand."""
    by_hand = select(MentionDecision.mention_id).where(
        MentionDecision.undone_at.is_(None), MentionDecision.rule_id.is_(None)
    )
    later = Answer.__table__.alias("later")
    superseded = select(later.c.id).where(later.c.visit_id == Answer.visit_id, later.c.turn > Answer.turn).exists()
    found: list[int] = []
    for start in range(0, len(normals), ledger.BATCH):
        found += db.session.scalars(
            select(Mention.id)
            .join(Answer, Answer.id == Mention.answer_id)
            .where(
                Mention.detail_normal.in_(normals[start : start + ledger.BATCH]),
                Answer.turn.is_not(None),
                ~superseded,
                Mention.id.not_in(by_hand),
            )
            .order_by(Mention.id)
        )
    return found
