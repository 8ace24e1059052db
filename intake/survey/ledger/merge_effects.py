"""What a merge of two records would change in the totals, read from the ledger beforehand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from intake.db import db
from intake.directory.merge_mapping import with_merged
from intake.directory.merging.merge import Kind, mapping, read_as_one
from intake.directory.models import Physician, Visit
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import CreditEntry
from intake.web.wall.location_wall import whole_practice

IDS_A_STATEMENT = 5_000


@dataclass(frozen=True)
class RecordCredit:
    """What a record is credited with, of all time and all locations. `units` are primary 27,720ths."""

    visit_ids: frozenset[int] = frozenset()
    units: int = 0
    first_day: date | None = None
    last_day: date | None = None

    @property
    def visits(self) -> int:
        """How many visits name it at all."""
        return len(self.visit_ids)

    @property
    def primary(self) -> int:
        """How many visits count for it under the primary view, where each counts for one row only."""
        return self.units // UNIT

    def __or__(self, other: "RecordCredit") -> "RecordCredit":
        days = [day for day in (self.first_day, self.last_day, other.first_day, other.last_day) if day]
        visit_ids = self.visit_ids | other.visit_ids
        return RecordCredit(visit_ids, self.units + other.units, min(days, default=None), max(days, default=None))


@dataclass(frozen=True)
class MergeEffect:
    """The credit of two records, and of both as one: `gone` would count as `kept`, together as `after`."""

    gone: RecordCredit
    kept: RecordCredit
    after: RecordCredit

    @property
    def naming_both(self) -> int:
        """How many visits name both: under "any mention" they would count once instead of twice."""
        return len(self.gone.visit_ids & self.kept.visit_ids)


def merge_effect(kind: Kind, gone_id: int, kept_id: int) -> MergeEffect:
    """Return the credit of both sides, each with the records that were merged into it already."""
    gone, kept = (credited(kind, read_as_one(kind, record_id)) for record_id in (gone_id, kept_id))
    return MergeEffect(gone, kept, gone | kept)


def credited(kind: Kind, ids: Collection[int]) -> RecordCredit:
    """Return what the ledger credits these records with together."""
    if kind == Kind.PRACTICES:
        named = _credited(CreditEntry.practice_id, ids)
        return named | _credited(CreditEntry.physician_id, _physicians_of(ids))
    column = {
        Kind.PHYSICIANS: CreditEntry.physician_id,
        Kind.PATIENTS: CreditEntry.referring_patient_id,
        Kind.SOURCES: CreditEntry.source_id,
    }[kind]
    return _credited(column, ids)


@whole_practice()
def visits_of(patient_ids: Collection[int]) -> tuple[int, date | None]:
    """Return (how many visits these charts have, the day of the last)."""
    query = select(func.count(), func.max(Visit.visit_date)).where(Visit.patient_id.in_(sorted(patient_ids)))
    row = db.session.execute(query).one()
    return row[0], row[1]


def _credited(column: Any, ids: Collection[int]) -> RecordCredit:
    rows: list[Any] = []
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_A_STATEMENT):
        query = (
            select(CreditEntry.visit_id, CreditEntry.day, func.sum(CreditEntry.primary_units))
            .where(column.in_(ordered[start : start + IDS_A_STATEMENT]))
            .group_by(CreditEntry.visit_id, CreditEntry.day)
            .having(func.sum(CreditEntry.any_units) > 0)
        )
        rows += db.session.execute(query)
    days = [row[1] for row in rows]
    return RecordCredit(
        frozenset(row[0] for row in rows),
        sum(int(row[2]) for row in rows),
        min(days, default=None),
        max(days, default=None),
    )


def _physicians_of(practice_ids: Collection[int]) -> set[int]:
    """Physicians whose credit goes to these practices: their own, and those merged into one of their own."""
    merged = mapping(Kind.PHYSICIANS)
    query = select(Physician.id).where(Physician.referring_practice_id.in_(sorted(practice_ids)))
    own = {each for each in db.session.scalars(query) if each not in merged}
    return with_merged(own, merged)
