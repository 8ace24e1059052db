"""Reads of tablets and personal links: handovers, arrivals by birth date, answers so far."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from intake import clock
from intake.accounts.models import KioskDevice
from intake.capture.models import Handover
from intake.capture.patient_flow.handover import is_open
from intake.db import BigId, db
from intake.directory import registry_names
from intake.directory.models import ELIGIBLE_STATUSES, Location, Patient, Physician, Visit, VisitStatus
from intake.directory.patients.new_patients import has_other_visits, visits_to_ask
from intake.id_filters import read_id
from intake.survey.answers.counted_reply import answered_visits
from intake.survey.models import Answer, Outcome
from intake.web.wall.location_wall import whole_practice

# An answer that waited on the tablet for the network is still its patient's, but not for ever.
LATE = timedelta(days=7)
# How long patients may change their own answer.
CHANGEABLE = timedelta(minutes=5)


def open_handover(device_id: int) -> Handover | None:
    """The open handover of this tablet: waiting, or in a patient's hands."""
    query = (
        select(Handover)
        .where(Handover.device_id == device_id, is_open())
        .options(joinedload(Handover.ask), joinedload(Handover.visit).joinedload(Visit.patient))
        .order_by(Handover.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).first()


@dataclass(frozen=True)
class HeldVisit:
    """A tablet's handover, and whether it is still open. One that is over renders nothing."""

    handover: Handover
    is_open: bool


def held_visit(device_id: int, public_id: str, *, lock: bool = False) -> HeldVisit | None:
    """The handover of this tablet by its public id, over or not, within a week. `lock`: a second tap waits."""
    return _held_visit(public_id, Handover.device_id == device_id, lock=lock)


def held_at(location_id: int, public_id: str) -> HeldVisit | None:
    """As `held_visit`, on any tablet of the location: the one that kept an answer may have been paired anew."""
    return _held_visit(public_id, Visit.location_id == location_id, lock=True)


def _held_visit(public_id: str, where: ColumnElement[bool], *, lock: bool) -> HeldVisit | None:
    # What was handed over before it had a token is still called by its number.
    number = read_id(public_id)
    named = Handover.token == public_id if number is None else and_(Handover.id == number, Handover.token.is_(None))
    query = (
        select(Handover, is_open())
        .join(Visit, Visit.id == Handover.visit_id)
        .where(named, where, Handover.handed_at > clock.now() - LATE)
        .options(selectinload(Handover.ask), selectinload(Handover.visit).joinedload(Visit.patient))
    )
    row = db.session.execute(query.with_for_update(of=Handover) if lock else query).one_or_none()
    return HeldVisit(row[0], bool(row[1])) if row else None


def handover_just_ended(device_id: int, *, visit_id: int | None = None) -> Handover | None:
    """The handover whose patient may still change their answer: ended minutes ago on this tablet, which is free again.

    `visit_id`: of this visit; else the last one.
    """
    if open_handover(device_id) is not None:
        return None
    query = (
        select(Handover)
        .where(Handover.device_id == device_id, Handover.ended_at > clock.now() - CHANGEABLE)
        .options(joinedload(Handover.ask), joinedload(Handover.visit).joinedload(Visit.patient))
        .order_by(Handover.id.desc())
        .limit(1)
    )
    if visit_id is not None:
        query = query.where(Handover.visit_id == visit_id)
    return db.session.scalars(query).first()


def may_change(answer: Answer | None) -> bool:
    """Return whether the patient may still change this answer: for minutes, and not what staff entered."""
    return answer is not None and answer.staff_id is None and answer.recorded_at > clock.now() - CHANGEABLE


def arrivals_born(location: Location, birth_date: date, *, day: date | None = None) -> list[Visit]:
    """New patients of the day at the location who were born on that day, answered or not, by arrival.

    Today those who came; of an earlier `day`, which nobody may have written down, those who were expected, too.
    """
    statuses = ELIGIBLE_STATUSES if day is None else {*ELIGIBLE_STATUSES, VisitStatus.SCHEDULED}
    query = (
        select(Visit)
        .join(Visit.patient)
        .where(
            Visit.location_id == location.id,
            Visit.visit_date == (day or clock.clinic_today(location.time_zone)),
            Visit.status.in_(statuses),
            Patient.birth_date == birth_date,
        )
        .options(joinedload(Visit.patient))
        .order_by(Visit.arrived_at, Visit.id)
    )
    visits = list(db.session.scalars(query))
    to_ask = visits_to_ask([visit.id for visit in visits])
    return [visit for visit in visits if visit.id in to_ask]


@dataclass(frozen=True)
class AskAnswers:
    """Answers of a visit as one of its asks sees them: its own newest one, and whether another door's is current.

    `may_have_come_before`: the patient has another visit, at any time, or a chart merged with theirs.
    """

    own: Answer | None
    stands_elsewhere: bool
    may_have_come_before: bool


_VISIT, _ASK = bindparam("visit_id", type_=BigId), bindparam("ask_id", type_=BigId)
_OTHERS = select(has_other_visits(_VISIT).label("others")).subquery()
# One row at least, without an answer where there is none.
_ANSWERS = (
    select(_OTHERS.c.others, Answer)
    .outerjoin_from(_OTHERS, Answer, (Answer.visit_id == _VISIT) | (Answer.ask_id == _ASK))
    .order_by(Answer.id)
)


@whole_practice()
def answers_of(visit_id: int, ask_id: int) -> AskAnswers:
    """The newest answer to this ask, and whether the visit's current answer came through another door."""
    rows = db.session.execute(_ANSWERS, {"visit_id": visit_id, "ask_id": ask_id}).all()
    answers = [row.Answer for row in rows if row.Answer is not None]
    standing = max((each for each in answers if each.turn is not None), key=lambda each: each.turn or 0, default=None)
    elsewhere = standing is not None and standing.outcome != Outcome.WITHDRAWN and standing.ask_id != ask_id
    # A new patient may have replied at another visit of theirs.
    if standing is None and rows[0].others:
        elsewhere = visit_id in answered_visits([visit_id])
    own = next((each for each in reversed(answers) if each.ask_id == ask_id), None)
    return AskAnswers(own, elsewhere, bool(rows[0].others))


def has_answer(ask_id: int, submission_id: str) -> bool:
    """Return whether this submission was recorded as an answer to this ask."""
    query = select(Answer.id).where(Answer.submission_id == submission_id, Answer.ask_id == ask_id)
    return db.session.scalar(query) is not None


def waiting_device(pairing_code_hash: str) -> KioskDevice | None:
    """The tablet that was given this pairing code, while the code is good."""
    return _to_pair(KioskDevice.pairing_code_hash == pairing_code_hash)


def asking_device(claim_hash: str) -> KioskDevice | None:
    """The tablet whose code this browser gave, while it may be confirmed."""
    return _to_pair(KioskDevice.claim_hash == claim_hash)


def _to_pair(which: ColumnElement[bool]) -> KioskDevice | None:
    query = select(KioskDevice).where(
        which, KioskDevice.pairing_expires_at > clock.now(), KioskDevice.revoked_at.is_(None)
    )
    return db.session.scalars(query).one_or_none()


def names_of_physicians(ids: Collection[int | None]) -> dict[int | None, str]:
    """Physician id → the name as people write it."""
    wanted = [each for each in ids if each is not None]
    if not wanted:
        return {}
    rows = db.session.scalars(select(Physician).where(Physician.id.in_(wanted)))
    return {row.id: registry_names.physician_name(row.first_name, row.last_name, row.credential) for row in rows}


def find_offered_physician(physician_id: int, *, once: bool = False) -> Physician | None:
    """The physician with this id, if patients may be offered them; `once`: or might have been, earlier."""
    physician = db.session.get(Physician, physician_id)
    return physician if physician is not None and (physician.active or once) else None
