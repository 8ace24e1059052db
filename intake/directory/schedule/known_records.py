"""Rows of the database for the charts and appointments that a schedule names."""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select

from intake.db import db
from intake.directory.models import KnownApart, Patient, Visit, VisitStatus
from intake.directory.patients.index import chart_words
from intake.directory.schedule.models import ScheduleUpload
from intake.directory.search_models import PatientWord

# Values that fit into one statement on both databases.
BATCH = 500
_PATIENT: Any = Patient.__table__.c
_VISIT: Any = Visit.__table__.c
# A row of one of these two tables.
KnownRow = Row[Any]


def rows_with(query: Any, column: Any, values: Collection[Any]) -> Iterator[Any]:
    """Rows of `query` whose `column` is one of `values`, however many these are."""
    ordered = sorted(values)
    for start in range(0, len(ordered), BATCH):
        yield from db.session.execute(query.where(column.in_(ordered[start : start + BATCH])))


def patients_by_mrn(mrns: Collection[str]) -> dict[str, KnownRow]:
    return {row.mrn: row for row in rows_with(select(*_PATIENT), _PATIENT.mrn, mrns)}


def patients_by_id(ids: Collection[int]) -> dict[int, KnownRow]:
    return {row.id: row for row in rows_with(select(*_PATIENT), _PATIENT.id, ids)}


def patients_but_for_zeros(mrns: Collection[str]) -> list[tuple[str, KnownRow]]:
    """Pairs of one of these chart numbers and a chart that differs from it in leading zeros or marks only."""
    words: dict[str, list[str]] = {}
    for mrn in mrns:
        for word in chart_words(mrn):
            words.setdefault(word, []).append(mrn)
    query: Any = (
        select(PatientWord.word, *_PATIENT).join(Patient, _PATIENT.id == PatientWord.patient_id).order_by(_PATIENT.id)
    )
    return [(mrn, row) for row in rows_with(query, PatientWord.word, words) for mrn in words[row.word]]


def visits_by_appointment(location_id: int, appointment_ids: Collection[str]) -> dict[str, KnownRow]:
    query = select(*_VISIT).where(_VISIT.location_id == location_id)
    return {row.appointment_id: row for row in rows_with(query, _VISIT.appointment_id, appointment_ids)}


def visits_added_by_hand(location_id: int, patient_ids: Collection[int]) -> list[KnownRow]:
    """Visits of these patients that no schedule has named yet, the oldest first."""
    query = select(*_VISIT).where(_VISIT.location_id == location_id, _VISIT.appointment_id.is_(None))
    return list(rows_with(query.order_by(_VISIT.id), _VISIT.patient_id, patient_ids))


def appointments_to_come(location_id: int, days: Collection[date]) -> dict[str, datetime]:
    """Ids of the appointments of these days that are still only scheduled, and when they begin."""
    query = select(_VISIT.appointment_id, _VISIT.scheduled_at).where(
        _VISIT.location_id == location_id,
        _VISIT.status == VisitStatus.SCHEDULED,
        _VISIT.appointment_id.is_not(None),
    )
    return {row.appointment_id: row.scheduled_at for row in rows_with(query, _VISIT.visit_date, days)}


def brought_in_at(location_id: int, digest: str) -> datetime | None:
    """When a file of this content was brought in last and not taken back; None for one that never was."""
    query = select(ScheduleUpload.applied_at).where(
        ScheduleUpload.location_id == location_id,
        ScheduleUpload.digest == digest,
        ScheduleUpload.applied_at.is_not(None),
        ScheduleUpload.undone_at.is_(None),
    )
    return db.session.scalar(query.order_by(ScheduleUpload.applied_at.desc()).limit(1))


def elsewhere(location_id: int, appointment_ids: Collection[str]) -> dict[str, tuple[int, set[int]]]:
    """Appointments with one of these ids at other locations: one such location, and whose they are there."""
    query = select(_VISIT.appointment_id, _VISIT.location_id, _VISIT.patient_id).where(
        _VISIT.location_id != location_id
    )
    found: dict[str, tuple[int, set[int]]] = {}
    for row in rows_with(query, _VISIT.appointment_id, appointment_ids):
        found.setdefault(row.appointment_id, (row.location_id, set()))[1].add(row.patient_id)
    return found


def locations_of_providers(since: date) -> dict[str, set[int]]:
    """Locations at which each provider has had visits since that day."""
    query = select(_VISIT.provider, _VISIT.location_id).where(_VISIT.visit_date >= since, _VISIT.provider != "")
    found: dict[str, set[int]] = {}
    for row in db.session.execute(query.distinct()):
        found.setdefault(row.provider, set()).add(row.location_id)
    return found


def known_apart(pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these pairs of charts (lower id first) somebody said aren't one."""
    query = select(KnownApart.lower_id, KnownApart.higher_id).where(
        KnownApart.kind == "patients", KnownApart.undone_at.is_(None)
    )
    lower = {pair[0] for pair in pairs}
    return {(row.lower_id, row.higher_id) for row in rows_with(query, KnownApart.lower_id, lower)} & set(pairs)
