"""Imports taken back: what they added goes, what they changed returns, except where life has gone on since.

What a later import holds too stays, and becomes that one's to take back: so whatever the order in which imports are
taken back, the end is where it began.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, select, tuple_, update
from sqlalchemy.orm import undefer

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import Base, db
from intake.directory.kept_files import UploadGone, claim_undo
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
    # Visits that an import after this one holds too: they stay as they are, and go or return with that one.
    held_later: int = 0
    # Of those restored, visits that are the patient's again from whom the import had taken them.
    given_back: int = 0


class _Written:
    """What an import wrote down of itself: what it added and changed, and what it found as its file has it."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        # The status that it wrote there.
        self.visits_added: dict[int, str] = dict(facts["visits_added"])
        # By column: what stood there before, and what it wrote.
        self.visits_changed: dict[int, dict[str, list[Any]]] = dict(facts["visits_changed"])
        self.patients_added: list[int] = facts["patients_added"]
        self.patients_changed: dict[int, dict[str, list[Any]]] = dict(facts["patients_changed"])
        self.merges: list[int] = facts["merges"]
        self.visits = {*self.visits_added, *self.visits_changed, *facts.get("visits_held", ())}
        self.patients = {*self.patients_added, *self.patients_changed, *facts.get("patients_held", ())}

    def facts(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "visits_added": list(self.visits_added.items()),
            "visits_changed": list(self.visits_changed.items()),
            "patients_added": self.patients_added,
            "patients_changed": list(self.patients_changed.items()),
            "merges": self.merges,
            "visits_held": sorted(self.visits - self.visits_added.keys() - self.visits_changed.keys()),
            "patients_held": sorted(self.patients - self.patients_changed.keys() - set(self.patients_added)),
        }

    def leave_to(self, later: "_Written") -> int:
        """Leave to a later import what it holds too; return how many visits these are."""
        mine = {*self.visits_added, *self.visits_changed}
        for id_ in self.visits_changed.keys() & later.visits:
            _put_before(later.visits_changed, id_, self.visits_changed.pop(id_))
        for id_ in self.visits_added.keys() & later.visits:
            status = self.visits_added.pop(id_)
            values = later.visits_changed.get(id_, {})
            # A patient whose it was before goes with this import, and so may not return.
            values.pop("patient_id", None)
            before, after = values.get("status", [status, status])
            later.visits_added[id_] = after if before == status else status
        # Whose visits it holds it holds too, though it may have them under another chart number.
        owners = {row.patient_id for row in rows_with(select(Visit.id, Visit.patient_id), Visit.id, later.visits)}
        patients = later.patients | owners
        for id_ in self.patients_changed.keys() & patients:
            _put_before(later.patients_changed, id_, self.patients_changed.pop(id_))
        later.patients_added += [id_ for id_ in self.patients_added if id_ in patients]
        self.patients_added = [id_ for id_ in self.patients_added if id_ not in patients]
        merges = {id_ for id_ in self.merges if later.says_merged(id_, owners)}
        later.merges += [id_ for id_ in self.merges if id_ in merges]
        self.merges = [id_ for id_ in self.merges if id_ not in merges]
        return len(mine & later.visits)

    def says_merged(self, merge_id: int, owners: Collection[int]) -> bool:
        """Whether the file names a visit of the one chart, among its `owners`, under the number of the other."""
        made = merging.find_merge(Kind.PATIENTS, merge_id)
        return made is not None and made.into_id in self.patients and merging.gone_id_of(Kind.PATIENTS, made) in owners


def _put_before(changes: dict[int, dict[str, list[Any]]], id_: int, earlier: Mapping[str, list[Any]]) -> None:
    """Let a later import's changes begin with what stood before an earlier one, where nothing came between them."""
    later = changes.setdefault(id_, {})
    for name, (before, after) in earlier.items():
        if name not in later:
            later[name] = [before, after]
        elif later[name][0] == after:
            later[name] = [before, later[name][1]]


@whole_practice()
def undo_import(kept: ScheduleUpload, *, secret: str) -> Undone:
    """Take an import back; raises UploadGone when it was taken back before, or is too old. Flushes."""
    if not claim_undo(kept):
        raise UploadGone
    db.session.refresh(kept, ["undo"])
    written, done = _Written(uploads.undo_of(kept, secret=secret)), Undone()
    for upload in _later_imports(kept):
        with suppress(UploadGone):
            later = _Written(uploads.undo_of(upload, secret=secret))
            done.held_later += written.leave_to(later)
            uploads.keep_undo(upload, later.facts(), secret=secret)
    for merge_id in written.merges:
        if (made := merging.find_merge(Kind.PATIENTS, merge_id)) is not None:
            merging.undo(Kind.PATIENTS, made)
    added = written.visits_added
    changes = {visit_id: values for visit_id, values in written.visits_changed.items() if values}
    # Whatever a patient was asked or has answered since stays with its visit.
    held = pointed_at(Visit.__table__, {*added, *changes}, but=derived_from_visits)
    for row in rows_with(select(Visit.id, Visit.status), Visit.id, set(added)):
        if row.status in ELIGIBLE_STATUSES and row.status != added[row.id]:
            # They have come since; somebody at the desk has seen them.
            held.add(row.id)
    done.kept = len(held.intersection(added))
    left = charts_of([visit_id for visit_id, values in changes.items() if "patient_id" in values])
    goes = added.keys() - held
    _restore(Visit.__table__, changes, done, held=held, goes=goes)
    rows = rows_with(select(Visit.id, Visit.documented_physician_id), Visit.id, set(changes))
    documented = {row.id: row.documented_physician_id for row in rows}
    # Whose visit is another's again may count at another one now.
    announce(list(dict.fromkeys([*changes, *visits_of_people(left)])), documented=documented)
    _remove_visits(goes, done)
    _restore(Patient.__table__, written.patients_changed, Undone())
    _remove_patients(written.patients_added)
    columns = (Patient.id, Patient.mrn, Patient.first_name, Patient.last_name, Patient.birth_date)
    index_patients(
        db.session.connection(),
        [IndexedPatient(*row) for row in rows_with(select(*columns), columns[0], written.patients_changed)],
    )
    kept.undone_at, kept.undo = clock.now(), None
    db.session.flush()
    db.session.expire_all()
    facts = {"subject_kind": "schedule_upload", "subject_id": kept.id, "location_id": kept.location_id}
    audit_trail.record("schedule.undone", **facts, removed=done.removed, restored=done.restored, kept=done.kept)
    return done


def _later_imports(kept: ScheduleUpload) -> list[ScheduleUpload]:
    """Imports after this one that stand, of any location, the earliest first; nobody else takes them back meanwhile."""
    order = (ScheduleUpload.applied_at, ScheduleUpload.id)
    query = (
        select(ScheduleUpload)
        .where(tuple_(*order) > (kept.applied_at, kept.id), ScheduleUpload.undone_at.is_(None))
        .where(ScheduleUpload.undo.is_not(None))
        .order_by(*order)
        .options(undefer(ScheduleUpload.undo))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def undone_in_words(done: Undone) -> list[str]:
    """Sentences about what was taken back, and about what stays and why."""

    def visits(count: int) -> str:
        return "1 visit" if count == 1 else f"{count:,} visits"

    said = [f"{visits(done.removed)} removed, {done.restored:,} as before."]
    if done.held_later:
        stay, them = ("stays", "it") if done.held_later == 1 else ("stay", "them")
        said.append(f"{visits(done.held_later)} {stay}, since a later file holds {them} too.")
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
    table: Any,
    changes: Mapping[int, Mapping[str, list[Any]]],
    done: Undone,
    held: Collection[int] = (),
    goes: Collection[int] = (),
) -> None:
    """Write back what stood there before, column by column, where nothing else has been written since.

    Who has been asked, in `held`, has come, whatever stood there before. What `goes` is counted as removed.
    """
    for row in list(rows_with(select(*table.c), table.c.id, set(changes))):
        before = {
            name: untagged(was)
            for name, (was, became) in changes[row.id].items()
            if getattr(row, name) == untagged(became) and not (row.id in held and name in _THAT_THEY_CAME)
        }
        if row.id not in goes:
            done.changed_since += len(before) < len(changes[row.id])
            done.restored += bool(before)
            done.given_back += "patient_id" in before
        if before:
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
