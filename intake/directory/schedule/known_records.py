"""What the database already knows of the charts and appointments that a schedule names."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from intake.db import db
from intake.directory.models import Patient, PatientWord, Visit, VisitStatus
from intake.directory.patients.index import chart_words

BATCH = 500
_PATIENT = (
    Patient.id,
    Patient.mrn,
    Patient.first_name,
    Patient.last_name,
    Patient.birth_date,
    Patient.mobile_e164,
    Patient.language,
)
_VISIT = (
    Visit.id,
    Visit.appointment_id,
    Visit.patient_id,
    Visit.scheduled_at,
    Visit.visit_date,
    Visit.arrived_at,
    Visit.visit_type,
    Visit.status,
    Visit.provider,
    Visit.language,
    Visit.documented_physician_id,
    Visit.documented_name,
)
# A row of one of the two selections above.
Known = Row[Any]


def batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """In pieces that fit into one statement on both databases."""
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def patients_by_mrn(mrns: Collection[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for some in batches(sorted(mrns)):
        query = select(*_PATIENT).where(Patient.mrn.in_(some))
        found |= {patient.mrn: patient for patient in db.session.execute(query)}
    return found


def patients_but_for_zeros(mrns: Collection[str]) -> list[tuple[str, Known]]:
    """Pairs of one of these chart numbers and a chart that differs from it in leading zeros or marks only."""
    words: dict[str, list[str]] = {}
    for mrn in mrns:
        for word in chart_words(mrn):
            words.setdefault(word, []).append(mrn)
    found: list[tuple[str, Known]] = []
    for some in batches(sorted(words)):
        query = (
            select(PatientWord.word, *_PATIENT)
            .join(Patient, Patient.id == PatientWord.patient_id)
            .where(PatientWord.word.in_(some))
            .order_by(Patient.id)
        )
        rows: list[Known] = list(db.session.execute(query))
        found += [(mrn, row) for row in rows for mrn in words[row.word]]
    return found


def visits_by_appointment(location_id: int, appointment_ids: Collection[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for some in batches(sorted(appointment_ids)):
        query = select(*_VISIT).where(Visit.location_id == location_id, Visit.appointment_id.in_(some))
        found |= {visit.appointment_id: visit for visit in db.session.execute(query)}
    return found


def visits_added_by_hand(location_id: int, patient_ids: Collection[int]) -> list[Known]:
    """Visits of these patients that no schedule has named yet, the oldest first."""
    found: list[Known] = []
    for some in batches(sorted(patient_ids)):
        query = select(*_VISIT).where(
            Visit.location_id == location_id, Visit.appointment_id.is_(None), Visit.patient_id.in_(some)
        )
        found += db.session.execute(query.order_by(Visit.id))
    return found


def appointments_to_come(location_id: int, days: Collection[date]) -> set[str]:
    """Ids of the appointments of these days that are still only scheduled."""
    found: set[str] = set()
    for some in batches(sorted(days)):
        query = select(Visit.appointment_id).where(
            Visit.location_id == location_id,
            Visit.visit_date.in_(some),
            Visit.status == VisitStatus.SCHEDULED,
            Visit.appointment_id.is_not(None),
        )
        found.update(db.session.scalars(query))
    return found
