"""Rules for who may have referred whom."""

from collections.abc import Iterable

from sqlalchemy import select

from intake.db import db
from intake.directory.merging import Kind, mapping
from intake.survey.models import PatientReferral

LONGEST_CHAIN = 1000


class SelfReferral(ValueError):
    """A patient was named as the one who sent themselves."""


class ReferralCycle(ValueError):
    """The named patient was, directly or through others, sent by this very patient."""


def refuse_impossible(*, patient_id: int, referring_patient_id: int) -> None:
    """Raises SelfReferral or ReferralCycle when `referring_patient_id` can't have sent `patient_id`."""
    # Two charts of one person are that person.
    merged = mapping(Kind.PATIENTS)
    charts: dict[int, set[int]] = {}
    for gone, kept in merged.items():
        charts.setdefault(kept, {kept}).add(gone)

    def with_other_charts(ids: Iterable[int]) -> set[int]:
        return {chart for each in ids for chart in charts.get(merged.get(each, each), {each})}

    own = with_other_charts([patient_id])
    if referring_patient_id in own:
        raise SelfReferral
    # Walk up from the named referrer: whoever sent them, and so on. Meeting the patient closes a circle.
    frontier = with_other_charts([referring_patient_id])
    seen = set(frontier)
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
        if not own.isdisjoint(senders):
            raise ReferralCycle
        frontier = with_other_charts(sender for sender in senders if sender is not None) - seen
        seen |= frontier
