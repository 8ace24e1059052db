"""Reads of patients, visits and locations. A record outside `within` reads exactly like a missing one."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from intake.db import db
from intake.directory.models import Location, Patient, Practice, Visit

WEEKS_LOOKED_BACK = 8


class NoSuchVisit(NotFound):
    """There is no such visit at these locations."""


class NoSuchPatient(NotFound):
    """There is no such patient with a visit at these locations."""


class NoSuchLocation(NotFound):
    """There is no such location among these."""


def visit(visit_id: int, *, within: Collection[int]) -> Visit:
    """The visit with its patient and location; raises NoSuchVisit (a 404)."""
    query = (
        select(Visit)
        .where(Visit.id == visit_id, Visit.location_id.in_(within))
        .options(joinedload(Visit.patient), joinedload(Visit.location))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NoSuchVisit
    return found


def visits_of_charts(patient_ids: Collection[int], *, within: Collection[int]) -> list[Visit]:
    """The visits of these charts at these locations, the latest first."""
    query = (
        select(Visit)
        .where(Visit.patient_id.in_(patient_ids), Visit.location_id.in_(within))
        .options(joinedload(Visit.location))
        .order_by(Visit.scheduled_at.desc(), Visit.id.desc())
    )
    return list(db.session.scalars(query))


def patient(patient_id: int, *, within: Collection[int]) -> Patient:
    """The patient, if they have a visit at one of these locations; raises NoSuchPatient (a 404)."""
    has_visit = exists().where(Visit.patient_id == Patient.id, Visit.location_id.in_(within))
    found = db.session.scalars(select(Patient).where(Patient.id == patient_id, has_visit)).one_or_none()
    if found is None:
        raise NoSuchPatient
    return found


def find_patient_by_mrn(mrn: str) -> Patient | None:
    """The patient with this chart number, wherever they were seen: charts belong to the practice."""
    return db.session.scalars(select(Patient).where(Patient.mrn == mrn)).one_or_none()


def practice() -> Practice:
    """The one practice; it exists on every page but the set-up page."""
    return db.session.get_one(Practice, 1)


def find_practice() -> Practice | None:
    """The one practice; None before it was set up."""
    return db.session.get(Practice, 1)


def location(location_id: int, *, within: Collection[int]) -> Location:
    """The location, if it is one of these; raises NoSuchLocation (a 404)."""
    found = db.session.get(Location, location_id) if location_id in within else None
    if found is None:
        raise NoSuchLocation
    return found


def find_location_by_code(code: str) -> Location | None:
    """The location with this code, in upper or lower case."""
    wanted = code.strip().casefold()
    return next((each for each in db.session.scalars(select(Location)) if each.code.casefold() == wanted), None)


def location_codes() -> list[str]:
    """Codes of the active locations, in order."""
    return list(db.session.scalars(select(Location.code).where(Location.active).order_by(Location.code)))


def location_ids() -> list[int]:
    """Ids of all locations."""
    return list(db.session.scalars(select(Location.id).order_by(Location.id)))


def locations(*, within: Collection[int]) -> list[Location]:
    """These locations by name, active ones only."""
    query = select(Location).where(Location.id.in_(within), Location.active).order_by(Location.name, Location.id)
    return list(db.session.scalars(query))


def seems_closed_on(day: date, *, today: date, within: Collection[int]) -> bool:
    """Whether nobody was seen on that weekday at these locations lately, though people were on others."""
    ends = today - timedelta(days=(today - day).days % 7 or 7)
    same = [ends - timedelta(weeks=back) for back in range(WEEKS_LOOKED_BACK)]
    at = exists().where(Visit.location_id.in_(within))
    on_such, on_any = at.where(Visit.visit_date.in_(same)), at.where(Visit.visit_date.between(same[-1], today))
    return not db.session.scalar(select(on_such)) and bool(db.session.scalar(select(on_any)))


def closed_remark(day: date | None, *, today: date, within: Collection[int]) -> str:
    """A sentence for a day on which the office seems closed; else empty."""
    if day is None or not seems_closed_on(day, today=today, within=within):
        return ""
    return f" {day:%A}s have had no visits lately: the office may be closed on that day."
