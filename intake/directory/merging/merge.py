"""Merges of two records of one physician, practice, patient or source: making them, undoing them, keeping two apart.

No row is ever rewritten: a merge is a step that readers follow, so undoing it leaves exactly what there was. Merged
patients are announced as changed visits, since a new patient counts once.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.merge_mapping import follow_chains, merge_mapping, with_merged
from intake.directory.models import (
    KnownApart,
    PatientMerge,
    PhysicianMerge,
    ReferralSource,
    ReferringPracticeMerge,
    SourceMerge,
)
from intake.directory.patients.new_patients import lock_charts, visits_of_people
from intake.directory.patients.visits import announce
from intake.directory.physicians import records
from intake.directory.sources import changes
from intake.directory.sources.changes import ImpossibleChange
from intake.once_a_look import once_a_look
from intake.web.wall.location_wall import whole_practice

Pair = tuple[int, int]


class Kind(StrEnum):
    """Kinds of records that can be merged."""

    PHYSICIANS = "physicians"
    PRACTICES = "practices"
    PATIENTS = "patients"
    SOURCES = "sources"


class CannotMerge(Exception):
    """The two can't be read as one; the message says why, for the person who asked."""


@dataclass(frozen=True)
class _MergeTable:
    """The merges of one kind: the column of the merged record, and how the audit trail calls it."""

    merged_id: InstrumentedAttribute[int]
    subject: str

    @property
    def model(self) -> Any:
        return self.merged_id.class_


_TABLES = {
    Kind.PHYSICIANS: _MergeTable(PhysicianMerge.physician_id, "physician"),
    Kind.PRACTICES: _MergeTable(ReferringPracticeMerge.practice_id, "referring_practice"),
    Kind.PATIENTS: _MergeTable(PatientMerge.patient_id, "patient"),
    Kind.SOURCES: _MergeTable(SourceMerge.source_id, "source"),
}


@dataclass(frozen=True)
class Merged:
    """An active merge: the record `gone_id` is read as `into_id`."""

    id: int
    gone_id: int
    into_id: int


def mapping(kind: Kind) -> dict[int, int]:
    """Id of each merged record → id of the one it is read as, chains followed to their end."""
    return merge_mapping(_TABLES[kind].merged_id)


def mappings() -> dict[Kind, dict[int, int]]:
    """As `mapping`, of every kind at once."""
    return once_a_look("mappings", None, _mappings)


def _mappings() -> dict[Kind, dict[int, int]]:
    steps: dict[Kind, dict[int, int]] = {kind: {} for kind in Kind}
    for kind, gone_id, into_id, _ in db.session.execute(_all_active_merges()):
        steps[Kind(kind)][gone_id] = into_id
    return {kind: follow_chains(merges) for kind, merges in steps.items()}


@cache
def _all_active_merges() -> Select[Any]:
    """Build the query once: every report runs it, and building it takes ten times as long as running it."""
    each = [
        select(
            literal(str(kind)).label("kind"), table.merged_id.label("gone_id"), table.model.into_id, table.model.id
        ).where(table.model.undone_at.is_(None))
        for kind, table in _TABLES.items()
    ]
    every = union_all(*each).subquery()
    return select(every).order_by(every.c.id)


def active_merges(kind: Kind) -> list[Merged]:
    """Merges that weren't undone, oldest first."""
    table = _TABLES[kind]
    query = select(table.model.id, table.merged_id, table.model.into_id).where(table.model.undone_at.is_(None))
    return [Merged(*row) for row in db.session.execute(query.order_by(table.model.id))]


def find_merge(kind: Kind, merge_id: int) -> Any:
    """The merge, active or undone; None when there is none of this number."""
    return db.session.get(_TABLES[kind].model, merge_id) if 0 < merge_id < 2**62 else None


def gone_id_of(kind: Kind, merge: Any) -> int:
    """Id of the record that the merge reads as another."""
    return int(getattr(merge, _TABLES[kind].merged_id.key))


@whole_practice()
def merge(kind: Kind, gone_id: int, into_id: int, *, staff_id: int | None) -> Any:
    """Read `gone_id` as `into_id`, in reports of any period. Raises CannotMerge. Flushes."""
    refuse(kind, gone_id, into_id)
    if kind == Kind.PHYSICIANS:
        return records.merge_physicians(gone_id, into_id, staff_id=staff_id)
    if kind == Kind.SOURCES:
        gone, into = db.session.get_one(ReferralSource, gone_id), db.session.get_one(ReferralSource, into_id)
        return changes.merge_source(gone, into, staff_id=staff_id)
    if kind == Kind.PATIENTS:
        lock_charts([gone_id, into_id])
    table = _TABLES[kind]
    facts = {table.merged_id.key: gone_id, "into_id": into_id, "merged_at": clock.now(), "merged_by_id": staff_id}
    made = table.model(**facts)
    db.session.add(made)
    db.session.flush()
    audit_trail.record(f"{table.subject}.merged", subject_kind=table.subject, subject_id=gone_id, into_id=into_id)
    if kind == Kind.PATIENTS:
        # Two charts of a new patient count once.
        announce(visits_of_people([gone_id, into_id]))
    return made


def refuse(kind: Kind, gone_id: int, into_id: int) -> None:
    """Raise CannotMerge, with the reason, when these two can't be merged this way round."""
    merged = mapping(kind)
    if merged.get(gone_id, gone_id) == merged.get(into_id, into_id):
        raise CannotMerge("These two are one record already.")
    if gone_id in merged:
        raise CannotMerge("This one is merged into another already. Take that back first.")
    if kind == Kind.SOURCES:
        gone, into = db.session.get_one(ReferralSource, gone_id), db.session.get_one(ReferralSource, into_id)
        try:
            changes.refuse_merge(gone, into)
        except ImpossibleChange as error:
            raise CannotMerge(str(error)) from None


@whole_practice()
def undo(kind: Kind, merge: Any) -> None:
    """Part the two again, each with exactly what it had. Flushes."""
    if kind == Kind.PHYSICIANS:
        records.undo_physician_merge(merge)
    elif kind == Kind.SOURCES:
        changes.undo_merge(merge)
    elif merge.undone_at is None:
        table = _TABLES[kind]
        gone_id = gone_id_of(kind, merge)
        if kind == Kind.PATIENTS:
            lock_charts([gone_id, merge.into_id])
        merge.undone_at = clock.now()
        db.session.flush()
        audit_trail.record(
            f"{table.subject}.unmerged", subject_kind=table.subject, subject_id=gone_id, into_id=merge.into_id
        )
        if kind == Kind.PATIENTS:
            announce(visits_of_people([gone_id, merge.into_id]))


def keep_apart(kind: Kind, one: int, other: int, *, staff_id: int | None) -> None:
    """Record that the two aren't one, so that they aren't proposed again. Flushes."""
    lower, higher = sorted((one, other))
    if (lower, higher) in known_apart(kind):
        return
    facts = {"kind": str(kind), "lower_id": lower, "higher_id": higher}
    db.session.add(KnownApart(**facts, decided_at=clock.now(), decided_by_id=staff_id))
    db.session.flush()
    audit_trail.record("pair.kept_apart", subject_kind=_TABLES[kind].subject, subject_id=lower, other_id=higher)


def compare_again(kind: Kind, one: int, other: int) -> None:
    """Undo `keep_apart`. Flushes."""
    lower, higher = sorted((one, other))
    pair = (KnownApart.kind == kind, KnownApart.lower_id == lower, KnownApart.higher_id == higher)
    found = db.session.scalars(select(KnownApart).where(*pair, KnownApart.undone_at.is_(None))).all()
    for each in found:
        each.undone_at = clock.now()
    if found:
        db.session.flush()
        audit_trail.record("pair.compared_again", subject_kind=_TABLES[kind].subject, subject_id=lower, other_id=higher)


def known_apart(kind: Kind) -> set[Pair]:
    """Pairs (lower id, higher id) that somebody said aren't one."""
    query = select(KnownApart.lower_id, KnownApart.higher_id).where(
        KnownApart.kind == kind, KnownApart.undone_at.is_(None)
    )
    return {(row[0], row[1]) for row in db.session.execute(query)}


def read_as_one(kind: Kind, record_id: int) -> set[int]:
    """Ids of this record and of all that are read as the same."""
    return with_merged({record_id}, mapping(kind))
