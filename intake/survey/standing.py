"""What stands now among append-only rows: the current answer of a visit, the link of a mention."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Subquery, func, select
from sqlalchemy.orm import selectinload

from intake.db import db
from intake.survey.models import Answer, DecidedAlso, MentionDecision, PatientReferral, PhysicianReferral


@dataclass(frozen=True)
class StandingLink:
    """Who a mention points at now; `referrer_name` is what the patient said when no record is linked."""

    physician_id: int | None = None
    referring_patient_id: int | None = None
    referrer_name: str = ""
    evidence: str = ""


def current_turns(visit_ids: Any) -> Subquery:
    """(visit_id, turn) of each visit's current answer. `visit_ids`: several, or a parameter that expands to them."""
    return (
        select(Answer.visit_id, func.max(Answer.turn).label("turn"))
        .where(Answer.visit_id.in_(visit_ids), Answer.turn.is_not(None))
        .group_by(Answer.visit_id)
        .subquery()
    )


def current_answers(visit_ids: Collection[int]) -> dict[int, Answer]:
    """Visit id → its current answer with ask and mentions loaded; a withdrawn one is still returned as such."""
    turns = current_turns(visit_ids)
    rows = db.session.scalars(
        select(Answer)
        .join(turns, (turns.c.visit_id == Answer.visit_id) & (turns.c.turn == Answer.turn))
        .options(selectinload(Answer.mentions), selectinload(Answer.ask))
    )
    return {answer.visit_id: answer for answer in rows if answer.visit_id is not None}


def answer_history(visit_id: int) -> list[Answer]:
    """Everything that ever came back for a visit, newest first, late arrivals included."""
    return list(
        db.session.scalars(
            select(Answer)
            .where(Answer.visit_id == visit_id)
            .order_by(Answer.id.desc())
            .options(selectinload(Answer.mentions), selectinload(Answer.ask))
        )
    )


def standing_links(connection: Connection, mention_ids: Collection[int]) -> dict[int, StandingLink]:
    """Mention id → its link that no later one replaced; the newest wins.

    Where somebody decided what a mention means without naming a physician, the physician linked before is set aside.
    """
    found: dict[int, StandingLink] = {}
    physicians = connection.execute(
        select(PhysicianReferral.mention_id, PhysicianReferral.physician_id, PhysicianReferral.evidence)
        .where(PhysicianReferral.mention_id.in_(mention_ids), PhysicianReferral.ended_at.is_(None))
        .order_by(PhysicianReferral.id)
    )
    for row in physicians:
        found[row.mention_id] = StandingLink(physician_id=row.physician_id, evidence=row.evidence)
    patients = connection.execute(
        select(
            PatientReferral.mention_id,
            PatientReferral.referring_patient_id,
            PatientReferral.referrer_name,
            PatientReferral.evidence,
        )
        .where(PatientReferral.mention_id.in_(mention_ids), PatientReferral.ended_at.is_(None))
        .order_by(PatientReferral.id)
    )
    for patient in patients:
        found[patient.mention_id] = StandingLink(
            referring_patient_id=patient.referring_patient_id,
            referrer_name=patient.referrer_name,
            evidence=patient.evidence,
        )
    for mention_id, decision in standing_decisions(connection, found).items():
        if decision.physician_referral_id is None and found[mention_id].physician_id is not None:
            del found[mention_id]
    return found


def decided_sources(connection: Connection, mention_ids: Collection[int]) -> dict[int, int | None]:
    """Mention id → source that a person or a rule decided it means, where one did; None: it names no source."""
    return {mention_id: row.source_id for mention_id, row in standing_decisions(connection, mention_ids).items()}


def sources_beside(connection: Connection, mention_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Mention id → the further sources that its words were decided to name, where there are any, in order."""
    return beside_decisions(connection, standing_decisions(connection, mention_ids))


def beside_decisions(connection: Connection, standing: Mapping[int, Any]) -> dict[int, tuple[int, ...]]:
    """As `sources_beside`, of the mentions that `standing_decisions` gave."""
    decisions = {row.id: mention_id for mention_id, row in standing.items()}
    if not decisions:
        return {}
    found: dict[int, tuple[int, ...]] = {}
    rows = connection.execute(
        select(DecidedAlso.owner_id, DecidedAlso.source_id)
        .where(DecidedAlso.owner_id.in_(decisions))
        .order_by(DecidedAlso.id)
    )
    for row in rows:
        mention_id = decisions[row.owner_id]
        found[mention_id] = (*found.get(mention_id, ()), row.source_id)
    return found


def standing_decisions(connection: Connection, mention_ids: Collection[int]) -> dict[int, Any]:
    """Mention id → (id, mention_id, source_id, physician_referral_id) of the decision about it that stands."""
    rows = connection.execute(
        select(
            MentionDecision.id,
            MentionDecision.mention_id,
            MentionDecision.source_id,
            MentionDecision.physician_referral_id,
        )
        .where(MentionDecision.mention_id.in_(mention_ids), MentionDecision.undone_at.is_(None))
        .order_by(MentionDecision.id)
    )
    return {row.mention_id: row for row in rows}


def links_of(mention_ids: Collection[int]) -> dict[int, StandingLink]:
    """As `standing_links`, in the current session."""
    return standing_links(db.session.connection(), mention_ids)
