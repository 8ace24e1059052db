"""Sums of a report: the rollups read under the practice's lists.

Merges, roll-ups and kinds are applied here, to sums by what was recorded; nothing is counted anew for them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from intake.attribution.filters import queries
from intake.attribution.filters.date_basis import Basis, DatedSums
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.people import PHYSICIAN, PersonDimension
from intake.attribution.filters.dimensions.sources import SourceDimension
from intake.attribution.filters.dimensions.visit_fields import VisitDimension
from intake.attribution.filters.lists import Level, Lists
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage
from intake.attribution.rollup.co_mentions import Points, counted_twice, person_members, source_members
from intake.attribution.rollup.models import CoMentionKind
from intake.attribution.rollup.reading import Rollups
from intake.cached_property import cached_property
from intake.directory.models import SourceKind
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View

COLUMNS = {View.PRIMARY: "primary_units", View.ANY: "any_units", View.FRACTIONAL: "fractional_units"}

Rows = dict[Any, int]


@dataclass(frozen=True)
class Sums:
    """Sums over the ledger at these locations, under these lists, exact at the moment of each reading."""

    location_ids: Collection[int]
    lists: Lists
    # Periods that will be asked for, so that they are read at once.
    ahead: Collection[Period] = ()
    _read: dict[Any, Any] = field(default_factory=dict)

    def credit(self, period: Period, *, by: Dimension, view: View, level: Level = Level.EACH) -> Rows:
        """Row of the dimension → credit in 27,720ths; rows that sum to nothing are absent.

        Under "any mention" a visit counts once in each row that it mentions. Rows by the calendar are days.
        """
        if isinstance(by, SourceDimension):
            return self._by_source(period, view, self._once((by, level), lambda: by.rows(self.lists, level)))
        if isinstance(by, PersonDimension):
            return self._by_person(period, by, view)
        if isinstance(by, VisitDimension) and by.rollup_column:
            covered = self._covered(period, by.rollup_column)
            return {row: coverage.answered * UNIT for row, coverage in covered if coverage.answered}
        return self._ledger.credit(period, by=by, view=view)

    def physicians(self, period: Period, *, view: View) -> Rows:
        """As `credit` by physician, without the rows of what no physician is named for."""
        counts_as = self.lists.physician_counts_as
        rows: Counter[Any] = Counter()
        for (physician_id,), (units,) in self._rollups.physicians(period, COLUMNS[view]).items():
            if physician_id > 0:
                rows[counts_as.get(physician_id, physician_id)] += units
        if view == View.ANY:
            row_of = PHYSICIAN.rows(self.lists)
            _take_back(
                rows, counted_twice(self._rollups.co_mentions(period, CoMentionKind.PHYSICIANS), person_members, row_of)
            )
        return _standing(rows)

    def coverage(self, period: Period) -> Coverage:
        """Of all eligible visits of the period."""
        return Coverage(*self._rollups.covered(period))

    def coverage_by(self, period: Period, *, by: Dimension) -> dict[Any, Coverage]:
        """Coverage by row, or by day for a dimension by the calendar.

        By who asked and by channel the rows NOBODY and '' hold the eligible visits: nobody asks those.
        """
        if isinstance(by, VisitDimension) and by.rollup_column:
            return {
                row: coverage for row, coverage in self._covered(period, by.rollup_column) if coverage != Coverage()
            }
        return self._ledger.coverage_by(period, by=by)

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

    def _covered(self, period: Period, column: str) -> list[tuple[Any, Coverage]]:
        return [(key, Coverage(*counts)) for (key,), counts in self._rollups.coverage(period, column).items()]

    def _by_source(self, period: Period, view: View, row_of: Callable[[int], int]) -> Rows:
        rows: Counter[Any] = Counter()
        for source_id, units in self._rollups.by_source(period, COLUMNS[view]).items():
            rows[row_of(source_id)] += units
        if view == View.ANY:
            twice = counted_twice(
                self._rollups.co_mentions(period, CoMentionKind.SOURCES),
                source_members,
                lambda member: row_of(member[0]),
            )
            _take_back(rows, twice)
        return _standing(rows)

    def _by_person(self, period: Period, by: PersonDimension, view: View) -> Rows:
        """Rows of physicians, their practices or referring patients, and what no person is named for by reason."""
        of_patients = by.kind == SourceKind.PATIENT
        points = {Points.PATIENT if of_patients else Points.PHYSICIAN}
        if by.holds_practices:
            points.add(Points.PRACTICE)
        named = self._patients(period, view) if of_patients else self._rollups.by_physician(period, COLUMNS[view])
        person_row = self._once(by, lambda: by.rows(self.lists))
        reason_of = by.remainder_rows(self.lists)
        rows: Counter[Any] = Counter()
        for source_id, units in self._rollups.by_source(period, COLUMNS[view]).items():
            rows[reason_of(source_id)] += units
        for (person_id, source_id), units in named.items():
            if (row := person_row(person_id)) is not None:
                rows[row] += units
                rows[reason_of(source_id)] -= units
        if view == View.ANY:
            unnamed = counted_twice(
                self._rollups.co_mentions(period, CoMentionKind.SOURCES),
                source_members,
                lambda member: None if member[1] in points else reason_of(member[0]),
            )
            about = CoMentionKind.PATIENTS if of_patients else CoMentionKind.PHYSICIANS
            _take_back(
                rows, unnamed + counted_twice(self._rollups.co_mentions(period, about), person_members, person_row)
            )
        return _standing(rows)

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
