"""Two records of one physician, practice, patient or source: reading them as one, taking that back, keeping them apart.

No row is ever rewritten: a merge is a step that readers follow, so taking it back leaves exactly what there was.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Select, literal, select, union_all

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import (
    KnownApart,
    PatientMerge,
    PhysicianMerge,
    ReferralSource,
    ReferringPracticeMerge,
    SourceMerge,
)
from intake.directory.physicians import records
from intake.directory.sources import changes
from intake.directory.sources.changes import ImpossibleChange
from intake.directory.sources.records import resolved

Pair = tuple[int, int]


class Kind(StrEnum):
    """What there may be two records of."""

    PHYSICIANS = "physicians"
    PRACTICES = "practices"
    PATIENTS = "patients"
    SOURCES = "sources"


class CannotMerge(Exception):
    """The two can't be read as one; the message says why, for the person who asked."""


@dataclass(frozen=True)
class _Book:
    """Where the merges of one kind are written, and how the audit trail calls them."""

    model: Any
    column: str
    subject: str

    @property
    def gone_id(self) -> Any:
        return getattr(self.model, self.column)


_BOOKS = {
    Kind.PHYSICIANS: _Book(PhysicianMerge, "physician_id", "physician"),
    Kind.PRACTICES: _Book(ReferringPracticeMerge, "practice_id", "referring_practice"),
    Kind.PATIENTS: _Book(PatientMerge, "patient_id", "patient"),
    Kind.SOURCES: _Book(SourceMerge, "source_id", "source"),
}


@dataclass(frozen=True)
class Merged:
    """A merge that stands: the record `gone_id` is read as `into_id`."""

    id: int
    gone_id: int
    into_id: int


def mapping(kind: Kind) -> dict[int, int]:
    """Id of each merged record → id of the one it is read as, chains followed to their end."""
    return resolved({merge.gone_id: merge.into_id for merge in standing_merges(kind)})


def mappings() -> dict[Kind, dict[int, int]]:
    """As `mapping`, of every kind at once."""
    steps: dict[Kind, dict[int, int]] = {kind: {} for kind in Kind}
    for kind, gone_id, into_id, _ in db.session.execute(_every_standing_merge()):
        steps[Kind(kind)][gone_id] = into_id
    return {kind: resolved(merges) for kind, merges in steps.items()}


@cache
def _every_standing_merge() -> Select[Any]:
    """Made once: every report asks for it, and putting it together takes ten times as long as its answer."""
    each = [
        select(
            literal(str(kind)).label("kind"), book.gone_id.label("gone_id"), book.model.into_id, book.model.id
        ).where(book.model.undone_at.is_(None))
        for kind, book in _BOOKS.items()
    ]
    every = union_all(*each).subquery()
    return select(every).order_by(every.c.id)


def standing_merges(kind: Kind) -> list[Merged]:
    """Merges that weren't taken back, oldest first."""
    book = _BOOKS[kind]
    query = select(book.model.id, book.gone_id, book.model.into_id).where(book.model.undone_at.is_(None))
    return [Merged(*row) for row in db.session.execute(query.order_by(book.model.id))]


def find_merge(kind: Kind, merge_id: int) -> Any:
    """The merge, standing or not; None when there is none of this number."""
    return db.session.get(_BOOKS[kind].model, merge_id) if 0 < merge_id < 2**62 else None


def gone_id_of(kind: Kind, merge: Any) -> int:
    """Id of the record that the merge reads as another."""
    return int(getattr(merge, _BOOKS[kind].column))


def merge(kind: Kind, gone_id: int, into_id: int, *, staff_id: int | None) -> Any:
    """Reads `gone_id` as `into_id` from now on, everywhere and for all time. Raises CannotMerge. Flushes."""
    refuse(kind, gone_id, into_id)
    if kind == Kind.PHYSICIANS:
        return records.merge_physicians(gone_id, into_id, staff_id=staff_id)
    if kind == Kind.SOURCES:
        gone, into = db.session.get_one(ReferralSource, gone_id), db.session.get_one(ReferralSource, into_id)
        return changes.merge_source(gone, into, staff_id=staff_id)
    book = _BOOKS[kind]
    facts = {book.column: gone_id, "into_id": into_id, "merged_at": clock.now(), "merged_by_id": staff_id}
    made = book.model(**facts)
    db.session.add(made)
    db.session.flush()
    audit_trail.record(f"{book.subject}.merged", subject_kind=book.subject, subject_id=gone_id, into_id=into_id)
    return made


def refuse(kind: Kind, gone_id: int, into_id: int) -> None:
    """Raises CannotMerge, with the reason, when these two can't be merged this way round."""
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


def undo(kind: Kind, merge: Any) -> None:
    """The two are apart again, with exactly what each had. Flushes."""
    if kind == Kind.PHYSICIANS:
        records.undo_physician_merge(merge)
    elif kind == Kind.SOURCES:
        changes.undo_merge(merge)
    elif merge.undone_at is None:
        book = _BOOKS[kind]
        merge.undone_at = clock.now()
        db.session.flush()
        audit_trail.record(
            f"{book.subject}.unmerged",
            subject_kind=book.subject,
            subject_id=getattr(merge, book.column),
            into_id=merge.into_id,
        )


def keep_apart(kind: Kind, one: int, other: int, *, staff_id: int | None) -> None:
    """Remembers that the two aren't one, so that they aren't proposed again. Flushes."""
    lower, higher = sorted((one, other))
    if (lower, higher) in known_apart(kind):
        return
    facts = {"kind": str(kind), "lower_id": lower, "higher_id": higher}
    db.session.add(KnownApart(**facts, decided_at=clock.now(), decided_by_id=staff_id))
    db.session.flush()
    audit_trail.record("pair.kept_apart", subject_kind=_BOOKS[kind].subject, subject_id=lower, other_id=higher)


def compare_again(kind: Kind, one: int, other: int) -> None:
    """Takes `keep_apart` back. Flushes."""
    lower, higher = sorted((one, other))
    standing = select(KnownApart).where(
        KnownApart.kind == kind, KnownApart.lower_id == lower, KnownApart.higher_id == higher
    )
    found = [each for each in db.session.scalars(standing) if each.undone_at is None]
    for each in found:
        each.undone_at = clock.now()
    if found:
        db.session.flush()
        audit_trail.record("pair.compared_again", subject_kind=_BOOKS[kind].subject, subject_id=lower, other_id=higher)


def known_apart(kind: Kind) -> set[Pair]:
    """Pairs (lower id, higher id) that somebody said aren't one."""
    query = select(KnownApart.lower_id, KnownApart.higher_id).where(
        KnownApart.kind == kind, KnownApart.undone_at.is_(None)
    )
    return {(row[0], row[1]) for row in db.session.execute(query)}


def read_as_one(kind: Kind, record_id: int) -> set[int]:
    """This record and all that are read as the same."""
    merged = mapping(kind)
    kept = merged.get(record_id, record_id)
    return {kept} | {gone for gone, into in merged.items() if into == kept}
