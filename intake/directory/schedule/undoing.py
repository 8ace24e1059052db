"""Imports taken back: what they added goes, what they changed returns, except where life has gone on since."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import Base, db
from intake.directory.merging import merge as merging
from intake.directory.merging.merge import Kind
from intake.directory.models import DID_NOT_COME, ELIGIBLE_STATUSES, Patient, PatientMerge, Visit, VisitStatus
from intake.directory.patients.index import IndexedPatient, index_patients
from intake.directory.patients.new_patients import charts_of, visits_of_people
from intake.directory.patients.visits import announce, derived_from_visits, visits_withdrawn
from intake.directory.schedule import uploads
from intake.directory.schedule.kept_reading import untagged
from intake.directory.schedule.known_records import BATCH, rows_with
from intake.directory.schedule.models import ScheduleUpload
from intake.directory.search_models import PatientWord
from intake.web.wall.location_wall import whole_practice

_THAT_THEY_CAME = frozenset({"status", "arrived_at", "visit_type", "patient_id"})


@dataclass
class Undone:
    """What taking an import back did, and what it left for good reasons."""

    removed: int = 0
    restored: int = 0
    # Visits whose patients came, were asked, answered or were texted since: they stay as they are.
    kept: int = 0
    # Visits that the books name already: they stay as cancelled.
    cancelled: int = 0
    # Visits and charts that were changed again since: what changed later stays.
    changed_since: int = 0
    # Of those restored, visits that are the patient's again from whom the import had taken them.
    given_back: int = 0


@whole_practice()
def undo_import(kept: ScheduleUpload, *, secret: str) -> Undone:
    """Take an import back; raises UploadGone when it was taken back before, or is too old. Flushes."""
    facts = uploads.undo_of(kept, secret=secret)
    done = Undone()
    for merge_id in facts["merges"]:
        if (made := merging.find_merge(Kind.PATIENTS, merge_id)) is not None:
            merging.undo(Kind.PATIENTS, made)
    added: dict[int, str] = dict(facts["visits_added"])
    changes = {visit_id: values for visit_id, values in facts["visits_changed"] if values}
    # Whatever a patient was asked or has answered since stays with its visit.
    held = pointed_at(Visit.__table__, {*added, *changes}, but=derived_from_visits)
    for row in rows_with(select(Visit.id, Visit.status), Visit.id, set(added)):
        if row.status in ELIGIBLE_STATUSES and row.status != added[row.id]:
            # They have come since; somebody at the desk has seen them.
            held.add(row.id)
    done.kept = len(held.intersection(added))
    left = charts_of([visit_id for visit_id, values in changes.items() if "patient_id" in values])
    _restore(Visit.__table__, changes, done, held=held)
    rows = rows_with(select(Visit.id, Visit.documented_physician_id), Visit.id, set(changes))
    documented = {row.id: row.documented_physician_id for row in rows}
    # Whose visit is another's again may count at another one now.
    announce(list(dict.fromkeys([*changes, *visits_of_people(left)])), documented=documented)
    _remove_visits(set(added) - held, done)
    patients = dict(facts["patients_changed"])
    _restore(Patient.__table__, patients, Undone())
    _remove_patients(facts["patients_added"])
    columns = (Patient.id, Patient.mrn, Patient.first_name, Patient.last_name, Patient.birth_date)
    index_patients(
        db.session.connection(), [IndexedPatient(*row) for row in rows_with(select(*columns), columns[0], patients)]
    )
    kept.undone_at, kept.undo = clock.now(), None
    db.session.flush()
    db.session.expire_all()
    facts = {"subject_kind": "schedule_upload", "subject_id": kept.id, "location_id": kept.location_id}
    audit_trail.record("schedule.undone", **facts, removed=done.removed, restored=done.restored, kept=done.kept)
    return done


def undone_in_words(done: Undone) -> list[str]:
    """Sentences about what was taken back, and about what stays and why."""

    def visits(count: int) -> str:
        return "1 visit" if count == 1 else f"{count:,} visits"

    said = [f"{visits(done.removed)} removed, {done.restored:,} as before."]
    if done.given_back:
        said.append(f"Of these, {visits(done.given_back)} with the patient whose it was before, on the day again.")
    if done.kept:
        said.append(f"{visits(done.kept)}, where somebody has come or was asked since, stay with their answers.")
    if done.cancelled:
        said.append(f"{visits(done.cancelled)} had been counted and stay as cancelled, so that totals add up.")
    if done.changed_since:
        said.append(f"What was changed later at {visits(done.changed_since)} stays.")
    return said


def _restore(
    table: Any, changes: Mapping[int, Mapping[str, list[Any]]], done: Undone, held: Collection[int] = ()
) -> None:
    """Write back what stood there before, column by column, where nothing else has been written since.

    Who has been asked, in `held`, has come, whatever stood there before.
    """
    for row in list(rows_with(select(*table.c), table.c.id, set(changes))):
        before = {
            name: untagged(was)
            for name, (was, became) in changes[row.id].items()
            if getattr(row, name) == untagged(became) and not (row.id in held and name in _THAT_THEY_CAME)
        }
        if len(before) < len(changes[row.id]):
            done.changed_since += 1
        if before:
            done.restored += 1
            done.given_back += "patient_id" in before
            db.session.execute(update(table).where(table.c.id == row.id).values(**before))


def _remove_visits(visit_ids: Collection[int], done: Undone) -> None:
    """Delete visits that nothing names any more; those that the ledger names are cancelled instead."""
    there = {row.id: row.status for row in rows_with(select(Visit.id, Visit.status), Visit.id, set(visit_ids))}
    # First whatever was counted is taken back and what the chart documents is let go.
    ids = sorted(there)
    for batch in _batches(ids):
        db.session.execute(
            update(Visit)
            .where(Visit.id.in_(batch), Visit.status.not_in(DID_NOT_COME))
            .values(status=VisitStatus.CANCELLED, arrived_at=None)
        )
    announce(ids, documented=dict.fromkeys(ids))
    visits_withdrawn.send(None, visit_ids=tuple(ids))
    named = pointed_at(Visit.__table__, ids)
    done.cancelled = len(named)
    free = [id_ for id_ in ids if id_ not in named]
    for batch in _batches(free):
        db.session.execute(delete(Visit).where(Visit.id.in_(batch)))
    done.removed = len(free)


def _remove_patients(patient_ids: Collection[int]) -> None:
    """Delete charts that nothing names any more but their own search words and merges that were undone."""
    own: tuple[Any, ...] = (PatientWord.__table__, PatientMerge.__table__)
    standing = select(PatientMerge.patient_id, PatientMerge.into_id)
    merged = {id_ for row in db.session.execute(standing.where(PatientMerge.undone_at.is_(None))) for id_ in row}
    named = pointed_at(Patient.__table__, patient_ids, but=own) | merged
    for batch in _batches([id_ for id_ in patient_ids if id_ not in named]):
        db.session.execute(delete(PatientWord).where(PatientWord.patient_id.in_(batch)))
        for column in (PatientMerge.patient_id, PatientMerge.into_id):
            db.session.execute(delete(PatientMerge).where(column.in_(batch)))
        db.session.execute(delete(Patient).where(Patient.id.in_(batch)))


def pointed_at(table: Any, ids: Collection[int], but: Collection[Table] = ()) -> set[int]:
    """Which of these rows a foreign key of any table points to."""
    named: set[int] = set()
    for other in Base.metadata.tables.values():
        for key in other.foreign_keys:
            if key.column.table is table and other not in but:
                query = select(key.parent).where(key.parent.is_not(None)).distinct()
                named |= {row[0] for row in rows_with(query, key.parent, set(ids))}
    return named


def _batches(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]
