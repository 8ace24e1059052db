"""A report: coverage first, then what each row of a dimension is credited with, beside the period before.

The page, the files and `flask totals` all read this.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from intake.attribution.filters.date_basis import Basis, DatedSums
from intake.attribution.filters.dimensions.calendar import CalendarDimension
from intake.attribution.filters.dimensions.dimension import Dimension, RowName
from intake.attribution.filters.dimensions.sources import SOURCE, source_name
from intake.attribution.filters.lists import Level, Lists, ListVersion
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage, lists_under
from intake.attribution.statistics.shares import wilson
from intake.attribution.totals.channels import credit_at_top
from intake.attribution.totals.on_record import comparable, records_began
from intake.attribution.totals.sums import Sums, sums_on
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View


@dataclass(frozen=True)
class TotalLine:
    """One row. `units` are 27,720ths of a visit; `of` is the answered visits that it is a share of."""

    name: RowName
    units: int
    of: int
    # None when there is nothing to compare with; a month has its neighbours in the same table.
    before_units: int | None = None
    is_remainder: bool = False
    parent: RowName | None = None
    level: Level = Level.EACH
    coverage: Coverage | None = None
    children: tuple["TotalLine", ...] = ()

    @property
    def share(self) -> float | None:
        """Of the answered visits; None when nobody answered."""
        return self.share_of(self.of)

    def share_of(self, visits: int) -> float | None:
        """Of so many visits; None for none."""
        return self.units / UNIT / visits if visits else None

    @property
    def interval(self) -> tuple[float, float]:
        """The share's 95% Wilson interval."""
        return wilson(self.units / UNIT, self.of)

    @property
    def change(self) -> int | None:
        """Difference to the period before, in units."""
        return None if self.before_units is None else self.units - self.before_units


@dataclass(frozen=True)
class Totals:
    """`lines` are the finest rows; for sources `rolled_up` holds them under the channel that they belong to."""

    period: Period
    before: Period | None
    view: View
    by: Dimension
    coverage: Coverage
    coverage_before: Coverage | None
    lines: tuple[TotalLine, ...]
    rolled_up: tuple[TotalLine, ...]
    listing: ListVersion = ListVersion.TODAY
    # The day on which a visit counts; printed wherever the report is.
    basis: Basis = Basis.VISIT
    # The first day on record anywhere; None where nothing is, or nothing was to be compared.
    began: date | None = None

    @property
    def total_units(self) -> int:
        """What the rows add up to."""
        return sum(line.units for line in self.lines)

    @property
    def total_before_units(self) -> int | None:
        if self.by.is_calendar or self.before is None:
            return None
        return sum(line.before_units or 0 for line in self.lines)

    @property
    def is_covered(self) -> bool:
        """Whether rows have coverage of their own."""
        return self.by.is_covered

    @property
    def holds(self) -> bool:
        """True when the rows add up to the answered visits, or, under any mention, to no fewer."""
        answered = self.coverage.answered * UNIT
        return self.total_units >= answered if self.view == View.ANY else self.total_units == answered


@dataclass(frozen=True)
class _Reading:
    """What the parts of one report have in common."""

    period: Period
    before: Period | None
    view: View
    by: Dimension
    lists: Lists
    sums: Sums | DatedSums

    def credit(self, period: Period | None) -> dict[Any, int]:
        if period is None:
            return {}
        return _folded(self.by, self.sums.credit(period, by=self.by, view=self.view))

    def rolled_up(self, period: Period | None) -> dict[Any, int]:
        return credit_at_top(self.sums, period, view=self.view, lists=self.lists)


def totals(
    *,
    period: Period,
    view: View,
    by: Dimension,
    location_ids: Collection[int],
    compare: bool = True,
    listing: ListVersion = ListVersion.TODAY,
    basis: Basis = Basis.VISIT,
) -> Totals:
    """The report for these days and locations, most credit first, remainders last (months in order, staff by name).

    Both periods are read under one list, so that a change is one of patients and not of names.
    """
    before = period.before() if compare else None
    lists = lists_under(listing, period)
    periods = [each for each in (period, before) if each]
    sums = sums_on(basis, location_ids=location_ids, lists=lists, ahead=periods)
    began = records_began() if compare else None
    before = comparable(period, before, sums, began)
    coverage_before = sums.coverage(before) if before else None
    reading = _Reading(period, before, view, by, lists, sums)
    coverage = reading.sums.coverage(period)
    lines = _lines(reading, coverage.answered)
    return Totals(
        period=period,
        before=before,
        view=view,
        by=by,
        coverage=coverage,
        coverage_before=coverage_before,
        lines=tuple(lines),
        rolled_up=tuple(_rolled_up(reading, lines, coverage.answered)),
        listing=listing,
        basis=basis,
        began=began,
    )


def _lines(reading: _Reading, answered: int) -> list[TotalLine]:
    by, lists = reading.by, reading.lists
    # A month has its neighbours in the same table.
    before = None if by.is_calendar else reading.before
    now, earlier = reading.credit(reading.period), reading.credit(before)
    covered = _coverage_of_rows(reading)
    keys = {*now, *earlier, *covered}
    if isinstance(by, CalendarDimension) and keys:
        # A month in which nobody came is a row too.
        keys = {span.first_day for span in by.spans(min(keys), max(keys))}
    names = by.names(keys, lists)
    lines = [
        TotalLine(
            name=names[key],
            units=now.get(key, 0),
            of=answered,
            before_units=earlier.get(key, 0) if before else None,
            is_remainder=names[key].key.startswith("-"),
            parent=_parent(by, key, lists),
            coverage=covered.get(key),
        )
        for key in keys
    ]
    if by.is_calendar:
        return sorted(lines, key=lambda line: line.name.key)
    # These figures are for coaching, and a list with somebody on top is a ranking.
    return sorted(lines, key=in_order if by.is_ranked else _by_name)


def _rolled_up(reading: _Reading, lines: list[TotalLine], answered: int) -> list[TotalLine]:
    """Sources under their channels. Nothing for other dimensions, nor when no source that counts is below another."""
    if not any(line.parent for line in lines):
        return []
    now, earlier = (reading.rolled_up(each) for each in (reading.period, reading.before))
    tops = []
    for key, name in SOURCE.names({*now, *earlier}, reading.lists).items():
        below = [line for line in lines if line.parent is not None and line.parent.key == name.key]
        if below:
            # Those who named the channel and nothing below it.
            label = f"{name.label}, nothing closer"
            below += [replace(line, name=replace(name, label=label)) for line in lines if line.name.key == name.key]
        tops.append(
            TotalLine(
                name=name,
                units=now.get(key, 0),
                of=answered,
                before_units=earlier.get(key, 0) if reading.before else None,
                is_remainder=name.key.startswith("-"),
                level=Level.ROLLED_UP,
                children=tuple(below),
            )
        )
    return sorted(tops, key=in_order)


def in_order(line: TotalLine) -> tuple[bool, int, int, str]:
    """Most credit first, remainders last."""
    return line.is_remainder, -line.units, -(line.before_units or 0), line.name.label.casefold()


def _by_name(line: TotalLine) -> tuple[bool, str]:
    return line.is_remainder, line.name.label.casefold()


def _parent(by: Dimension, key: Any, lists: Lists) -> RowName | None:
    if by != SOURCE or key not in lists.sources:
        return None
    parent = lists.parent_of(key)
    return None if parent is None else source_name(lists, parent)


def _coverage_of_rows(reading: _Reading) -> dict[Any, Coverage]:
    """Coverage of each row; none where eligible visits belong to no row."""
    if not reading.by.is_covered:
        return {}
    return _folded(reading.by, reading.sums.coverage_by(reading.period, by=reading.by))


def _folded(by: Dimension, sums: dict[Any, Any]) -> dict[Any, Any]:
    return by.folded(sums) if isinstance(by, CalendarDimension) else sums
