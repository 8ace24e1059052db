"""Who sent whom, who is to be thanked, and how soon they were."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, func, or_, select

from intake import clock
from intake.attribution.statistics.shares import Interval, wilson
from intake.capture.answer_form.thanks_wishes import MayThank
from intake.capture.models import ThanksWish
from intake.db import db
from intake.directory.merging.merge import Kind, mapping
from intake.directory.models import Caller, Patient, Visit
from intake.id_filters import among
from intake.liaison.thanks.models import PatientThanks
from intake.survey.answers.effective_answer import link_holds
from intake.survey.models import PatientReferral

# Of the figures. Whoever waits for thanks is listed however long.
LOOK_BACK = timedelta(days=90)
SOON = timedelta(hours=48)


class Sent(NamedTuple):
    """Somebody whom a patient sent, and whether they agreed to be named. `wish` None: nobody asked them."""

    visit_id: int
    name: str
    wish: MayThank | None


class Thankworthy(NamedTuple):
    """A patient and those they sent for whom nobody has thanked them yet; `since`: when the first became known."""

    patient: Patient
    sent: tuple[Sent, ...]
    since: datetime


@dataclass(frozen=True)
class Promptness:
    """Of those who sent somebody, how many were thanked within 48 hours; those whose time isn't over are left out.

    Of those who became known in the last 90 days.
    """

    soon: int
    of: int

    @property
    def share(self) -> float | None:
        return self.soon / self.of if self.of else None

    @property
    def interval(self) -> Interval:
        return wilson(self.soon, self.of)


class ThanksList(NamedTuple):
    """`asked_not_to`: how many new patients of the last 90 days asked that nobody be thanked."""

    due: tuple[Thankworthy, ...]
    promptness: Promptness
    asked_not_to: int


class _Link(NamedTuple):
    sender_id: int
    sent: Sent
    known_at: datetime
    thanked_at: datetime | None


def may_be_thanked_for(sent: Sent) -> bool:
    """Whether the sender is thanked for this one at all."""
    return sent.wish != MayThank.NO


def named_in_thanks(sent: Sequence[Sent]) -> list[str]:
    """The names that a thank-you may say: of those who agreed, and of nobody else."""
    return list(dict.fromkeys(each.name for each in sent if each.wish == MayThank.YES))


def listed(names: Sequence[str]) -> str:
    """'Ann', 'Ann and Bo', 'Ann, Bo and Cy'."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def thanks_list(*, location_ids: Collection[int]) -> ThanksList:
    """Everybody who sent a patient to these locations and wasn't thanked, those who wait longest first; the figures."""
    links, since = _links(location_ids), clock.now() - LOOK_BACK
    wanted = [each for each in links if may_be_thanked_for(each.sent)]
    by_sender: dict[int, list[_Link]] = {}
    for each in wanted:
        if each.thanked_at is None:
            by_sender.setdefault(each.sender_id, []).append(each)
    people = {each.id: each for each in db.session.scalars(select(Patient).where(among(Patient.id, sorted(by_sender))))}
    due = [
        Thankworthy(people[sender_id], tuple(each.sent for each in found), min(each.known_at for each in found))
        for sender_id, found in by_sender.items()
    ]
    recent = [each for each in wanted if each.known_at >= since]
    over = [each for each in recent if each.thanked_at or clock.now() - each.known_at >= SOON]
    soon = sum(each.thanked_at is not None and each.thanked_at - each.known_at <= SOON for each in over)
    return ThanksList(
        tuple(sorted(due, key=lambda each: (each.since, each.patient.id))),
        Promptness(soon, len(over)),
        sum(each.known_at >= since for each in links) - len(recent),
    )


def thankworthy(patient_id: int, *, location_ids: Collection[int]) -> Thankworthy | None:
    """What this patient is to be thanked for; None for nothing."""
    due = thanks_list(location_ids=location_ids).due
    return next((each for each in due if each.patient.id == patient_id), None)


def _links(location_ids: Collection[int]) -> list[_Link]:
    """All of the last 90 days; of earlier ones only those that may still wait, so that past years aren't read."""
    link = PatientReferral
    thanked_as_named = exists().where(
        PatientThanks.visit_id == Visit.id,
        PatientThanks.referring_patient_id == link.referring_patient_id,
        PatientThanks.undone_at.is_(None),
    )
    last_wish = select(ThanksWish.wish).where(ThanksWish.visit_id == Visit.id)
    last_wish = last_wish.order_by(ThanksWish.recorded_at.desc(), ThanksWish.id.desc()).limit(1)
    may_be_due = func.coalesce(last_wish.correlate(Visit).scalar_subquery(), "") != MayThank.NO.value
    columns: Any = select(link.referring_patient_id, Visit.id, link.recorded_at, Patient.first_name, Patient.last_name)
    query = (
        columns.select_from(link)
        .outerjoin(Caller, Caller.id == link.caller_id)
        .join(Visit, Visit.id == func.coalesce(link.visit_id, Caller.visit_id))
        .join(Patient, Patient.id == Visit.patient_id)
        .where(
            link.referring_patient_id.is_not(None),
            link_holds(link),
            or_(link.recorded_at >= clock.now() - LOOK_BACK, and_(~thanked_as_named, may_be_due)),
            among(Visit.location_id, sorted(location_ids)),
        )
        .order_by(link.recorded_at, link.id)
    )
    merged = mapping(Kind.PATIENTS)
    rows = {(merged.get(row[0], row[0]), row[1]): row for row in reversed(list(db.session.execute(query)))}
    visit_ids = sorted({visit_id for _, visit_id in rows})
    # Once more in Python: charts that were merged count as one.
    wishes, thanked = _wishes(visit_ids), _thanked(visit_ids)
    return [
        _Link(
            sender_id,
            Sent(visit_id, f"{row[3]} {row[4]}".strip(), wishes.get(visit_id)),
            row[2],
            thanked.get((sender_id, visit_id)),
        )
        for (sender_id, visit_id), row in sorted(rows.items(), key=lambda each: (each[1][2], each[0]))
    ]


def _wishes(visit_ids: Collection[int]) -> dict[int, MayThank]:
    query = select(ThanksWish.visit_id, ThanksWish.wish).where(among(ThanksWish.visit_id, visit_ids))
    # A tablet's may arrive after what was said later.
    said = query.order_by(ThanksWish.recorded_at, ThanksWish.id)
    return {row[0]: MayThank(row[1]) for row in db.session.execute(said)}


def _thanked(visit_ids: Collection[int]) -> dict[tuple[int, int], datetime]:
    """(who was thanked, for which visit) → when first."""
    table, merged = PatientThanks, mapping(Kind.PATIENTS)
    query = (
        select(table.referring_patient_id, table.visit_id, table.thanked_at)
        .where(among(table.visit_id, visit_ids), table.undone_at.is_(None))
        .order_by(table.id.desc())
    )
    return {(merged.get(row[0], row[0]), row[1]): row[2] for row in db.session.execute(query)}
