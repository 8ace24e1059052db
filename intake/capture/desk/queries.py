"""A day's arrivals at one location, in a fixed number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select

from intake import clock
from intake.capture.answer_form.readable_answers import (
    ChartedPhysician,
    ReadableAnswer,
    charted_physicians,
    current_answers,
    in_conflict,
)
from intake.capture.call.queries import open_calls
from intake.capture.models import SurveyLink
from intake.capture.patient_flow.handover import visits_on_tablets
from intake.capture.text.planning.eligibility import survey_texts
from intake.db import db
from intake.directory.models import DID_NOT_COME, ELIGIBLE_STATUSES, Patient, Practice, Visit, VisitStatus
from intake.directory.patients.new_patients import new_patients_of, visits_to_ask
from intake.survey.answers.counted_reply import answered_visits
from intake.survey.question.wording import DEFAULT_LANGUAGE


class ArrivalGroup(StrEnum):
    """The groups of the list, in the order of the page."""

    TO_ASK = "to-ask"
    EXPECTED = "expected"
    DONE = "done"
    RETURNING = "returning"
    NOT_COMING = "not-coming"


@dataclass(frozen=True)
class Arrival:
    """One line of the desk's list."""

    visit_id: int
    scheduled_at: datetime
    arrived_at: datetime | None
    first_name: str
    last_name: str
    birth_date: date | None
    provider: str
    visit_type: str
    status: str
    answer: ReadableAnswer | None = None
    charted: tuple[ChartedPhysician, ...] = ()
    tablet: str = ""
    link_until: datetime | None = None
    # A caller without a visit who has this patient's number: (id, when they phoned).
    phoned: tuple[int, datetime] | None = None
    # State of the survey's text and when it left.
    texted: tuple[str, datetime | None] | None = None
    # Of a new patient who may be asked here and hasn't replied at another visit.
    to_be_asked: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def group(self) -> ArrivalGroup:
        if self.status in DID_NOT_COME:
            return ArrivalGroup.NOT_COMING
        if self.answer:
            return ArrivalGroup.DONE
        if not self.to_be_asked:
            return ArrivalGroup.RETURNING
        return ArrivalGroup.EXPECTED if self.status == VisitStatus.SCHEDULED else ArrivalGroup.TO_ASK

    @property
    def eligible(self) -> bool:
        return self.to_be_asked and self.status in ELIGIBLE_STATUSES

    @property
    def conflicts(self) -> bool:
        """Return whether the chart names a physician whom the answer doesn't."""
        return in_conflict(self.answer, self.charted)


@dataclass(frozen=True)
class ArrivalsDay:
    """A day's arrivals by group; of `eligible` new patients `asked` have answered."""

    groups: Mapping[ArrivalGroup, tuple[Arrival, ...]]
    eligible: int
    asked: int

    @property
    def visits(self) -> int:
        return sum(len(group) for group in self.groups.values())

    @property
    def to_ask(self) -> int:
        return self.eligible - self.asked


def day_at(*, location_id: int, day: date, language: str, within: Collection[int] = ()) -> ArrivalsDay:
    """The location's schedule of that clinic day; the number of queries doesn't grow with it.

    Callers of the locations `within` are pointed at where a patient has their number.
    """
    rows = db.session.execute(
        select(
            Visit.id.label("visit_id"),
            Visit.scheduled_at,
            Visit.arrived_at,
            Visit.provider,
            Visit.visit_type,
            Visit.status,
            Patient.first_name,
            Patient.last_name,
            Patient.birth_date,
        )
        .join(Visit.patient)
        .where(Visit.location_id == location_id, Visit.visit_date == day)
        .order_by(Visit.scheduled_at, Patient.last_name, Patient.first_name, Visit.id)
    ).all()
    visit_ids = [row.visit_id for row in rows]
    answers = current_answers(visit_ids, language=language)
    charted = charted_physicians(visit_ids)
    tablets = visits_on_tablets(location_id)
    links = open_links(visit_ids)
    texts = survey_texts(visit_ids)
    new = new_patients_of(visit_ids)
    to_be_asked = visits_to_ask(visit_ids, new) - (answered_visits(visit_ids, new) - set(answers))
    phoned = open_calls(visit_ids, within=within) if within else {}
    people = [
        Arrival(
            **row._mapping,
            answer=answers.get(row.visit_id),
            charted=charted.get(row.visit_id, ()),
            tablet=tablets.get(row.visit_id, ""),
            link_until=links.get(row.visit_id),
            phoned=phoned.get(row.visit_id),
            texted=texts.get(row.visit_id),
            to_be_asked=row.visit_id in to_be_asked,
        )
        for row in rows
    ]
    eligible = [person for person in people if person.eligible]
    return ArrivalsDay(_grouped(people), len(eligible), sum(person.answer is not None for person in eligible))


def open_links(visit_ids: Collection[int]) -> dict[int, datetime]:
    """Visit id → when its personal link stops working; used, revoked and expired ones are absent."""
    if not visit_ids:
        return {}
    query = (
        select(SurveyLink.visit_id, SurveyLink.expires_at)
        .where(
            SurveyLink.visit_id.in_(visit_ids),
            SurveyLink.used_at.is_(None),
            SurveyLink.revoked_at.is_(None),
            SurveyLink.expires_at > clock.now(),
        )
        .order_by(SurveyLink.expires_at)
    )
    return {row.visit_id: row.expires_at for row in db.session.execute(query)}


def unasked(*, location_id: int, day: date) -> int:
    """Count the new patients of that day who came and have not replied."""
    came = Visit.status.in_(sorted(ELIGIBLE_STATUSES))
    query = select(Visit.id).where(Visit.location_id == location_id, Visit.visit_date == day, came)
    asked = visits_to_ask(db.session.scalars(query).all())
    return len(asked - answered_visits(asked))


def practice_language() -> str:
    """The language in which staff read sources: the practice's first one."""
    languages = db.session.scalar(select(Practice.languages).order_by(Practice.id).limit(1))
    return languages[0] if languages else DEFAULT_LANGUAGE


def _grouped(people: Collection[Arrival]) -> dict[ArrivalGroup, tuple[Arrival, ...]]:
    groups: dict[ArrivalGroup, list[Arrival]] = {group: [] for group in ArrivalGroup}
    for person in people:
        groups[person.group].append(person)
    # Who waits longest is asked first; what was just recorded is where the eye looks for it.
    groups[ArrivalGroup.TO_ASK].sort(key=lambda person: person.arrived_at or person.scheduled_at)
    groups[ArrivalGroup.DONE].sort(
        key=lambda person: person.answer.recorded_at if person.answer else person.scheduled_at
    )
    groups[ArrivalGroup.DONE].reverse()
    return {group: tuple(members) for group, members in groups.items()}
