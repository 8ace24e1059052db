"""Two sides of a comparison, and whether they differ by more than luck."""

from collections.abc import Collection
from dataclasses import dataclass

from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.dimension import Dimension, RowName
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import Lists, ListVersion
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage, lists_under
from intake.attribution.overview.report import last_months
from intake.attribution.statistics.counts import Change, change
from intake.attribution.statistics.shares import Interval, difference, wilson
from intake.attribution.totals.channels import credit_at_top
from intake.attribution.totals.clinic_days import clinic_days
from intake.attribution.totals.sums import sums_on
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View


@dataclass(frozen=True)
class Side:
    """Some days at some locations. `days` is how many of them were open, each location's counted."""

    label: str
    period: Period
    location_ids: frozenset[int]
    coverage: Coverage
    days: int


@dataclass(frozen=True)
class MixRow:
    """A source on both sides; `apart` is where the difference of the shares lies, first less second."""

    name: RowName
    units: tuple[int, int]
    shares: tuple[float | None, float | None]
    apart: Interval

    @property
    def is_clear(self) -> bool:
        return self.apart.low > 0 or self.apart.high < 0


@dataclass(frozen=True)
class TwoSides:
    """`patients` compares new patients a day open, `replies` the shares that answered."""

    first: Side
    second: Side
    rows: tuple[MixRow, ...]
    patients: Change
    replies: Interval


@dataclass(frozen=True)
class RowSide:
    """A row of a dimension: its credit, and that of its last twelve months, oldest first."""

    name: RowName
    units: int
    share: float | None
    interval: Interval
    months: tuple[int, ...]


@dataclass(frozen=True)
class TwoRows:
    first: RowSide
    second: RowSide
    answered: int
    months: tuple[Period, ...]
    apart: Change


def two_sides(
    first: tuple[str, Period, Collection[int]],
    second: tuple[str, Period, Collection[int]],
    *,
    view: View,
    listing: ListVersion = ListVersion.TODAY,
    basis: Basis = Basis.VISIT,
) -> TwoSides:
    """Return the sources of two spans of days or two places, under one list: that of the later day."""
    later = max(first[1], second[1], key=lambda period: period.last_day)
    lists = lists_under(listing, later)
    sides, credits = [], []
    for label, period, location_ids in (first, second):
        sums = sums_on(basis, location_ids=location_ids, lists=lists)
        days = clinic_days([period], location_ids=location_ids)[period]
        sides.append(Side(label, period, frozenset(location_ids), sums.coverage(period), days))
        credits.append(credit_at_top(sums, period, view=view, lists=lists))
    one, two = sides
    names = SOURCE.names({*credits[0], *credits[1]}, lists)
    rows = [
        _mix_row(name, (credits[0].get(key, 0), credits[1].get(key, 0)), (one.coverage.answered, two.coverage.answered))
        for key, name in names.items()
    ]
    rows.sort(key=lambda row: (row.name.key.startswith("-"), -sum(row.units), row.name.label))
    patients = change(
        one.coverage.eligible,
        two.coverage.eligible,
        exposure_now=float(one.days),
        exposure_before=float(two.days),
    )
    replies = difference(one.coverage.answered, one.coverage.eligible, two.coverage.answered, two.coverage.eligible)
    return TwoSides(one, two, tuple(rows), patients, replies)


def _mix_row(name: RowName, units: tuple[int, int], of: tuple[int, int]) -> MixRow:
    counts = (units[0] / UNIT, units[1] / UNIT)
    shares = (counts[0] / of[0] if of[0] else None, counts[1] / of[1] if of[1] else None)
    return MixRow(name, units, shares, difference(counts[0], of[0], counts[1], of[1]))


def two_rows(
    keys: tuple[object, object],
    *,
    by: Dimension,
    period: Period,
    view: View,
    location_ids: Collection[int],
    lists: Lists,
    basis: Basis = Basis.VISIT,
) -> TwoRows:
    """Two rows of one dimension in the same days at the same places; their months by the day of the visit only."""
    months = last_months(period.last_day) if basis == Basis.VISIT else ()
    sums = sums_on(basis, location_ids=location_ids, lists=lists, ahead=(period, *months))
    answered = sums.coverage(period).answered
    now, past = sums.credit(period, by=by, view=view), [sums.credit(month, by=by, view=view) for month in months]
    names = by.names(set(keys), lists)

    def side(key: object) -> RowSide:
        units = now.get(key, 0)
        count = units / UNIT
        share = count / answered if answered else None
        return RowSide(names[key], units, share, wilson(count, answered), tuple(each.get(key, 0) for each in past))

    first, second = side(keys[0]), side(keys[1])
    return TwoRows(first, second, answered, months, change(round(first.units / UNIT), round(second.units / UNIT)))
