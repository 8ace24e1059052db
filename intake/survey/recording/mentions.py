"""The mentions of a recorded answer, read back into the form that they were recorded from."""

from dataclasses import replace
from typing import TypeVar

from sqlalchemy import select

from intake.db import db
from intake.survey.answers.effective_answer import own_link
from intake.survey.models import Mention, MentionDecision, PatientReferral, PhysicianReferral
from intake.survey.recording.record_answer import NewMention

Link = TypeVar("Link", PhysicianReferral, PatientReferral)


def recorded_mentions(answer_id: int) -> tuple[NewMention, ...]:
    """Return what the answer names and whom it links, in rank order, to record the same once more.

    A caller's answer is recorded again for their visit, and one that was corrected by mistake is brought back. Links
    count even when they have ended meanwhile. Decisions of review are not part of an answer: a rule decides about its
    words again, and what was decided by hand is asked again.
    """
    physicians, patients = _links(PhysicianReferral, answer_id), _links(PatientReferral, answer_id)
    found = []
    for mention in db.session.scalars(select(Mention).where(Mention.answer_id == answer_id).order_by(Mention.rank)):
        physician, patient = physicians.get(mention.id), patients.get(mention.id)
        recorded = NewMention(
            source_id=mention.source_id,
            detail=mention.detail,
            role=mention.role,
            physician_id=physician.physician_id if physician else None,
            practice_id=physician.practice_id if physician else None,
            referring_patient_id=patient.referring_patient_id if patient else None,
            referrer_name=patient.referrer_name if patient else "",
            match_state=mention.match_state,
            confidence=mention.confidence,
        )
        link = physician or patient
        found.append(replace(recorded, evidence=link.evidence) if link else recorded)
    return tuple(found)


def _links(model: type[Link], answer_id: int) -> dict[int | None, Link]:
    """Mention id → its newest link that no decision made."""
    of_decision = select(MentionDecision.id).where(own_link(MentionDecision, model) == model.id)
    query = (
        select(model)
        .join(Mention, Mention.id == model.mention_id)
        .where(Mention.answer_id == answer_id, ~of_decision.exists())
        .order_by(model.id)
    )
    return {link.mention_id: link for link in db.session.scalars(query)}
