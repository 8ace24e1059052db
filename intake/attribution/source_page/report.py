"""One source: by day, location and channel, what is below it, what it cost. A patient counts for what came first."""

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from sqlalchemy import func, select

from intake.attribution.costs.costs import CostRow, costs, is_whole
from intake.attribution.filters.dimensions.dimension import Dimension, RowName
from intake.attribution.filters.dimensions.sources import SOURCE, source_name
from intake.attribution.filters.dimensions.visit_fields import CHANNEL, LOCATION
from intake.attribution.filters.lists import Level, Lists
from intake.attribution.filters.periods import EARLIEST, Period, preset
from intake.attribution.filters.queries import entries_within
from intake.attribution.referrers.charts import ReferrerMonth, months, years
from intake.attribution.referrers.status import History
from intake.attribution.rollup.reading import Rollups
from intake.attribution.totals.on_record import records_began
from intake.attribution.totals.sums import Sums
from intake.db import db
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import CreditEntry, View


@dataclass(frozen=True)
class SourcePart:
    """A location, a way of asking or a source below, with its new patients of the year."""

    row: Any
    name: RowName
    visits: int


@dataclass(frozen=True)
class SourceReport:
    """`year` are the last twelve whole months; `before` is None while the year before them isn't on record."""

    source_id: int
    # Itself, what was merged into it, and for one at the top what is below it.
    recorded: frozenset[int]
    name: RowName
    level: Level
    year: Period
    visits: int
    before: int | None
    answered: int
    months: Sequence[ReferrerMonth]
    years: Sequence[tuple[Period, int]]
    places: Sequence[SourcePart]
    channels: Sequence[SourcePart]
    below: Sequence[SourcePart]
    # None where nothing was spent, or these are not all locations.
    cost: CostRow | None

    @property
    def share(self) -> float | None:
        """Of the answered visits of the year."""
        return self.visits / self.answered if self.answered else None


def source_report(source_id: int, *, today: date, location_ids: Collection[int], lists: Lists) -> SourceReport:
    """The report of a source that stands in today's list; one at the top with everything below it."""
    year = preset("last-12-months", today)
    assert year is not None
    recorded = [each for each in lists.sources if source_id in (_counts_as(each, lists), lists.top_of(each))]
    level = Level.EACH if lists.parent_of(source_id) else Level.ROLLED_UP
    history = _history(recorded, today, location_ids)
    began = records_began() or today
    has_below = len({_counts_as(each, lists) for each in recorded}) > 1
    earlier = year.year_before()
    known = earlier is not None and earlier.first_day >= began
    return SourceReport(
        source_id=source_id,
        recorded=frozenset(recorded),
        name=source_name(lists, source_id),
        level=level,
        year=year,
        visits=history.count(year.first_day, year.last_day),
        before=history.count(earlier.first_day, earlier.last_day) if earlier and known else None,
        answered=Sums(location_ids, lists).coverage(year).answered,
        months=months(history, today, began=began) if history.days else [],
        years=years(history, today) if history.days else [],
        places=_parts(LOCATION, recorded, year, location_ids, lists),
        channels=_parts(CHANNEL, recorded, year, location_ids, lists),
        below=_parts(SOURCE, recorded, year, location_ids, lists) if has_below else [],
        cost=_cost(lists.sources[source_id].code, year, location_ids),
    )


def _counts_as(source_id: int, lists: Lists) -> int:
    return lists.source_counts_as.get(source_id, source_id)


def _history(recorded: Collection[int], today: date, location_ids: Collection[int]) -> History:
    by_day = Rollups(location_ids).source_days(Period(EARLIEST, today), "primary_units", recorded)
    days = sorted(by_day)
    counted = accumulate(by_day[day] // UNIT for day in days)
    return History(array("l", [day.toordinal() for day in days]), array("l", counted))


def _parts(
    by: Dimension, recorded: Collection[int], period: Period, location_ids: Collection[int], lists: Lists
) -> list[SourcePart]:
    """Rows of another dimension with what came first of these sources, most first."""
    row = by.entry_row(lists)
    query = (
        select(row, func.sum(CreditEntry.primary_units))
        .where(*entries_within(CreditEntry, period, location_ids), CreditEntry.source_id.in_(sorted(recorded)))
        .group_by(row)
    )
    found = {each[0]: int(each[1]) // UNIT for each in db.session.execute(query) if each[1]}
    names = by.names(found, lists)
    parts = [SourcePart(each, names[each], visits) for each, visits in found.items()]
    return sorted(parts, key=lambda part: (-part.visits, part.name.label))


def _cost(code: str, year: Period, location_ids: Collection[int]) -> CostRow | None:
    if not is_whole(location_ids):
        return None
    rows = costs(period=year, view=View.PRIMARY, location_ids=location_ids).rows
    return next((row for top in rows for row in (top, *top.below) if row.name.key == code), None)
