"""Callers, and the visits that may be theirs."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask import abort
from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from intake import clock
from intake.accounts.models import Staff
from intake.capture.answer_form.readable_answers import ReadableAnswer, current_answers_of_callers
from intake.capture.call.slip import STILL_TO_CALL, CallerKind
from intake.capture.models import CallOutcome, CallSlip
from intake.db import db
from intake.directory.models import DID_NOT_COME, Caller, Location, Patient, Visit, VisitStatus, VisitType
from intake.directory.name_keys import normal
from intake.directory.patients.records import search_patients
from intake.id_filters import among
from intake.survey.answers.effective_answer import is_current
from intake.survey.models import Answer, Outcome

PER_PAGE = 25
# Somebody who phones comes within weeks or not at all.
DAYS_AFTER = 120
MOST_CANDIDATES = 4_000
MOST_OPEN = 1_000
# Lists of these days are compared with the calls.
DAYS_BACK, DAYS_AHEAD = 14, 60
MOST_SUGGESTIONS = 6
ALIKE = 82.0
SAME = 100.0
# Somebody whose call was missed waits for no day.
BEFORE_ALL = date(1900, 1, 1)


@dataclass(frozen=True)
class CallerLine:
    """One line of the list of callers."""

    caller: Caller
    location: Location
    noted_by: str
    answer: ReadableAnswer | None
    visit: Visit | None
    # Name of the patient of these weeks who may have phoned.
    looks_like: str = ""
    slip: CallSlip | None = None
    outcome: CallOutcome | None = None


@dataclass(frozen=True)
class CallerPage:
    lines: list[CallerLine]
    page: int
    pages: int
    open: int
    total: int
    to_call: int


class CallsShown(StrEnum):
    """Which calls a list shows."""

    TO_CALL = "to-call"
    OPEN = "open"
    ALL = "all"


@dataclass(frozen=True)
class Suggestion:
    """A visit that may be the caller's; `reasons` say why."""

    visit: Visit
    same_number: bool
    likeness: float

    @property
    def reason(self) -> str:
        if self.same_number:
            return "same telephone number" + (", same name" if self.likeness == SAME else "")
        return "same name" if self.likeness == SAME else "similar name"


def caller(caller_id: int, *, within: Collection[int]) -> Caller:
    """The caller, or a 404."""
    query = select(Caller).where(Caller.id == caller_id, Caller.location_id.in_(within))
    return db.session.scalars(query).one_or_none() or abort(404)


def call_of(visit_id: int, *, within: Collection[int]) -> Caller | None:
    """The call that was matched to this visit, the latest if there are several."""
    query = select(Caller).where(Caller.visit_id == visit_id, Caller.location_id.in_(within))
    return db.session.scalars(query.order_by(Caller.matched_at.desc(), Caller.id.desc()).limit(1)).one_or_none()


def callers(*, within: Collection[int], page: int, shown: CallsShown, language: str) -> CallerPage:
    """The callers of these locations, the latest first, those to be called by when that is due; a page past the last
    one is the last one."""
    newest = select(func.max(CallOutcome.id)).where(CallOutcome.caller_id == Caller.id).correlate(Caller)
    mine = Caller.location_id.in_(within)
    waits = or_(CallOutcome.result.in_(STILL_TO_CALL), CallOutcome.id.is_(None) & (CallSlip.missed | CallSlip.on_paper))
    conditions = {
        CallsShown.TO_CALL: mine & Caller.visit_id.is_(None) & waits,
        # Somebody with a chart already is no new patient who was lost.
        CallsShown.OPEN: mine & Caller.visit_id.is_(None) & func.coalesce(CallSlip.kind != CallerKind.EXISTING, True),
        CallsShown.ALL: mine,
    }
    joined = (
        select(Caller, Location, Staff.name, Visit, CallSlip, CallOutcome)
        .join(Location, Location.id == Caller.location_id)
        .outerjoin(Staff, Staff.id == Caller.noted_by_id)
        .outerjoin(Visit, Visit.id == Caller.visit_id)
        .outerjoin(CallSlip, CallSlip.caller_id == Caller.id)
        .outerjoin(CallOutcome, CallOutcome.id == newest.scalar_subquery())
    )
    counts = {
        each: db.session.scalar(joined.with_only_columns(func.count(Caller.id)).where(condition)) or 0
        for each, condition in conditions.items()
    }
    pages = max(1, -(-counts[shown] // PER_PAGE))
    page = min(max(page, 1), pages)
    latest = (Caller.called_at.desc(), Caller.id.desc())
    rows = db.session.execute(
        joined.where(conditions[shown])
        .order_by(
            *((func.coalesce(CallOutcome.due_on, BEFORE_ALL), *latest) if shown == CallsShown.TO_CALL else latest)
        )
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    answers = current_answers_of_callers([row[0].id for row in rows], language=language)
    people = _expected_people(within) if any(row[0].visit_id is None for row in rows) else []
    names = {person.visit_id: person.name for person in people}
    known = {call.caller_id: names[visit_id] for visit_id, call in noted_calls(people, within=within).items()}
    lines = [
        CallerLine(row[0], row[1], row[2] or "", answers.get(row[0].id), row[3], known.get(row[0].id, ""), *row[4:])
        for row in rows
    ]
    return CallerPage(lines, page, pages, counts[CallsShown.OPEN], counts[CallsShown.ALL], counts[CallsShown.TO_CALL])


def patient_called_for(callers: Collection[Caller]) -> dict[int, str]:
    """Caller id → the name of whoever the call is for, as the slip says, else the caller's own."""
    slips = select(CallSlip.caller_id, CallSlip.patient_name).where(
        among(CallSlip.caller_id, sorted(each.id for each in callers)), CallSlip.patient_name != ""
    )
    own = {each.id: f"{each.first_name} {each.last_name}".strip() for each in callers}
    return own | {row[0]: row[1] for row in db.session.execute(slips)}


def outcomes_of(caller_id: int) -> list[tuple[CallOutcome, str]]:
    """(what came of it, who noted that), the newest first."""
    query = (
        select(CallOutcome, Staff.name)
        .outerjoin(Staff, Staff.id == CallOutcome.recorded_by_id)
        .where(CallOutcome.caller_id == caller_id)
        .order_by(CallOutcome.id.desc())
    )
    return [(row[0], row[1] or "") for row in db.session.execute(query)]


def suggestions(caller: Caller, *, within: Collection[int]) -> list[Suggestion]:
    """Visits at these locations since the call that may be the caller's: by number first, then by name and day."""
    candidates = _visits_after(caller, within)
    if caller.phone_e164:
        mine = candidates.where(Patient.mobile_e164 == caller.phone_e164)
        by_number = list(db.session.scalars(mine.options(contains_eager(Visit.patient), joinedload(Visit.location))))
    else:
        by_number = []
    rows = db.session.execute(
        candidates.with_only_columns(Visit.id, Patient.first_name, Patient.last_name)
        .where(Visit.visit_type == VisitType.NEW)
        .limit(MOST_CANDIDATES)
    ).all()
    name = patient_called_for([caller])[caller.id]
    likeness = {row.id: _likeness(name, row.first_name, row.last_name) for row in rows}
    by_name = [id_ for id_, score in likeness.items() if score >= ALIKE and id_ not in {each.id for each in by_number}]
    by_name.sort(key=lambda id_: -likeness[id_])
    named = _in_order(by_name[:MOST_SUGGESTIONS])
    found = [
        Suggestion(visit, True, _likeness(name, visit.patient.first_name, visit.patient.last_name))
        for visit in by_number[:MOST_SUGGESTIONS]
    ]
    return [*found, *(Suggestion(visit, False, likeness[visit.id]) for visit in named)][:MOST_SUGGESTIONS]


def charts_of(caller: Caller, *, within: Collection[int]) -> list[Patient]:
    """Charts of these locations with the caller's number, or with just their name."""
    seen_here = select(Visit.id).where(Visit.patient_id == Patient.id, Visit.location_id.in_(within)).exists()
    found = select(Patient).where(seen_here).limit(MOST_SUGGESTIONS)
    name = patient_called_for([caller])[caller.id]
    named = [
        hit.patient_id
        for hit in search_patients(name, within=within)
        if _likeness(name, hit.first_name, hit.last_name) == SAME
    ]
    theirs = or_(Patient.id.in_(named), Patient.mobile_e164 == caller.phone_e164 if caller.phone_e164 else false())
    return list(db.session.scalars(found.where(theirs).order_by(Patient.id)))


def visits_of(patient_ids: Sequence[int], *, within: Collection[int]) -> list[Visit]:
    """The latest visits of patients that staff looked up by name."""
    query = (
        select(Visit)
        .join(Visit.patient)
        .where(Visit.patient_id.in_(patient_ids), Visit.location_id.in_(within))
        .order_by(Visit.scheduled_at.desc(), Visit.id.desc())
        .options(contains_eager(Visit.patient), joinedload(Visit.location))
        .limit(3 * MOST_SUGGESTIONS)
    )
    return list(db.session.scalars(query))


@dataclass(frozen=True)
class ExpectedPerson:
    """A new patient on a day's list, as far as a call may be theirs."""

    visit_id: int
    name: str
    mobile_e164: str | None
    visit_date: date
    time_zone: str


@dataclass(frozen=True)
class NotedCall:
    """A call that may be this person's; `sure`: by name, or by number and a similar name, and nobody else's."""

    caller_id: int
    name: str
    called_at: datetime
    sure: bool


def noted_calls(people: Collection[ExpectedPerson], *, within: Collection[int]) -> dict[int, NotedCall]:
    """Visit id → the latest call without a visit that may be of this person. Two statements for any number."""
    if not people or not within:
        return {}
    query = (
        select(Caller)
        .where(
            Caller.visit_id.is_(None),
            Caller.location_id.in_(within),
            Caller.called_at > clock.now() - timedelta(days=DAYS_AFTER),
            _has_something_to_say(),
        )
        .order_by(Caller.called_at.desc(), Caller.id.desc())
        .limit(MOST_OPEN)
    )
    callers = list(db.session.scalars(query))
    shown = patient_called_for(callers)
    names = {each.id: _sorted_name(shown[each.id]) for each in callers}
    # Somebody who gave one name only is known by their number alone.
    full = {each.id: names[each.id] for each in callers if " " in names[each.id]}
    fits = [fit for person in people for fit in _fits(person, callers, shown, full)]
    claimed = Counter(call.caller_id for _, call in fits if call.sure)
    found: dict[int, NotedCall] = {}
    for visit_id, fit in fits:
        # Of two people of one name a person has to say whose call it was.
        call = replace(fit, sure=fit.sure and claimed[fit.caller_id] == 1)
        if not fit.sure and claimed[fit.caller_id]:
            continue
        if visit_id not in found or (call.sure, call.called_at) > (found[visit_id].sure, found[visit_id].called_at):
            found[visit_id] = call
    return found


def _expected_people(within: Collection[int]) -> list[ExpectedPerson]:
    """New patients on the lists of these weeks, the nearest days first."""
    today = clock.now().date()
    rows = db.session.execute(
        select(
            Visit.id, Visit.visit_date, Location.time_zone, Patient.first_name, Patient.last_name, Patient.mobile_e164
        )
        .join(Visit.patient)
        .join(Visit.location)
        .where(
            Visit.location_id.in_(within),
            Visit.visit_date.between(today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)),
            Visit.visit_type == VisitType.NEW,
            Visit.status.not_in(DID_NOT_COME),
        )
        .order_by(Visit.visit_date, Visit.id)
        .limit(MOST_CANDIDATES)
    )
    return [
        ExpectedPerson(
            row.id, f"{row.first_name} {row.last_name}".strip(), row.mobile_e164, row.visit_date, row.time_zone
        )
        for row in rows
    ]


def _fits(
    person: ExpectedPerson, callers: Sequence[Caller], shown: Mapping[int, str], full: Mapping[int, str]
) -> Iterator[tuple[int, NotedCall]]:
    """Calls that may be this person's: from their number, or under a name like theirs, and before their visit."""
    name = _sorted_name(person.name)
    alike = {key: score for _, score, key in process.extract(name, full, scorer=fuzz.ratio, score_cutoff=ALIKE)}
    for caller in callers:
        same_number = caller.phone_e164 is not None and caller.phone_e164 == person.mobile_e164
        if not same_number and caller.id not in alike:
            continue
        day = clock.clinic_day(caller.called_at, person.time_zone)
        if day <= person.visit_date <= day + timedelta(days=DAYS_AFTER):
            sure = alike.get(caller.id) == SAME or (same_number and caller.id in alike)
            yield person.visit_id, NotedCall(caller.id, shown[caller.id], caller.called_at, sure)


def _has_something_to_say() -> ColumnElement[bool]:
    """SQL condition: the call's answer wasn't taken back."""
    said = select(Answer.id).where(
        Answer.caller_id == Caller.id, is_current(Answer.caller_id), Answer.outcome != Outcome.WITHDRAWN
    )
    return said.correlate(Caller).exists()


def _sorted_name(name: str) -> str:
    return " ".join(sorted(normal(name).split()))


def _visits_after(caller: Caller, within: Collection[int]) -> Select[Visit]:
    location = db.session.get_one(Location, caller.location_id)
    first_day = clock.clinic_day(caller.called_at, location.time_zone)
    return (
        select(Visit)
        .join(Visit.patient)
        .where(
            Visit.location_id.in_(within),
            Visit.visit_date.between(first_day, first_day + timedelta(days=DAYS_AFTER)),
            Visit.status != VisitStatus.CANCELLED,
        )
        .order_by(Visit.scheduled_at, Visit.id)
    )


def _in_order(visit_ids: Sequence[int]) -> list[Visit]:
    query = select(Visit).where(Visit.id.in_(visit_ids)).options(joinedload(Visit.patient), joinedload(Visit.location))
    found = {visit.id: visit for visit in db.session.scalars(query)}
    return [found[visit_id] for visit_id in visit_ids]


def _likeness(name: str, first_name: str, last_name: str) -> float:
    """Return 0 to 100: likeness of the names in either order; 0 for a surname alone."""
    called, charted = normal(name), normal(f"{first_name} {last_name}")
    if len(called.split()) < 2:
        return 0.0
    return fuzz.token_sort_ratio(called, charted)
