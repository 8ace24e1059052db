"""Dimensions by who sent the patient: a physician, their practice, another patient."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, case, func, literal, select

from intake.attribution.filters.dimensions.dimension import (
    ALONE,
    OTHER_SOURCES,
    OURS,
    UNMATCHED,
    UNNAMED,
    Dimension,
    RowName,
    mapped,
)
from intake.attribution.filters.lists import Level, Lists
from intake.db import db
from intake.directory.merging.merge import Kind
from intake.directory.models import Patient, Physician, ReferringPractice, SourceKind
from intake.directory.registry_names import physician_name, proper
from intake.id_filters import among
from intake.survey.answers.effective_answer import NOT_MATCHED
from intake.survey.models import CreditEntry


@dataclass(frozen=True, kw_only=True, eq=False)
class PersonDimension(Dimension):
    """Rows are people of one kind. Answers that name none are in a remainder that says why."""

    # Of the sources that stand for these people.
    kind: SourceKind
    # Of a credit entry.
    column: str
    merged: Kind
    # Whether mentions of a practice and no physician belong to its rows.
    holds_practices: ClassVar[bool] = False

    def _counts_as(self, lists: Lists) -> dict[int, int]:
        """Recorded person → the row of those who have another's, or none."""
        merged = dict(lists.merges[self.merged])
        return merged | dict.fromkeys(lists.own_physicians, OURS) if self.merged == Kind.PHYSICIANS else merged

    def rows(self, lists: Lists) -> Callable[[int], int | None]:
        """Recorded person → their row. Below 0 a practice of which nobody was named; None: it has none here."""
        counts_as = self._counts_as(lists)
        return lambda person_id: counts_as.get(person_id, person_id) if person_id > 0 else None

    def remainder_rows(self, lists: Lists) -> Callable[[int], int]:
        """Recorded source (0: none) → the row of entries with that source and no person."""
        of_kind = frozenset(lists.with_kind(self.kind))

        def row_of(source_id: int) -> int:
            if source_id not in lists.sources:
                return UNMATCHED
            return UNNAMED if source_id in of_kind else OTHER_SOURCES

        return row_of

    def people_in(self, row: int, lists: Lists) -> list[int]:
        """Recorded people in this row, where these are all that say so; else none."""
        if row <= 0:
            return []
        counts_as = self._counts_as(lists)
        return sorted({each for each, into in counts_as.items() if into == row} | ({row} - counts_as.keys()))

    def entry_row(self, lists: Lists, level: Level = Level.EACH) -> ColumnElement[Any]:
        return case(
            (~self._names_nobody(), self._person_row(lists)),
            (CreditEntry.source_id.is_(None), literal(UNMATCHED)),
            (CreditEntry.source_id.in_(lists.with_kind(self.kind)), literal(UNNAMED)),
            else_=literal(OTHER_SOURCES),
        )

    def entries(self, row: Any, lists: Lists, level: Level = Level.EACH) -> list[ColumnElement[bool]]:
        person = getattr(CreditEntry, self.column)
        if people := self.people_in(row, lists):
            return [person.in_(people)]
        if row == UNMATCHED:
            return [self._names_nobody(), CreditEntry.source_id.is_(None)]
        if row in (UNNAMED, OTHER_SOURCES):
            row_of = self.remainder_rows(lists)
            return [
                self._names_nobody(),
                CreditEntry.source_id.in_(sorted(each for each in lists.sources if row_of(each) == row)),
            ]
        return super().entries(row, lists, level)

    def _names_nobody(self) -> ColumnElement[bool]:
        person: ColumnElement[Any] = getattr(CreditEntry, self.column)
        return person.is_(None)

    def _person_row(self, lists: Lists) -> ColumnElement[Any]:
        return mapped(getattr(CreditEntry, self.column), self._counts_as(lists))


class PhysicianDimension(PersonDimension):
    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]:
        columns = (Physician.first_name, Physician.last_name, Physician.credential, Physician.npi)
        query = select(Physician.id, *columns, Physician.city, Physician.state)
        named = {}
        for row in db.session.execute(query.where(among(Physician.id, rows))):
            place, npi = _place(row.city, row.state), f"NPI\N{NO-BREAK SPACE}{row.npi}" if row.npi else ""
            label = physician_name(row.first_name, row.last_name, row.credential)
            detail, record = " · ".join(filter(None, (place, npi))), ("physician", row.id)
            named[row.id] = RowName(str(row.id), label, detail=detail, npi=row.npi, record=record)
        return named


class PracticeDimension(PersonDimension):
    """Practices named, and physicians by the practice they work at today."""

    holds_practices = True

    def rows(self, lists: Lists) -> Callable[[int], int | None]:
        query = select(Physician.id, Physician.referring_practice_id)
        rows = db.session.execute(query.where(Physician.referring_practice_id.is_not(None)))
        works_at: dict[int, Any] = {row[0]: row[1] for row in rows} | {OURS: OURS}
        physician_row, counts_as = super().rows(lists), lists.practice_counts_as

        def row_of(physician_id: int) -> int:
            practice_id = -physician_id if physician_id < 0 else works_at.get(physician_row(physician_id) or 0, ALONE)
            return counts_as.get(practice_id, practice_id)

        return row_of

    def people_in(self, row: int, lists: Lists) -> list[int]:
        return []

    def _names_nobody(self) -> ColumnElement[bool]:
        return super()._names_nobody() & CreditEntry.practice_id.is_(None)

    def _person_row(self, lists: Lists) -> ColumnElement[Any]:
        physician = super()._person_row(lists)
        works_at = select(Physician.referring_practice_id).where(Physician.id == physician).scalar_subquery()
        named = func.coalesce(CreditEntry.practice_id, works_at)
        practice = func.coalesce(mapped(named, lists.practice_counts_as), ALONE)
        return case((physician == OURS, literal(OURS)), else_=practice)

    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]:
        practice = ReferringPractice
        query = select(practice.id, practice.name, practice.city, practice.state)
        found = db.session.execute(query.where(among(practice.id, rows)))
        return {
            row.id: RowName(str(row.id), row.name, detail=_place(row.city, row.state), record=("practice", row.id))
            for row in found
        }


class PatientDimension(PersonDimension):
    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]:
        query = select(Patient.id, Patient.first_name, Patient.last_name, Patient.mrn)
        found = db.session.execute(query.where(among(Patient.id, rows)))
        return {
            row.id: RowName(str(row.id), f"{row.first_name} {row.last_name}", detail=f"MRN {row.mrn}") for row in found
        }


def _place(city: str, state: str) -> str:
    return ", ".join(part for part in (proper(city), state) if part)


def _remainders(who: str) -> dict[int, RowName]:
    return {
        UNNAMED: RowName("-unnamed", f"{who.capitalize()} not named or not yet matched"),
        OTHER_SOURCES: RowName("-other-sources", f"Not from a {who}"),
        UNMATCHED: RowName("-unmatched", NOT_MATCHED),
    }


_OF_PHYSICIANS = _remainders("physician") | {OURS: RowName("-ours", "Our own physicians, who send nobody")}

PHYSICIAN = PhysicianDimension(
    "physician",
    "Physician",
    page="Physicians who sent patients",
    group="Physicians",
    remainders=_OF_PHYSICIANS,
    offers_recorded_list=True,
    kind=SourceKind.PHYSICIAN,
    column="physician_id",
    merged=Kind.PHYSICIANS,
)
PRACTICE = PracticeDimension(
    "practice",
    "Referring practice",
    page="Practices that sent patients",
    group="Physicians",
    remainders=_OF_PHYSICIANS | {ALONE: RowName("-alone", "Physicians whose practice isn't noted")},
    kind=SourceKind.PHYSICIAN,
    column="physician_id",
    merged=Kind.PHYSICIANS,
)
PATIENT = PatientDimension(
    "patient",
    "Referring patient",
    page="Patients who sent others",
    group="Patients",
    remainders=_remainders("patient"),
    is_private=True,
    names_patients=True,
    kind=SourceKind.PATIENT,
    column="referring_patient_id",
    merged=Kind.PATIENTS,
)
