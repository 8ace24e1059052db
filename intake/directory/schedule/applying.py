"""Imports of schedules: all of the plan or nothing, in one transaction that the caller commits."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import AuditEntry
from intake.db import db
from intake.directory.merging import merge as merging
from intake.directory.merging.merge import Kind
from intake.directory.models import Location, Patient, Visit
from intake.directory.patients.index import IndexedPatient, index_patients
from intake.directory.patients.new_patients import charts_of, visits_of_people
from intake.directory.patients.visits import announce, consents_imported
from intake.directory.schedule.file.reader import ScheduleFile
from intake.directory.schedule.file.sheet.sheets import NO_ANSWERS
from intake.directory.schedule.kept_reading import tagged
from intake.directory.schedule.known_records import rows_with
from intake.directory.schedule.plan import FieldChange, Plan, PlannedAction, PlannedVisit
from intake.directory.schedule.planning import plan_import
from intake.directory.schedule.referrers import add_physicians
from intake.directory.schedule.uploads import ImportDone
from intake.web.wall.location_wall import whole_practice

# Any number that no other advisory lock of ours begins with.
IMPORT_LOCK = 4_602


@whole_practice()
def import_schedule(
    schedule: ScheduleFile,
    location: Location,
    *,
    answers: Mapping[str, str] = NO_ANSWERS,
    skip_wrong: bool = False,
    dry_run: bool = False,
) -> tuple[Plan, ImportDone | None]:
    """Plan and write; the plan says what was done, or what keeps it from being done, and then nothing is. Flushes.

    Imports into one location take turns, so that two of the same file add nothing twice.
    """
    if db.session.connection().dialect.name == "postgresql":
        # The embedded database has one writer at a time anyway.
        db.session.execute(select(func.pg_advisory_xact_lock(IMPORT_LOCK, location.id)))
    plan = plan_import(schedule, location, clock.now(), answers)
    if dry_run or not plan.may_be_applied(skip_wrong=skip_wrong):
        return plan, None
    return plan, _write(plan, location)


def _write(plan: Plan, location: Location) -> ImportDone:
    patient_ids = _write_patients(plan)
    added = [visit for visit in plan.visits if visit.action is PlannedAction.ADD]
    changed = [visit for visit in plan.visits if visit.action is PlannedAction.CHANGE]
    physicians = add_physicians(new for visit in (*added, *changed) if (new := visit.referrer.adds))
    moved = [visit.visit_id for visit in changed if visit.visit_id is not None and "patient_id" in visit.values]
    left = charts_of(moved)
    ids = _insert_visits(added, patient_ids, physicians)
    _update_visits(changed, patient_ids, physicians)
    ids |= {visit.row.row: visit.visit_id for visit in changed if visit.visit_id is not None}
    documented: dict[int, int | None] = {}
    for visit in (*added, *changed):
        values = _values(visit, physicians)
        if "documented_physician_id" in values and (visit.visit_id or values["documented_physician_id"]):
            documented[ids[visit.row.row]] = values["documented_physician_id"]
    for action, visits in (("visit.added", added), ("visit.changed", changed)):
        _audit(action, "visit", [ids[visit.row.row] for visit in visits], location.id)
    if added or changed or plan.merges:
        audit_trail.record("schedule.imported", subject_kind="location", subject_id=location.id, **plan.counts)
    merges = _merge_charts(plan, patient_ids)
    # Whose visit became somebody else's may count at another one now.
    announce([*ids.values(), *visits_of_people(left)], documented=documented)
    agreed = {patient_ids[mrn]: agrees for mrn, agrees in plan.agrees.items() if mrn in patient_ids}
    if agreed:
        consents_imported.send(None, agreed=agreed)
    days = [visit.values.get("visit_date") or _day_of(visit, location) for visit in plan.visits]
    undo = {
        "visits_added": [[ids[visit.row.row], str(visit.values["status"])] for visit in added],
        "visits_changed": [
            [visit.visit_id, _changes(visit.differences, _written(visit, patient_ids, physicians))] for visit in changed
        ],
        "patients_added": [patient_ids[each.mrn] for each in plan.patients.values() if each.patient_id is None],
        "patients_changed": [
            [each.patient_id, _changes(each.differences, each.values)]
            for each in plan.patients.values()
            if each.patient_id is not None and each.differences
        ],
        "merges": merges,
        # What the file holds as it stood: an earlier import that is taken back leaves it to this one.
        "visits_held": [visit.visit_id for visit in plan.visits if visit.action is PlannedAction.KEEP],
        "patients_held": [
            each.patient_id for each in plan.patients.values() if each.patient_id is not None and not each.differences
        ],
    }
    return ImportDone(plan.counts, (min(days, default=None), max(days, default=None)), undo, plan.digest)


def _day_of(visit: PlannedVisit, location: Location) -> date:
    return clock.clinic_day(visit.row.scheduled_at, location.time_zone)


def _changes(differences: tuple[FieldChange, ...], values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What stood there before and what stands there now, by column."""
    return {each.name: [tagged(each.before), tagged(values.get(each.name, each.after))] for each in differences}


def _merge_charts(plan: Plan, patient_ids: Mapping[str, int]) -> list[int]:
    """Read charts that the practice's system has merged as one here too; return the ids of the merges."""
    made = []
    for each in plan.merges:
        with suppress(merging.CannotMerge):
            made.append(merging.merge(Kind.PATIENTS, each.gone_id, patient_ids[each.into_mrn], staff_id=None).id)
    return made


def _write_patients(plan: Plan) -> dict[str, int]:
    """Add, change and index patients; return their ids by the file's chart number."""
    now = clock.now()
    new = [patient for patient in plan.patients.values() if patient.patient_id is None]
    changed = [patient for patient in plan.patients.values() if patient.patient_id is not None and patient.values]
    ids = {mrn: patient.patient_id for mrn, patient in plan.patients.items() if patient.patient_id is not None}
    connection = db.session.connection()
    if new:
        # Always in one order, so that imports into two locations wait for each other and never in a circle.
        rows = [{"mrn": each.mrn, "created_at": now, **each.values} for each in sorted(new, key=lambda each: each.mrn)]
        added = connection.execute(insert(Patient).returning(Patient.id, Patient.mrn), rows)
        ids |= {row.mrn: row.id for row in added}
    for patient in sorted(changed, key=lambda each: each.patient_id or 0):
        connection.execute(update(Patient).where(Patient.id == patient.patient_id).values(**patient.values))
    _audit("patient.added", "patient", [ids[each.mrn] for each in new], None)
    _audit("patient.changed", "patient", [ids[each.mrn] for each in changed], None)
    touched = [ids[each.mrn] for each in (*new, *changed)]
    columns = (Patient.id, Patient.mrn, Patient.first_name, Patient.last_name, Patient.birth_date)
    index_patients(connection, [IndexedPatient(*row) for row in rows_with(select(*columns), columns[0], touched)])
    return ids


def _insert_visits(
    visits: list[PlannedVisit], patient_ids: dict[str, int], physicians: dict[str, int]
) -> dict[int, int]:
    """Add visits; return their ids by row of the file."""
    if not visits:
        return {}
    now = clock.now()
    empty = {"provider": "", "language": None, "documented_physician_id": None, "documented_name": ""}
    rows: list[dict[str, Any]] = [
        {**empty, "patient_id": patient_ids[visit.row.mrn], "created_at": now, **_values(visit, physicians)}
        for visit in visits
    ]
    result = db.session.connection().execute(insert(Visit).returning(Visit.id, Visit.appointment_id), rows)
    by_appointment = {row.appointment_id: row.id for row in result}
    return {visit.row.row: by_appointment[visit.row.appointment_id] for visit in visits}


def _update_visits(visits: list[PlannedVisit], patient_ids: dict[str, int], physicians: dict[str, int]) -> None:
    """Change visits, with one statement for each set of columns."""
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for visit in visits:
        if values := _written(visit, patient_ids, physicians):
            by_columns.setdefault(tuple(sorted(values)), []).append({"this_visit": visit.visit_id, **values})
    for rows in by_columns.values():
        statement = update(Visit).where(Visit.id == bindparam("this_visit"))
        db.session.connection().execute(statement, sorted(rows, key=lambda row: row["this_visit"]))


def _values(visit: PlannedVisit, physicians: dict[str, int]) -> dict[str, Any]:
    new = visit.referrer.adds
    return {**visit.values, "documented_physician_id": physicians[new.npi]} if new else dict(visit.values)


def _written(visit: PlannedVisit, patient_ids: Mapping[str, int], physicians: dict[str, int]) -> dict[str, Any]:
    """Columns of a changed visit; one that changes hands gets the id of its new patient only while writing."""
    values = _values(visit, physicians)
    return values | {"patient_id": patient_ids[visit.row.mrn]} if "patient_id" in values else values


def _audit(action: str, kind: str, ids: list[int], location_id: int | None) -> None:
    if ids:
        entries = [
            audit_trail.entry_values(
                action, subject_kind=kind, subject_id=id_, location_id=location_id, origin="schedule"
            )
            for id_ in ids
        ]
        db.session.execute(insert(AuditEntry), entries)
