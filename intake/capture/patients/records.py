"""The record of a patient: their visits and answers, and whom they sent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import aliased

from intake.capture.answer_form.readable_answers import (
    ChartedPhysician,
    ReadableAnswer,
    charted_physicians,
    current_answers,
    in_conflict,
    patient_name,
)
from intake.db import db
from intake.directory.merging.merge import Kind, read_as_one
from intake.directory.models import Location, Patient, Visit
from intake.directory.patients import queries as directory
from intake.directory.patients.records import patient_mapping
from intake.survey.answers.effective_answer import link_holds
from intake.survey.models import PatientReferral
from intake.survey.review.duplicates import counts_as
from intake.web.wall.location_wall import whole_practice


@dataclass(frozen=True)
class PastVisit:
    """A visit with its current answer."""

    visit: Visit
    answer: ReadableAnswer | None
    charted: tuple[ChartedPhysician, ...]

    @property
    def conflicts(self) -> bool:
        return in_conflict(self.answer, self.charted)


@dataclass(frozen=True)
class SentPerson:
    """Somebody who came because of this patient."""

    visit_id: int
    name: str
    visit_date: date
    location: str


@dataclass(frozen=True)
class PatientRecord:
    patient: Patient
    visits: tuple[PastVisit, ...]
    sent: tuple[SentPerson, ...]
    # How many came because of them to locations outside the reader's; their names stay there.
    sent_elsewhere: int
    # Where and through which source they count as a new patient.
    counts_as: str
    # Further charts that are read as this one, as far as their patient was seen at these locations.
    other_charts: tuple[Patient, ...] = ()


def patient_record(patient_id: int, *, within: Collection[int], language: str) -> PatientRecord:
    """Return a patient's record. Raises NoSuchPatient (a 404) for one who was never at these locations."""
    patient = directory.patient(patient_id, within=within)
    charts = read_as_one(Kind.PATIENTS, patient_id)
    visits = directory.visits_of_charts(charts, within=within)
    visit_ids = [visit.id for visit in visits]
    answers = current_answers(visit_ids, language=language)
    charted = charted_physicians(visit_ids)
    sent = _sent_by(charts)
    here = [person for location_id, person in sent if location_id in within]
    others = select(Patient).where(Patient.id.in_({visit.patient_id for visit in visits} - {patient.id}))
    return PatientRecord(
        patient=patient,
        other_charts=tuple(db.session.scalars(others.order_by(Patient.id))),
        visits=tuple(PastVisit(each, answers.get(each.id), charted.get(each.id, ())) for each in visits),
        sent=tuple(here),
        sent_elsewhere=len(sent) - len(here),
        counts_as=counts_as(charts, language=language),
    )


def merged_chart(patient_id: int, *, within: Collection[int]) -> int:
    """Return the chart that this one was merged into, if that has a visit at one of these locations; else itself."""
    kept = patient_mapping([patient_id]).get(patient_id, patient_id)
    try:
        return directory.patient(kept, within=within).id
    except directory.NoSuchPatient:
        return patient_id


@whole_practice()
def _sent_by(charts: Collection[int]) -> list[tuple[int, SentPerson]]:
    """Location id and person, the latest visit first; links that no longer hold don't count."""
    came = aliased(Patient)
    query = (
        select(Visit, Location.name, came)
        .select_from(PatientReferral)
        .join(Visit, Visit.id == PatientReferral.visit_id)
        .join(Location, Location.id == Visit.location_id)
        .join(came, came.id == Visit.patient_id)
        .where(PatientReferral.referring_patient_id.in_(charts), link_holds(PatientReferral))
        .order_by(Visit.visit_date.desc(), Visit.id.desc())
    )
    found: dict[int, tuple[int, SentPerson]] = {}
    for visit, location, patient in db.session.execute(query):
        person = SentPerson(visit.id, patient_name(patient), visit.visit_date, location)
        found.setdefault(visit.id, (visit.location_id, person))
    return list(found.values())
