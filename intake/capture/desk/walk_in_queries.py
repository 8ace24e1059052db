"""Charts and visits that a walk-in may have already."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import exists, false, or_, select

from intake import clock
from intake.db import db
from intake.directory.models import DID_NOT_COME, Location, Patient, Visit
from intake.directory.name_keys import normal
from intake.directory.patients.provisional import BEGINNING

MOST_PROVIDERS = 60
JUST_ADDED_HOURS = 12


def charts_of_person(last_name: str, first_name: str, born: date | None, *, within: Collection[int]) -> list[Patient]:
    """Charts of patients seen at these locations with this birth date and name.

    A walk-in of today without a chart number is one by name alone: whoever goes back and corrects the birth date means
    the person just added.
    """
    today = exists().where(
        Visit.patient_id == Patient.id,
        Visit.location_id.in_(within),
        Visit.appointment_id.is_(None),
        Visit.created_at > clock.now() - timedelta(hours=JUST_ADDED_HOURS),
    )
    query = (
        select(Patient)
        .where(
            or_(
                (Patient.birth_date == born) if born else false(),
                Patient.mrn.startswith(BEGINNING, autoescape=True) & today,
            ),
            exists().where(Visit.patient_id == Patient.id, Visit.location_id.in_(within)),
        )
        .order_by(Patient.last_name, Patient.first_name, Patient.id)
    )
    wanted = {*normal(last_name).split(), *normal(first_name).split()}
    return [
        patient
        for patient in db.session.scalars(query)
        if len(wanted & {*normal(patient.last_name).split(), *normal(patient.first_name).split()}) >= 2
    ]


def lock_patient(patient_id: int) -> None:
    """Lock the patient, so that a second walk-in at the same moment waits and finds the first one's visit."""
    db.session.execute(select(Patient.id).where(Patient.id == patient_id).with_for_update())


def visits_today(patient_id: int, location: Location) -> list[Visit]:
    """The patient's visits of today at this location that are not cancelled."""
    query = (
        select(Visit)
        .where(
            Visit.patient_id == patient_id,
            Visit.location_id == location.id,
            Visit.visit_date == clock.clinic_today(location.time_zone),
            Visit.status.not_in(DID_NOT_COME),
        )
        .order_by(Visit.scheduled_at.desc(), Visit.id.desc())
    )
    return list(db.session.scalars(query))


def providers_of_day(location_id: int, day: date) -> list[str]:
    """Providers on that day's schedule, by name."""
    query = (
        select(Visit.provider)
        .where(Visit.location_id == location_id, Visit.visit_date == day, Visit.provider != "")
        .distinct()
        .order_by(Visit.provider)
        .limit(MOST_PROVIDERS)
    )
    return list(db.session.scalars(query))
