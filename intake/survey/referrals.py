"""Rules for who may have referred whom."""

from sqlalchemy import select

from intake.db import db
from intake.survey.models import PatientReferral

LONGEST_CHAIN = 1000


class SelfReferral(ValueError):
    """A patient was named as the one who sent themselves."""


class ReferralCycle(ValueError):
    """The named patient was, directly or through others, sent by this very patient."""


def refuse_impossible(*, patient_id: int, referring_patient_id: int) -> None:
    """Raises SelfReferral or ReferralCycle when `referring_patient_id` can't have sent `patient_id`."""
    if patient_id == referring_patient_id:
        raise SelfReferral
    # Walk up from the named referrer: whoever sent them, and so on. Meeting the patient closes a circle.
    seen = {referring_patient_id}
    frontier = {referring_patient_id}
    while frontier and len(seen) < LONGEST_CHAIN:
        senders = set(
            db.session.scalars(
                select(PatientReferral.referring_patient_id).where(
                    PatientReferral.patient_id.in_(frontier),
                    PatientReferral.referring_patient_id.is_not(None),
                    PatientReferral.ended_at.is_(None),
                )
            )
        )
        if patient_id in senders:
            raise ReferralCycle
        frontier = {sender for sender in senders if sender is not None} - seen
        seen |= frontier
