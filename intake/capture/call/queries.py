"""Callers, and the visits that may be theirs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz import fuzz
from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.exceptions import NotFound

from intake import clock
from intake.accounts.models import Staff
from intake.capture.answer_form.readable_answers import ReadableAnswer, current_answers_of_callers
from intake.db import db
from intake.directory.models import Caller, Location, Patient, Visit, VisitStatus, VisitType
from intake.directory.name_keys import normal

PER_PAGE = 25
# Somebody who phones comes within weeks or not at all.
DAYS_AFTER = 120
MOST_CANDIDATES = 4_000
MOST_SUGGESTIONS = 6
ALIKE = 82.0
SAME = 100.0


class NoSuchCaller(NotFound):
    """There is no such caller at these locations."""


@dataclass(frozen=True)
class CallerLine:
    """One line of the list of callers."""

    caller: Caller
    location: Location
    noted_by: str
    answer: ReadableAnswer | None
    visit: Visit | None
    # Name of the patient whose number it is, when a visit after the call carries it.
    looks_like: str = ""


@dataclass(frozen=True)
class CallerPage:
    lines: list[CallerLine]
    page: int
    pages: int
    open: int
    total: int


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
    """The caller; raises NoSuchCaller (a 404)."""
    query = select(Caller).where(Caller.id == caller_id, Caller.location_id.in_(within))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NoSuchCaller
    return found


def callers(*, within: Collection[int], page: int, only_open: bool, language: str) -> CallerPage:
    """The callers of these locations, the latest first; a page past the last one is the last one."""
    mine = Caller.location_id.in_(within)
    is_open = mine & Caller.visit_id.is_(None)
    total = db.session.scalar(select(func.count(Caller.id)).where(mine)) or 0
    unmatched = db.session.scalar(select(func.count(Caller.id)).where(is_open)) or 0
    pages = max(1, -(-(unmatched if only_open else total) // PER_PAGE))
    page = min(max(page, 1), pages)
    rows = db.session.execute(
        select(Caller, Location, Staff.name, Visit)
        .join(Location, Location.id == Caller.location_id)
        .outerjoin(Staff, Staff.id == Caller.noted_by_id)
        .outerjoin(Visit, Visit.id == Caller.visit_id)
        .where(is_open if only_open else mine)
        .order_by(Caller.called_at.desc(), Caller.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    answers = current_answers_of_callers([row[0].id for row in rows], language=language)
    known = _same_numbers([row[0] for row in rows if row[0].visit_id is None], within=within)
    lines = [
        CallerLine(caller, location, noted_by or "", answers.get(caller.id), visit, known.get(caller.id, ""))
        for caller, location, noted_by, visit in rows
    ]
    return CallerPage(lines, page, pages, unmatched, total)


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
    likeness = {row.id: _likeness(caller, row.first_name, row.last_name) for row in rows}
    by_name = [id_ for id_, score in likeness.items() if score >= ALIKE and id_ not in {each.id for each in by_number}]
    by_name.sort(key=lambda id_: -likeness[id_])
    named = _in_order(by_name[:MOST_SUGGESTIONS])
    found = [
        Suggestion(visit, True, _likeness(caller, visit.patient.first_name, visit.patient.last_name))
        for visit in by_number[:MOST_SUGGESTIONS]
    ]
    return [*found, *(Suggestion(visit, False, likeness[visit.id]) for visit in named)][:MOST_SUGGESTIONS]


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


def open_calls(visit_ids: Collection[int], *, within: Collection[int]) -> dict[int, tuple[int, datetime]]:
    """Visit id → (id of an unmatched caller with the patient's number, when they phoned)."""
    if not visit_ids:
        return {}
    query = (
        select(Visit.id, Caller.id.label("caller_id"), Caller.called_at)
        .join(Visit.patient)
        .join(Caller, Caller.phone_e164 == Patient.mobile_e164)
        .where(
            Visit.id.in_(visit_ids),
            Visit.visit_type == VisitType.NEW,
            Caller.visit_id.is_(None),
            Caller.location_id.in_(within),
            Caller.called_at > clock.now() - timedelta(days=DAYS_AFTER),
        )
        .order_by(Caller.called_at, Caller.id)
    )
    return {row.id: (row.caller_id, row.called_at) for row in db.session.execute(query)}


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


def _same_numbers(callers: Collection[Caller], *, within: Collection[int]) -> dict[int, str]:
    """Caller id → name of the patient with that number who has a visit since the call."""
    numbers = {caller.phone_e164 for caller in callers if caller.phone_e164}
    if not numbers:
        return {}
    rows = db.session.execute(
        select(Patient.mobile_e164, Patient.first_name, Patient.last_name, func.max(Visit.scheduled_at).label("latest"))
        .join(Visit, Visit.patient_id == Patient.id)
        .where(Patient.mobile_e164.in_(numbers), Visit.location_id.in_(within))
        .group_by(Patient.id, Patient.mobile_e164, Patient.first_name, Patient.last_name)
    ).all()
    return {
        caller.id: f"{row.first_name} {row.last_name}".strip()
        for caller in callers
        for row in rows
        if row.mobile_e164 == caller.phone_e164 and row.latest >= caller.called_at - timedelta(days=1)
    }


def _in_order(visit_ids: Sequence[int]) -> list[Visit]:
    query = select(Visit).where(Visit.id.in_(visit_ids)).options(joinedload(Visit.patient), joinedload(Visit.location))
    found = {visit.id: visit for visit in db.session.scalars(query)}
    return [found[visit_id] for visit_id in visit_ids]


def _likeness(caller: Caller, first_name: str, last_name: str) -> float:
    """Return 0 to 100: likeness of the names in either order; 0 for a surname alone."""
    called, charted = normal(f"{caller.first_name} {caller.last_name}"), normal(f"{first_name} {last_name}")
    if len(called.split()) < 2:
        return 0.0
    return fuzz.token_sort_ratio(called, charted)
