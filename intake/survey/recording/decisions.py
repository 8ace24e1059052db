"""Decisions about what a mention means: by a person once, or by a rule for all that is written alike. Reversible."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, or_, select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import ReferralSource, SourceKind, Visit
from intake.directory.sources.records import OTHER_CODE, normal_form
from intake.id_filters import among
from intake.survey.answers.referrals import refuse_impossible
from intake.survey.ledger import entries
from intake.survey.models import (
    Answer,
    DecidedAlso,
    Evidence,
    MatchState,
    Mention,
    MentionDecision,
    PatientReferral,
    PhysicianReferral,
    ReviewRule,
    ReviewRuleText,
)
from intake.web.wall.location_wall import whole_practice

LONGEST_COMPARED = 200
REVIEWED_STATES = (MatchState.UNMATCHED, MatchState.SUGGESTED)


@dataclass(frozen=True)
class DecidedMeaning:
    """What words mean. `source_id` None: they name no source. `also`: further sources that they name."""

    source_id: int | None
    physician_id: int | None = None
    referring_patient_id: int | None = None
    also: tuple[int, ...] = ()
    # A referring practice of which no physician is named.
    practice_id: int | None = None

    @staticmethod
    def of_rule(rule: ReviewRule) -> "DecidedMeaning":
        also = tuple(each.source_id for each in rule.also)
        return DecidedMeaning(rule.source_id, rule.physician_id, also=also, practice_id=rule.practice_id)


def comparable(text: str) -> str:
    """Return the form in which write-ins are compared: `normal_form`, at most 200 characters.

    Words without a letter or digit ("???", an emoji) compare as they are, so that they can be decided about too.
    """
    start = text[: 4 * LONGEST_COMPARED]
    return (normal_form(start) or " ".join(start.split()))[:LONGEST_COMPARED]


def is_open() -> ColumnElement[bool]:
    """SQL condition on a mention: its words say what it means, no person's choice, so a rule may decide about it.

    Such are words read or not yet read, words behind "something else", and a doctor named in words only.
    """
    sources = select(ReferralSource.id).where(ReferralSource.id == Mention.source_id)
    is_other = sources.where(ReferralSource.code == OTHER_CODE).exists()
    is_physician = sources.where(ReferralSource.kind == SourceKind.PHYSICIAN).exists()
    by_decision = select(MentionDecision.id).where(MentionDecision.physician_referral_id == PhysicianReferral.id)
    linked = select(PhysicianReferral.id).where(PhysicianReferral.mention_id == Mention.id, ~by_decision.exists())
    return or_(Mention.match_state.in_(REVIEWED_STATES), is_other, and_(is_physician, ~linked.exists()))


@whole_practice()
def decide(
    mention_ids: Collection[int], meaning: DecidedMeaning, *, staff_id: int | None, rule_id: int | None = None
) -> list[int]:
    """Decide that these mentions mean `meaning`, and settle the ledger. Return the decisions' ids. Flushes.

    What the patient said and the earlier links stay as they are. Raises SelfReferral or ReferralCycle before anything
    is written.
    """
    facts = _facts(mention_ids)
    if meaning.referring_patient_id is not None:
        for fact in facts:
            if fact.patient_id is not None:
                refuse_impossible(patient_id=fact.patient_id, referring_patient_id=meaning.referring_patient_id)
    decision_ids = _decide_all(facts, meaning, staff_id=staff_id, rule_id=rule_id, evidence=Evidence.STAFF_CONFIRMED)
    _settle(facts)
    return decision_ids


@whole_practice()
def undo_decisions(decision_ids: Collection[int]) -> None:
    """Undo decisions: what held before each holds again, in the totals too. Twice changes nothing. Flushes."""
    now = clock.now()
    undone = db.session.scalars(
        select(MentionDecision).where(among(MentionDecision.id, decision_ids), MentionDecision.undone_at.is_(None))
    ).all()
    for decision in undone:
        decision.undone_at = now
    for model, ids in (
        (PhysicianReferral, [row.physician_referral_id for row in undone if row.physician_referral_id]),
        (PatientReferral, [row.patient_referral_id for row in undone if row.patient_referral_id]),
    ):
        if ids:
            db.session.execute(update(model).where(among(model.id, ids)).values(ended_at=now))
    _settle(_facts([row.mention_id for row in undone]))


def rules_for(normals: Collection[str]) -> dict[str, ReviewRule]:
    """Return comparable text → the rule in force that covers it from now on; of several the newest."""
    rows = db.session.execute(
        select(ReviewRuleText.normal, ReviewRule)
        .join(ReviewRule, ReviewRule.id == ReviewRuleText.rule_id)
        .where(ReviewRuleText.normal.in_(normals), ReviewRule.off_at.is_(None), ReviewRule.for_later)
        .order_by(ReviewRule.id)
    )
    return {normal: rule for normal, rule in rows}  # noqa: C416 - rows are not plain pairs


@whole_practice()
def apply_rules(mentions: Mapping[int, str]) -> int:
    """Decide newly recorded write-ins (mention id → comparable text) that a rule covers; return how many."""
    covering = rules_for(set(mentions.values()) - {""})
    if not covering:
        return 0
    still_open = set(db.session.scalars(select(Mention.id).where(Mention.id.in_(mentions), is_open())))
    facts = [fact for fact in _facts(still_open) if mentions[fact.mention_id] in covering]
    for normal, rule in covering.items():
        alike, meaning = [fact for fact in facts if mentions[fact.mention_id] == normal], DecidedMeaning.of_rule(rule)
        # Nobody has looked at these very answers.
        _decide_all(alike, meaning, staff_id=None, rule_id=rule.id, evidence=Evidence.INFERRED)
    return len(facts)


@dataclass(frozen=True)
class _Fact:
    mention_id: int
    visit_id: int | None
    caller_id: int | None
    patient_id: int | None
    detail: str


def _facts(mention_ids: Collection[int]) -> list[_Fact]:
    rows = db.session.execute(
        select(Mention.id, Answer.visit_id, Answer.caller_id, Visit.patient_id, Mention.detail)
        .join(Answer, Answer.id == Mention.answer_id)
        .outerjoin(Visit, Visit.id == Answer.visit_id)
        .where(among(Mention.id, mention_ids))
        .order_by(Mention.id)
    )
    return [_Fact(*row) for row in rows]


def _settle(facts: Collection[_Fact]) -> None:
    entries.settle({fact.visit_id for fact in facts if fact.visit_id is not None})


def _decide_all(
    facts: Sequence[_Fact], meaning: DecidedMeaning, *, staff_id: int | None, rule_id: int | None, evidence: Evidence
) -> list[int]:
    """Decide alike about all of these, in few statements however many they are; return the decisions' ids."""
    if not facts:
        return []
    now = clock.now()
    links: list[dict[str, Any]] = [
        {
            "visit_id": fact.visit_id,
            "caller_id": fact.caller_id,
            "mention_id": fact.mention_id,
            "evidence": evidence,
            "recorded_at": now,
            "staff_id": staff_id,
        }
        for fact in facts
    ]
    values: list[dict[str, Any]] = [
        {
            "mention_id": fact.mention_id,
            "source_id": meaning.source_id,
            "rule_id": rule_id,
            "decided_at": now,
            "decided_by_id": staff_id,
        }
        for fact in facts
    ]
    if meaning.physician_id is not None or meaning.practice_id is not None:
        rows = [{**link, "physician_id": meaning.physician_id, "practice_id": meaning.practice_id} for link in links]
        for value, link_id in zip(values, _inserted(PhysicianReferral, rows), strict=True):
            value["physician_referral_id"] = link_id
    elif meaning.referring_patient_id is not None:
        rows = [
            {
                **link,
                "patient_id": fact.patient_id,
                "referring_patient_id": meaning.referring_patient_id,
                "referrer_name": fact.detail,
            }
            for fact, link in zip(facts, links, strict=True)
        ]
        for value, link_id in zip(values, _inserted(PatientReferral, rows), strict=True):
            value["patient_referral_id"] = link_id
    made = _inserted(MentionDecision, values)
    if meaning.also:
        also = [{"owner_id": each, "source_id": source_id} for each in made for source_id in meaning.also]
        db.session.execute(insert(DecidedAlso), also)
    audit_trail.record_all(
        "mention.decided",
        [
            {"subject_kind": "visit", "subject_id": fact.visit_id, "mention": fact.mention_id, "rule": rule_id}
            for fact in facts
        ],
    )
    return made


def _inserted(model: Any, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert these rows, each of another mention; return their ids in the same order."""
    # Put in order here: asked to return them in order, SQLite is told each row in a statement of its own.
    made = db.session.execute(insert(model).returning(model.mention_id, model.id), rows)
    ids = {mention_id: row_id for mention_id, row_id in made}  # noqa: C416 - rows are not plain pairs
    return [ids[row["mention_id"]] for row in rows]
