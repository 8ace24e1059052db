"""Sums of a report: the rollups read under the practice's lists.

Merges, roll-ups and kinds are applied here, to sums by what was recorded; nothing is counted anew for them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

from sqlalchemy import select

from intake.attribution.filters import queries
from intake.attribution.filters.date_basis import Basis, DatedSums
from intake.attribution.filters.dimensions import (
    ALONE,
    CALENDAR,
    KIND_NUMBERS,
    OTHER_SOURCES,
    UNMATCHED,
    UNNAMED,
    Cut,
    Level,
    Lists,
)
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage
from intake.attribution.rollup.co_mentions import Points, counted_twice, person_members, source_members
from intake.attribution.rollup.models import NO_SOURCE, About
from intake.attribution.rollup.reading import Rollups
from intake.db import db
from intake.directory.models import Physician, SourceKind
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View

COLUMNS = {View.PRIMARY: "primary_units", View.ANY: "any_units", View.FRACTIONAL: "fractional_units"}
# Everything that one visit is credited with lies in one row of these, so that it is one whole visit under every view.
WHOLE = {Cut.LOCATION: "location_id", Cut.STAFF: "staff_id", Cut.CHANNEL: "channel"}

Rows = dict[Any, int]


@dataclass(frozen=True)
class Sums:
    """Sums over the ledger at these locations, under these lists, exact at the moment of each reading."""

    location_ids: Collection[int]
    lists: Lists
    # Periods that will be asked for, so that they are read at once.
    ahead: Collection[Period] = ()
    _read: dict[Any, Any] = field(default_factory=dict)

    def credit(self, period: Period, *, by: Cut, view: View, level: Level = Level.EACH) -> Rows:
        """Row of the cut → credit in 27,720ths; rows that sum to nothing are absent.

        Under "any mention" a visit counts once in each row that it mentions. Rows of a cut by the calendar are days.
        """
        if by in WHOLE or by in CALENDAR:
            return {key: coverage.answered * UNIT for key, coverage in self._covered(period, by) if coverage.answered}
        if by == Cut.PROVIDER:
            # In one row too, but the schedule may move a visit to another without an entry in the ledger.
            return self._ledger.credit(period, by=by, view=View.PRIMARY)
        if by in (Cut.SOURCE, Cut.KIND):
            return self._by_source(period, view, self._source_row(by, level))
        return self._by_person(period, by, view)

    def physicians(self, period: Period, *, view: View) -> Rows:
        """As `credit` by physician, without the rows of what no physician is named for."""
        counts_as = self.lists.physician_counts_as
        rows: Counter[Any] = Counter()
        for (physician_id,), (units,) in self._rollups.physicians(period, COLUMNS[view]).items():
            rows[counts_as.get(physician_id, physician_id)] += units
        if view == View.ANY:
            row_of = self._person_row(Cut.PHYSICIAN)
            _take_back(rows, counted_twice(self._rollups.together(period, About.PHYSICIANS), person_members, row_of))
        return _standing(rows)

    def months_of(self, physician_ids: Collection[int], period: Period) -> dict[int, dict[date, int]]:
        """Physician as listed → first day of each whole month the period touches → primary credit, for a sparkline."""
        counts_as = self.lists.physician_counts_as
        wanted = set(physician_ids)
        twins = {each for each, into in counts_as.items() if into in wanted} | (wanted - counts_as.keys())
        found: dict[Any, dict[date, int]] = {each: {} for each in wanted}
        months = self._rollups.physicians_by_month(period, COLUMNS[View.PRIMARY], twins)
        for month, rows in months.items():
            for (each,), (units,) in rows.items():
                own = found[counts_as.get(each, each)]
                own[month.first_day] = own.get(month.first_day, 0) + units
        return found

    def coverage(self, period: Period) -> Coverage:
        """Of all eligible visits of the period."""
        return Coverage(*self._rollups.covered(period))

    def coverage_by(self, period: Period, *, by: Cut) -> dict[Any, Coverage]:
        """Coverage per location, provider, asker or channel, or per day for a cut by the calendar.

        Nobody asked the visits in the rows NOBODY and '' of the last two: eligible visits have no asker.
        """
        if by == Cut.PROVIDER:
            return self._ledger.coverage_by(period, by=by)
        return {key: coverage for key, coverage in self._covered(period, by) if coverage != Coverage()}

    @property
    def _ledger(self) -> DatedSums:
        return DatedSums(Basis.VISIT, self.location_ids, self.lists)

    @cached_property
    def _rollups(self) -> Rollups:
        return Rollups(self.location_ids, self.ahead)

    def _once(self, key: Any, read: Callable[[], Any]) -> Any:
        """Read once for a report, which asks for the same sums for several of its parts."""
        if key not in self._read:
            self._read[key] = read()
        return self._read[key]

    def _covered(self, period: Period, by: Cut) -> list[tuple[Any, Coverage]]:
        found = self._rollups.coverage(period, WHOLE.get(by, "day"))
        return [(key, Coverage(*counts)) for (key,), counts in found.items()]

    def _source_row(self, by: Cut, level: Level = Level.EACH) -> Callable[[int], int]:
        """The row of SOURCE or KIND that a recorded source belongs to; 0 stands for none."""
        return self._once(("row of", by, level), lambda: cache(self._worked_out_row(by, level)))

    def _worked_out_row(self, by: Cut, level: Level) -> Callable[[int], int]:
        lists = self.lists

        def row_of(source_id: int) -> int:
            if source_id == NO_SOURCE:
                return UNMATCHED
            if by == Cut.KIND:
                return KIND_NUMBERS[SourceKind(lists.kind_of(source_id))]
            if level == Level.ROLLED_UP:
                return lists.top_of(source_id)
            return lists.source_counts_as.get(source_id, source_id)

        return row_of

    def _by_source(self, period: Period, view: View, row_of: Callable[[int], int]) -> Rows:
        rows: Counter[Any] = Counter()
        for source_id, units in self._rollups.by_source(period, COLUMNS[view]).items():
            rows[row_of(source_id)] += units
        if view == View.ANY:
            twice = counted_twice(
                self._rollups.together(period, About.SOURCES), source_members, lambda member: row_of(member[0])
            )
            _take_back(rows, twice)
        return _standing(rows)

    def _by_person(self, period: Period, by: Cut, view: View) -> Rows:
        """Rows of physicians, their practices or referring patients, and what no person is named for by reason."""
        of_patients = by == Cut.PATIENT
        points = Points.PATIENT if of_patients else Points.PHYSICIAN
        named = self._patients(period, view) if of_patients else self._rollups.by_physician(period, COLUMNS[view])
        person_row = self._person_row(by)
        reason_of = self._reason(SourceKind.PATIENT if of_patients else SourceKind.PHYSICIAN)
        rows: Counter[Any] = Counter()
        for source_id, units in self._rollups.by_source(period, COLUMNS[view]).items():
            rows[reason_of(source_id)] += units
        for (person_id, source_id), units in named.items():
            rows[person_row(person_id)] += units
            rows[reason_of(source_id)] -= units
        if view == View.ANY:
            unnamed = counted_twice(
                self._rollups.together(period, About.SOURCES),
                source_members,
                lambda member: None if member[1] == points else reason_of(member[0]),
            )
            about = About.PATIENTS if of_patients else About.PHYSICIANS
            _take_back(rows, unnamed + counted_twice(self._rollups.together(period, about), person_members, person_row))
        return _standing(rows)

    def _person_row(self, by: Cut) -> Callable[[int], int]:
        counts_as, of_patients = self.lists.physician_counts_as, self.lists.patient_counts_as
        if by == Cut.PATIENT:
            return lambda person_id: of_patients.get(person_id, person_id)
        if by == Cut.PHYSICIAN:
            return lambda person_id: counts_as.get(person_id, person_id)
        works_at, one = self._once("practices", _practices), self.lists.practice_counts_as

        def practice_row(person_id: int) -> int:
            practice_id = works_at.get(counts_as.get(person_id, person_id), ALONE)
            return one.get(practice_id, practice_id)

        return practice_row

    def _reason(self, kind: SourceKind) -> Callable[[int], int]:
        of_kind = frozenset(self.lists.with_kind(kind))

        def reason_of(source_id: int) -> int:
            if source_id == NO_SOURCE:
                return UNMATCHED
            return UNNAMED if source_id in of_kind else OTHER_SOURCES

        return reason_of

    def _patients(self, period: Period, view: View) -> Mapping[tuple[int, int], int]:
        """Referring patients are nearly as many as their referrals, so these are read from the ledger itself."""
        return self._once(
            ("patients", period, view),
            lambda: queries.credit_by_patient(column=COLUMNS[view], period=period, location_ids=self.location_ids),
        )


def sums_on(
    basis: Basis, *, location_ids: Collection[int], lists: Lists, ahead: Collection[Period] = ()
) -> Sums | DatedSums:
    """Sums in which a visit counts on this day of it; the two kinds answer to the same questions.

    `ahead`: the periods that will be asked for, where the caller knows them.
    """
    return Sums(location_ids, lists, ahead) if basis == Basis.VISIT else DatedSums(basis, location_ids, lists)


def _take_back(rows: Counter[Any], twice: Mapping[Any, int]) -> None:
    for row, visits in twice.items():
        rows[row] -= visits * UNIT


def _standing(rows: Counter[Any]) -> Rows:
    return {row: units for row, units in rows.items() if units}


def _practices() -> dict[int, int]:
    query = select(Physician.id, Physician.referring_practice_id).where(Physician.referring_practice_id.is_not(None))
    return {row[0]: int(row[1] or 0) for row in db.session.execute(query)}
