"""New patients: who is one, and which visit is theirs.

A new patient is a person, not a visit. All visits of their charts are read together, and the person counts once: on
the day and at the location of the first visit they kept. Doors, counts, reports and `flask totals verify` ask here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, exists, or_, select
from sqlalchemy.orm import aliased

from intake.db import db
from intake.directory.merge_mapping import merge_mapping, with_merged
from intake.directory.models import ELIGIBLE_STATUSES, Patient, PatientMerge, Practice, Visit, VisitType
from intake.id_filters import POSTGRESQL, among, among_given, database_kind, given
from intake.web.wall.location_wall import whole_practice

BATCH = 500
BEGINNING = timedelta(days=90)


@dataclass(frozen=True)
class PersonVisit:
    """What is needed of a visit to tell whose first one it is."""

    visit_id: int
    patient_id: int
    location_id: int
    day: date
    scheduled_at: datetime
    visit_type: str
    status: str

    @property
    def was_kept(self) -> bool:
        return self.status in ELIGIBLE_STATUSES

    @property
    def order(self) -> tuple[date, datetime, int]:
        return self.day, self.scheduled_at, self.visit_id


@dataclass(frozen=True)
class NewPatient:
    """A person while they are new, with all their visits in order; whichever was asked, they were."""

    visits: tuple[PersonVisit, ...]

    @property
    def counted(self) -> PersonVisit | None:
        """The first visit they kept, where they count; None before there is one, when nobody has to ask yet."""
        return next((visit for visit in self.visits if visit.was_kept), None)

    @property
    def visit_ids(self) -> list[int]:
        return [visit.visit_id for visit in self.visits]

    def may_be_asked_at(self, visit_id: int) -> bool:
        """Return whether the desk should ask at this visit: it is typed new, or the one where they count."""
        counted = self.counted
        return any(
            visit.visit_id == visit_id and (visit.visit_type == VisitType.NEW or visit is counted)
            for visit in self.visits
        )


PERSON_COLUMNS = (
    Visit.id.label("visit_id"),
    Visit.patient_id,
    Visit.location_id,
    Visit.visit_date.label("day"),
    Visit.scheduled_at,
    Visit.visit_type,
    Visit.status,
)


def new_patients(visits: Iterable[PersonVisit], again_after_years: int | None = None) -> list[NewPatient]:
    """Return one person as a new patient: never, once, or again after so many years without a visit.

    New is who has a visit typed new by `BEGINNING` after the first visit they kept: an ultrasound or a blood test may
    come before the visit that is typed new. Of somebody who has been here for longer that is a mistake of typing.
    """
    stretches: list[list[PersonVisit]] = [[]]
    seen: date | None = None
    for visit in sorted(visits, key=lambda visit: visit.order):
        if again_after_years and seen is not None and visit.day >= years_on(seen, again_after_years):
            stretches.append([])
            seen = None
        stretches[-1].append(visit)
        seen = visit.day if visit.was_kept else seen
    return [NewPatient(tuple(stretch)) for stretch in stretches if _is_new(stretch)]


def _is_new(visits: Sequence[PersonVisit]) -> bool:
    first = next((visit.day for visit in visits if visit.was_kept), date.max - BEGINNING)
    return any(visit.visit_type == VisitType.NEW and visit.day <= first + BEGINNING for visit in visits)


def years_on(day: date, years: int) -> date:
    """Return the same day so many years on; March 1 for a leap day."""
    if day.year + years > date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def new_patients_of(visit_ids: Collection[int]) -> dict[int, NewPatient]:
    """Return visit id → the new patient it is a visit of; visits of people who aren't new are absent."""
    return {visit.visit_id: new for new in new_among(people_of(visit_ids)) for visit in new.visits}


def new_among(people: Iterable[Sequence[PersonVisit]]) -> list[NewPatient]:
    """Return the new patients among these people, who are given with all their visits."""
    years = again_after_years()
    return [new for visits in people for new in new_patients(visits, years)]


def again_after_years() -> int | None:
    """After how many years without a visit the practice calls somebody new again; None: never."""
    return db.session.scalar(_NEW_AGAIN)


def people_of(visit_ids: Collection[int]) -> list[list[PersonVisit]]:
    """Return the people whose visits these are, each with all visits of all their charts."""
    ids = list(visit_ids)
    if not ids:
        return []
    merged = merge_mapping(PatientMerge.patient_id)
    rows = _visits_in(select(Visit.patient_id).where(among(Visit.id, ids)))
    charts = {row[1] for row in rows}
    if others := with_merged(charts, merged) - charts:
        rows += _visits_in(sorted(others))
    return _by_person(rows, merged)


def people_with(charts: Collection[int]) -> list[list[PersonVisit]]:
    """Return the people who have these charts, in order of the chart kept; none of the charts may be left out."""
    return _by_person(_visits_in(sorted(charts)), merge_mapping(PatientMerge.patient_id)) if charts else []


@whole_practice()
def charts_of(visit_ids: Collection[int]) -> set[int]:
    """Return the charts that these visits are in, each with those that are read as one with it."""
    charts = set(db.session.scalars(_charts(database_kind()), {"visit_ids": given(visit_ids)}))
    return with_merged(charts, merge_mapping(PatientMerge.patient_id))


@whole_practice()
def _visits_in(charts: Any) -> list[Any]:
    if isinstance(charts, list):
        return list(db.session.execute(_visits(database_kind()), {"charts": given(charts)}))
    return list(db.session.execute(select(*PERSON_COLUMNS).where(Visit.patient_id.in_(charts))))


# To compose these takes longer than to run them: each is built once for a kind of database.
_NEW_AGAIN = select(Practice.new_again_after_years)


@cache
def _charts(kind: str) -> Any:
    return select(Visit.patient_id).where(among_given(Visit.id, "visit_ids", kind)).distinct()


@cache
def _visits(kind: str) -> Any:
    return select(*PERSON_COLUMNS).where(among_given(Visit.patient_id, "charts", kind))


def _by_person(rows: Iterable[Any], merged: Mapping[int, int]) -> list[list[PersonVisit]]:
    people: dict[int, list[PersonVisit]] = defaultdict(list)
    for row in rows:
        people[merged.get(row[1], row[1])].append(PersonVisit(*row))
    return [people[chart] for chart in sorted(people)]


def lock_people(visit_ids: Collection[int]) -> set[int]:
    """Lock the people whose visits these are until the transaction ends; return their charts, as `charts_of`.

    The chart that stands for a person is locked, so that one transaction at a time counts them, always in one order,
    so that none deadlocks.
    """
    locked: set[int] = set()
    while True:
        charts = charts_of(visit_ids)
        merged = merge_mapping(PatientMerge.patient_id)
        missing = sorted({merged.get(chart, chart) for chart in charts} - locked)
        for start in range(0, len(missing), BATCH):
            lock_charts(missing[start : start + BATCH])
        if not missing or database_kind() != POSTGRESQL:
            return charts
        # While this one waited, two charts may have become one.
        locked.update(missing)


def lock_charts(patient_ids: Collection[int]) -> None:
    """Lock these charts, yet not against new visits and answers that refer to them. The embedded file is locked."""
    if database_kind() == POSTGRESQL:
        locked = select(Patient.id).where(among(Patient.id, sorted(patient_ids))).order_by(Patient.id)
        db.session.execute(locked.with_for_update(key_share=True))


_OWN, _OTHER = aliased(Visit), aliased(Visit)


def has_other_visits(visit_id: ColumnElement[int]) -> ScalarSelect[bool]:
    """SQL: whether the visit's patient has another visit, or a chart that was merged and so may have one."""
    return (
        select(
            or_(
                exists().where(_OTHER.patient_id == _OWN.patient_id, _OTHER.id != _OWN.id),
                exists().where(
                    or_(PatientMerge.patient_id == _OWN.patient_id, PatientMerge.into_id == _OWN.patient_id)
                ),
            )
        )
        .where(_OWN.id == visit_id)
        .scalar_subquery()
    )


def visits_to_ask(visit_ids: Collection[int], new: Mapping[int, NewPatient] | None = None) -> set[int]:
    """Return those of the visits at which a new patient may be asked, replied or not. `new`: as `new_patients_of`."""
    found = new_patients_of(visit_ids) if new is None else new
    return {each for each in visit_ids if each in found and found[each].may_be_asked_at(each)}


@whole_practice()
def visits_of_people(patient_ids: Collection[int]) -> list[int]:
    """Return the visits in these charts and in all that are read as one with them."""
    charts = with_merged(set(patient_ids), merge_mapping(PatientMerge.patient_id))
    return list(db.session.scalars(select(Visit.id).where(among(Visit.patient_id, sorted(charts))).order_by(Visit.id)))


@whole_practice()
def typed_new_again() -> list[int]:
    """Return visits typed new in charts that had a visit kept before: those that `again_after_years` decides on."""
    earlier = aliased(Visit)
    before = select(earlier.id).where(
        earlier.patient_id == Visit.patient_id,
        earlier.visit_date < Visit.visit_date,
        earlier.status.in_(sorted(ELIGIBLE_STATUSES)),
    )
    own = list(db.session.scalars(select(Visit.id).where(Visit.visit_type == VisitType.NEW, before.exists())))
    merged = merge_mapping(PatientMerge.patient_id)
    return sorted({*own, *visits_of_people({*merged, *merged.values()})})
