"""What an answer's mentions mean now: as recorded or as decided since, and whom each points at."""

from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import select

from intake.among import among_given, database_kind, given
from intake.db import db
from intake.survey.models import Mention, MentionDecision, PatientReferral, PhysicianReferral
from intake.survey.standing import StandingLink, beside_decisions


class StandingMention(NamedTuple):
    """One mention: the words given, the source they were recorded with or decided to mean, and who is linked."""

    id: int
    source_id: int | None
    detail: str
    link: StandingLink | None
    # Further sources that the same words name.
    beside: tuple[int, ...] = ()


def standing_mentions(answer_ids: Collection[int]) -> dict[int, list[StandingMention]]:
    """Answer id → its mentions by rank, by the rules of standing.py, in one statement however many there are."""
    if not answer_ids:
        return {}
    rows = db.session.execute(_statement(database_kind()), {"answer_ids": given(answer_ids)}).all()
    # Of several decisions or links the newest holds, and it comes last.
    newest = {row.id: row for row in rows}
    decided = {mention_id: row for mention_id, row in newest.items() if row.decision_id is not None}
    beside = _beside(decided)
    found: dict[int, list[StandingMention]] = {}
    for mention_id, row in newest.items():
        source_id = row.source_id if row.decision_id is None else row.decided_id
        mention = StandingMention(mention_id, source_id, row.detail, _link(row), beside.get(mention_id, ()))
        found.setdefault(row.answer_id, []).append(mention)
    return found


def _link(row: Any) -> StandingLink | None:
    if row.patient_link_id is not None:
        return StandingLink(
            referring_patient_id=row.referring_patient_id,
            referrer_name=row.referrer_name,
            evidence=row.patient_evidence,
        )
    # A decision without a physician sets the one linked before aside.
    if row.physician_link_id is None or (row.decision_id is not None and row.decided_link_id is None):
        return None
    return StandingLink(physician_id=row.physician_id, evidence=row.physician_evidence)


def _beside(decided: dict[int, Any]) -> dict[int, tuple[int, ...]]:
    if not decided:
        return {}
    standing = {mention_id: _Decision(row.decision_id) for mention_id, row in decided.items()}
    return beside_decisions(db.session.connection(), standing)


class _Decision(NamedTuple):
    id: int


@cache
def _statement(kind: str) -> Any:
    """Made once: putting it together takes longer than its answer."""
    decision, physician, patient = MentionDecision, PhysicianReferral, PatientReferral
    return (
        select(
            Mention.answer_id,
            Mention.id,
            Mention.source_id,
            Mention.detail,
            decision.id.label("decision_id"),
            decision.source_id.label("decided_id"),
            decision.physician_referral_id.label("decided_link_id"),
            physician.id.label("physician_link_id"),
            physician.physician_id,
            physician.evidence.label("physician_evidence"),
            patient.id.label("patient_link_id"),
            patient.referring_patient_id,
            patient.referrer_name,
            patient.evidence.label("patient_evidence"),
        )
        .outerjoin(decision, (decision.mention_id == Mention.id) & decision.undone_at.is_(None))
        .outerjoin(physician, (physician.mention_id == Mention.id) & physician.ended_at.is_(None))
        .outerjoin(patient, (patient.mention_id == Mention.id) & patient.ended_at.is_(None))
        .where(among_given(Mention.answer_id, "answer_ids", kind))
        .order_by(Mention.answer_id, Mention.rank, decision.id, physician.id, patient.id)
    )
