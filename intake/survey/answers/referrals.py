"""Rules about which patient may have referred which."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from intake.db import db
from intake.directory.merging.merge import CannotMerge, Kind, mapping, read_as_one
from intake.directory.models import Patient, Visit
from intake.survey.answers.effective_answer import link_holds
from intake.survey.models import PatientReferral
from intake.web.ui.formatting import say_day

LONGEST_CHAIN = 1000


class SelfReferral(ValueError):
    """A patient was named as the one who sent themselves."""


class ReferralCycle(ValueError):
    """The named patient was, directly or through others, sent by this very patient."""


def refuse_impossible(*, patient_id: int, referring_patient_id: int) -> None:
    """Raise SelfReferral or ReferralCycle when `referring_patient_id` can't have sent `patient_id`."""
    charts = _Charts()
    own = charts.of([patient_id])
    if referring_patient_id in own:
        raise SelfReferral
    if _leads_up_to(own, charts.of([referring_patient_id]), charts):
        raise ReferralCycle


def refuse_merging_patients(gone_id: int, into_id: int) -> None:
    """Raise CannotMerge, with what to do first, when one of two charts sent the other, directly or through others."""
    one, other = read_as_one(Kind.PATIENTS, gone_id), read_as_one(Kind.PATIENTS, into_id)
    between = _sent_between(one, other)
    if between is not None:
        raise CannotMerge(
            f"{between.sender} is on record as the one who sent {between.came} ({say_day(between.day)}), and nobody"
            " sends themselves. If the two are one person, correct that visit’s answer first; if they aren’t, say"
            " that they are different."
        )
    charts = _Charts()
    if _leads_up_to(one, other, charts) or _leads_up_to(other, one, charts):
        raise CannotMerge(
            "One of these two sent somebody who, directly or through others, sent the other one. As one person they"
            " would have sent themselves. Correct the answer that isn’t right first, or say that the two are different."
        )


class _Charts:
    """The charts of each person, by today's merges."""

    def __init__(self) -> None:
        self._merged = mapping(Kind.PATIENTS)
        self._of: dict[int, set[int]] = {}
        for gone, kept in self._merged.items():
            self._of.setdefault(kept, {kept}).add(gone)

    def of(self, ids: Iterable[int]) -> set[int]:
        """Return every chart of the people whose charts these are."""
        return {chart for each in ids for chart in self._of.get(self._merged.get(each, each), {each})}


def _leads_up_to(own: set[int], referrer: set[int], charts: _Charts) -> bool:
    """Walk up from the referrer to those who sent them, and so on; return whether that meets one of `own`."""
    frontier = referrer
    seen = set(frontier)
    while frontier and len(seen) < LONGEST_CHAIN:
        senders = set(
            db.session.scalars(
                select(PatientReferral.referring_patient_id).where(
                    PatientReferral.patient_id.in_(frontier),
                    PatientReferral.referring_patient_id.is_not(None),
                    link_holds(PatientReferral),
                )
            )
        )
        if not own.isdisjoint(senders):
            return True
        frontier = charts.of(sender for sender in senders if sender is not None) - seen
        seen |= frontier
    return False


@dataclass(frozen=True)
class _Sent:
    """Who sent whom, and at which visit that was said."""

    sender: str
    came: str
    day: date


def _sent_between(one: set[int], other: set[int]) -> _Sent | None:
    sender, came = aliased(Patient), aliased(Patient)
    link = PatientReferral
    row = db.session.execute(
        select(sender.first_name, sender.last_name, came.first_name, came.last_name, Visit.visit_date)
        .select_from(link)
        .join(sender, sender.id == link.referring_patient_id)
        .join(came, came.id == link.patient_id)
        .join(Visit, Visit.id == link.visit_id)
        .where(
            link_holds(link),
            or_(
                and_(link.referring_patient_id.in_(one), link.patient_id.in_(other)),
                and_(link.referring_patient_id.in_(other), link.patient_id.in_(one)),
            ),
        )
        .order_by(Visit.visit_date.desc())
        .limit(1)
    ).first()
    return _Sent(f"{row[0]} {row[1]}".strip(), f"{row[2]} {row[3]}".strip(), row[4]) if row else None
