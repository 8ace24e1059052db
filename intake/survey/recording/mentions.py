"""Reading what an answer named back into the form it was recorded from."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, select

from intake.db import db
from intake.survey.models import Mention, MentionDecision, PatientReferral, PhysicianReferral
from intake.survey.recording.record_answer import NewMention


def mentions_of(answer_id: int) -> tuple[NewMention, ...]:
    """What the answer names and whom it links, in rank order: to record the same once more.

    A caller's answer is recorded again for their visit, and one that was corrected by mistake is brought back. Links
    count even when they have ended meanwhile. What was decided about its words in review is not part of the answer: a
    rule decides about them again, whatever was decided by hand is asked again.
    """
    physicians = {
        link.mention_id: link
        for link in db.session.scalars(
            select(PhysicianReferral)
            .join(Mention, Mention.id == PhysicianReferral.mention_id)
            .where(
                Mention.answer_id == answer_id, ~_by_decision(MentionDecision.physician_referral_id, PhysicianReferral)
            )
            .order_by(PhysicianReferral.id)
        )
    }
    patients = {
        link.mention_id: link
        for link in db.session.scalars(
            select(PatientReferral)
            .join(Mention, Mention.id == PatientReferral.mention_id)
            .where(Mention.answer_id == answer_id, ~_by_decision(MentionDecision.patient_referral_id, PatientReferral))
            .order_by(PatientReferral.id)
        )
    }
    found = []
    for mention in db.session.scalars(select(Mention).where(Mention.answer_id == answer_id).order_by(Mention.rank)):
        physician, patient = physicians.get(mention.id), patients.get(mention.id)
        named = NewMention(
            source_id=mention.source_id,
            detail=mention.detail,
            role=mention.role,
            physician_id=physician.physician_id if physician else None,
            referring_patient_id=patient.referring_patient_id if patient else None,
            referrer_name=patient.referrer_name if patient else "",
            match_state=mention.match_state,
            confidence=mention.confidence,
        )
        link = physician or patient
        found.append(replace(named, evidence=link.evidence) if link else named)
    return tuple(found)


def _by_decision(column: Any, link: type[PhysicianReferral] | type[PatientReferral]) -> ColumnElement[bool]:
    return select(MentionDecision.id).where(column == link.id).exists()
