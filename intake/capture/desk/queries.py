"""A day's arrivals at one location, in a fixed number of queries."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import ScalarSelect, exists, func, select
from sqlalchemy.orm import aliased

from intake import clock
from intake.capture.answer_form.readable_answers import (
    ChartedPhysician,
    ReadableAnswer,
    charted_physicians,
    current_answers_with_calls,
    in_conflict,
)
from intake.capture.call.queries import ExpectedPerson, NotedCall, noted_calls
from intake.capture.models import SurveyLink
from intake.capture.patient_flow.handover import tablet_of
from intake.capture.text.planning.eligibility import survey_texts
from intake.db import db
from intake.directory.merging.merge import Kind, mappings
from intake.directory.models import (
    DID_NOT_COME,
    ELIGIBLE_STATUSES,
    Location,
    Patient,
    Practice,
    Visit,
    VisitStatus,
    VisitType,
)
from intake.directory.name_keys import normal
from intake.directory.patients.new_patients import new_patients_of, visits_to_ask
from intake.directory.patients.provisional import say_chart
from intake.survey.answers.counted_reply import answered_visits, is_answered
from intake.survey.models import Answer, Mention, Outcome
from intake.survey.outcomes import OUTCOMES
from intake.survey.question.wording import DEFAULT_LANGUAGE
from intake.web.ttl_cache import remembered
from intake.web.ui.formatting import say_date
from intake.web.wall.location_wall import whole_practice

# Full names this much alike are mistaken for each other across a counter: Jon and John Lane.
MISTAKEN_FOR = 88.0
UNASKED_DAYS = 30
NEWEST_MENTIONS = 2_000


class ArrivalGroup(StrEnum):
    """The groups of the list, in the order of the page."""

    TO_ASK = "to-ask"
    EXPECTED = "expected"
    DONE = "done"
    RETURNING = "returning"
    NOT_COMING = "not-coming"


@dataclass(frozen=True)
class PhonedAnswer:
    """What somebody said on the telephone who may be the person of the line."""

    call: NotedCall
    answer: ReadableAnswer

    @property
    def told(self) -> str:
        """Return whom or what they named in a few words: 'Dr. Okafor'."""
        if self.answer.outcome != Outcome.ANSWERED:
            return OUTCOMES[Outcome(self.answer.outcome)].told
        named = [source.who or source.label for source in self.answer.sources]
        return "; ".join(part for part in named if part) or self.answer.verbatim


@dataclass(frozen=True)
class Arrival:
    """One line of the desk's list."""

    visit_id: int
    scheduled_at: datetime
    arrived_at: datetime | None
    first_name: str
    last_name: str
    birth_date: date | None
    mrn: str
    mobile_e164: str | None
    provider: str
    visit_type: str
    status: str
    tablet: str | None = None
    link_until: datetime | None = None
    answer: ReadableAnswer | None = None
    charted: tuple[ChartedPhysician, ...] = ()
    phoned: PhonedAnswer | None = None
    # State of the survey's text and when it left.
    texted: tuple[str, datetime | None] | None = None
    # Of a new patient who may be asked here and hasn't replied at another visit.
    to_be_asked: bool = False
    # Birth date and chart number, where somebody of the same or nearly the same name is on the list, too.
    told_apart: str = ""

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

    Calls noted for the locations `within` are shown on the lines of those who may have phoned.
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
            Patient.mrn,
            Patient.mobile_e164,
            tablet_of(Visit.id).label("tablet"),
            _link_until(Visit.id).label("link_until"),
            Location.time_zone,
        )
        .join(Visit.patient)
        .join(Visit.location)
        .where(Visit.location_id == location_id, Visit.visit_date == day)
        .order_by(Visit.scheduled_at, Patient.last_name, Patient.first_name, Visit.id)
    ).all()
    visit_ids = [row.visit_id for row in rows]
    names = {row.visit_id: f"{row.first_name} {row.last_name}".strip() for row in rows}
    new = new_patients_of(visit_ids)
    may_be_asked = visits_to_ask(visit_ids, new)
    callable_rows = [row for row in rows if row.visit_id in may_be_asked and row.status not in DID_NOT_COME]
    calls = noted_calls(
        [
            ExpectedPerson(row.visit_id, names[row.visit_id], row.mobile_e164, day, row.time_zone)
            for row in callable_rows
        ],
        within=within,
    )
    merges = mappings()
    answers, said = current_answers_with_calls(
        visit_ids, {call.caller_id for call in calls.values()}, language=language, merges=merges
    )
    charted = charted_physicians(visit_ids, merges[Kind.PHYSICIANS])
    texts = survey_texts(visit_ids)
    to_be_asked = may_be_asked - (answered_visits(visit_ids, new) - set(answers))
    alike = _of_similar_names(names)
    people = [
        Arrival(
            **{name: value for name, value in row._mapping.items() if name != "time_zone"},
            answer=answers.get(row.visit_id),
            charted=charted.get(row.visit_id, ()),
            phoned=_phoned(calls.get(row.visit_id), said),
            texted=texts.get(row.visit_id),
            to_be_asked=row.visit_id in to_be_asked,
            told_apart=tell_apart(row.birth_date, row.mrn) if row.visit_id in alike else "",
        )
        for row in rows
    ]
    eligible = [person for person in people if person.eligible]
    return ArrivalsDay(_grouped(people), len(eligible), sum(person.answer is not None for person in eligible))


def tell_apart(birth_date: date | None, mrn: str) -> str:
    """Return what two patients of one name are told apart by: 'born Mar 3, 1975, chart 0012301'."""
    born = f"born {say_date(birth_date)}" if birth_date else "no birth date"
    return f"{born}, {say_chart(mrn)}"


def has_namesake(visit: Visit) -> bool:
    """Return whether somebody of the same or nearly the same name is on the list of that day and location."""
    rows = db.session.execute(
        select(Visit.id, Patient.first_name, Patient.last_name)
        .join(Visit.patient)
        .where(Visit.location_id == visit.location_id, Visit.visit_date == visit.visit_date)
    )
    return visit.id in _of_similar_names({row.id: f"{row.first_name} {row.last_name}" for row in rows})


def _of_similar_names(names: Mapping[int, str]) -> set[int]:
    """Return the keys of names that another one resembles, in either order of first and last name."""
    plain = {key: " ".join(sorted(normal(name).split())) for key, name in names.items()}
    kinds = Counter(plain.values())
    words = list(kinds)
    similar = {word for word, count in kinds.items() if count > 1}
    for place, word in enumerate(words):
        found = process.extract(word, words[place + 1 :], scorer=fuzz.ratio, score_cutoff=MISTAKEN_FOR, limit=None)
        if found:
            similar |= {word, *(other for other, *_ in found)}
    return {key for key, word in plain.items() if word in similar}


def _phoned(call: NotedCall | None, said: Mapping[int, ReadableAnswer]) -> PhonedAnswer | None:
    return PhonedAnswer(call, said[call.caller_id]) if call and call.caller_id in said else None


def _link_until(visit_id: Any) -> ScalarSelect[datetime]:
    """SQL expression: when this visit's personal link stops working; NULL for used, revoked and expired ones."""
    latest = select(func.max(SurveyLink.expires_at)).where(
        SurveyLink.visit_id == visit_id,
        SurveyLink.used_at.is_(None),
        SurveyLink.revoked_at.is_(None),
        SurveyLink.expires_at > clock.now(),
    )
    return latest.scalar_subquery()


def open_link_until(visit_id: int) -> datetime | None:
    """When the visit's personal link stops working; None when it has none that may be opened."""
    return db.session.scalar(select(_link_until(visit_id)))


@dataclass(frozen=True)
class UnaskedDay:
    """An earlier day and how many new patients came then and have no answer."""

    day: date
    count: int


@whole_practice()
def unasked_before(*, location_id: int, day: date) -> list[UnaskedDay]:
    """Days of the last weeks before `day` with new patients who came and have no answer, the latest first."""
    typed_new = aliased(Visit)
    query = select(Visit.id, Visit.visit_date).where(
        Visit.location_id == location_id,
        Visit.visit_date.between(day - timedelta(days=UNASKED_DAYS), day - timedelta(days=1)),
        Visit.status.in_(ELIGIBLE_STATUSES),
        exists().where(typed_new.patient_id == Visit.patient_id, typed_new.visit_type == VisitType.NEW),
        ~is_answered(Visit.id),
    )
    days = {row.id: row.visit_date for row in db.session.execute(query)}
    new = new_patients_of(days)
    unasked = Counter(days[each] for each in visits_to_ask(days, new) - answered_visits(days, new))
    return [UnaskedDay(*each) for each in sorted(unasked.items(), reverse=True)]


def has_answers() -> bool:
    """Return whether the practice has its first answer."""
    return db.session.scalar(select(Answer.id).limit(1)) is not None


@whole_practice()
def is_anybody_listed() -> bool:
    """Return whether any visit was ever added."""
    return db.session.scalar(select(Visit.id).limit(1)) is not None


def days_around(*, location_id: int, day: date) -> tuple[date, date]:
    """The days with visits before and after this one; the neighbouring day where there is none."""
    here = Visit.location_id == location_id
    before = select(func.max(Visit.visit_date)).where(here, Visit.visit_date < day).scalar_subquery()
    after = select(func.min(Visit.visit_date)).where(here, Visit.visit_date > day).scalar_subquery()
    earlier, later = db.session.execute(select(before, after)).one()
    return earlier or day - timedelta(days=1), later or day + timedelta(days=1)


@remembered(seconds=300)
def commonest_sources() -> list[int]:
    """Ids of the sources that patients name most, from the newest answers, the commonest first."""
    newest = select(Mention.source_id).order_by(Mention.id.desc()).limit(NEWEST_MENTIONS).subquery()
    query = (
        select(newest.c.source_id)
        .where(newest.c.source_id.is_not(None))
        .group_by(newest.c.source_id)
        .order_by(func.count().desc(), newest.c.source_id)
    )
    return [source_id for source_id in db.session.scalars(query) if source_id is not None]


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
