"""A figure of a report, and which visits the ledger counts in it."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from intake.attribution.drilldown import option_positions
from intake.attribution.filters.date_basis import Basis, DatedSums
from intake.attribution.filters.dimensions.calendar import CalendarDimension
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.lists import Level, Lists
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import UNITS
from intake.directory.models import Visit
from intake.survey.ledger.crediting import UNIT
from intake.survey.ledger.entries import COVERAGE
from intake.survey.models import CoverageEntry, CreditEntry, View
from intake.survey.outcomes import OUTCOMES, REPLIES, address_of

# Figures of the coverage line, and which sum over a visit's entries says that it belongs there.
MEASURES = {
    "eligible": "Eligible visits",
    "asked": "Asked",
    **{address_of(outcome): OUTCOMES[outcome].label for outcome in REPLIES},
    "not-asked": "Without a reply",
    "never-asked": "Not asked",
    "awaiting": "Asked, no reply yet",
    "lost": "Without an answer",
}


@dataclass(frozen=True)
class Figure:
    """A figure of a report: the row `key` of a dimension, or a measure of coverage when `by` is None."""

    period: Period
    location_ids: frozenset[int]
    view: View
    by: Dimension | None
    key: str
    level: Level = Level.EACH
    basis: Basis = Basis.VISIT
    # Only those in this row of another dimension as well: a physician's patients by source, a source by channel.
    also: tuple[Dimension, str] | None = None
    # Codes of sources at the top: only what is credited to none of them, nor to anything under them.
    besides: tuple[str, ...] = ()

    @property
    def is_of_places(self) -> bool:
        """Whether these are the answers that stood at some places of the list, which no entry of the ledger knows."""
        return self.by is None and self.basis == Basis.VISIT and option_positions.positions_of_key(self.key) is not None


class NoSuchFigure(LookupError):
    """The address names no row of any report."""


def period_of(figure: Figure, key: Any) -> Period:
    """The days of the figure: those of its period that lie in its row, for a row of the calendar."""
    return figure.by.days_of(key, figure.period) if isinstance(figure.by, CalendarDimension) else figure.period


def days_of_row(by: CalendarDimension, key: str, period: Period) -> Period:
    """The days of the period that lie in this row of the calendar. Raises NoSuchFigure."""
    first = by.first_day(key)
    if first is None:
        raise NoSuchFigure(key)
    return by.days_of(first, period)


def counted_visits(figure: Figure, lists: Lists, *conditions: ColumnElement[bool]) -> Select[int, int]:
    """(visit_id, units) of every visit that the ledger counts in this figure, of entries that hold these too."""
    if figure.is_of_places:
        return _standing_at_places(figure, lists)
    if figure.by is None:
        return _standing_in_coverage(figure, lists, *conditions)
    key = recorded_key(figure, lists)
    of_row = [] if figure.by.is_calendar else figure.by.entries(key, lists, figure.level)
    if figure.also:
        other, own = other_row(figure, lists)
        of_row = [*of_row, *other.entries(own, lists)]
    if figure.besides:
        of_row = [*of_row, _besides(figure.besides, lists)]
    entry = select(CreditEntry.visit_id, UNITS[figure.view].label("units")).where(*of_row, *conditions)
    sums = _counting(figure, lists, entry, CreditEntry, period_of(figure, key)).subquery()
    total = func.sum(sums.c.units)
    if figure.view == View.ANY:
        # However many of its mentions fall into the row, a visit counts once in it.
        standing = select(sums.c.visit_id, func.min(UNIT).label("units")).having(total > 0)
    else:
        standing = select(sums.c.visit_id, total.label("units")).having(total != 0)
    return standing.group_by(sums.c.visit_id)


def _besides(codes: tuple[str, ...], lists: Lists) -> ColumnElement[bool]:
    tops = {source.id for source in lists.sources.values() if source.code in codes}
    if len(tops) != len(codes):
        raise NoSuchFigure(",".join(codes))
    under = sorted(each for each in lists.sources if lists.top_of(each) in tops)
    return or_(CreditEntry.source_id.is_(None), CreditEntry.source_id.not_in(under))


def _standing_at_places(figure: Figure, lists: Lists) -> Select[int, int]:
    ids = option_positions.visits_at(figure.key, period=figure.period, location_ids=figure.location_ids, lists=lists)
    return select(Visit.id.label("visit_id"), literal(0).label("units")).where(Visit.id.in_(ids))


def _standing_in_coverage(figure: Figure, lists: Lists, *conditions: ColumnElement[bool]) -> Select[int, int]:
    held = coverage_held(figure.key)
    entry = select(CoverageEntry.visit_id, func.min(0).label("units")).where(*conditions)
    if figure.also:
        other, own = other_row(figure, lists)
        row = other.coverage_row()
        if row is None:
            raise NoSuchFigure(figure.key)
        entry = entry.where(row == own)
    standing = _counting(figure, lists, entry, CoverageEntry, figure.period)
    return standing.group_by(CoverageEntry.visit_id).having(held)


def coverage_held(key: str) -> ColumnElement[bool]:
    """SQL: what the sums over a visit's entries say where it stands in this measure. Raises NoSuchFigure."""
    total = {name: func.coalesce(func.sum(getattr(CoverageEntry, name)), 0) for name in COVERAGE.amounts}
    replied: Any = sum(total[outcome] for outcome in REPLIES)
    measured: dict[str, ColumnElement[bool]] = {
        "eligible": total["eligible"] > 0,
        "asked": total["asked"] > 0,
        **{address_of(outcome): total[outcome] > 0 for outcome in REPLIES},
        "not-asked": and_(total["eligible"] > 0, replied <= 0),
        "never-asked": and_(total["eligible"] > 0, total["asked"] <= 0),
        "lost": and_(total["eligible"] > 0, total["answered"] <= 0),
        "awaiting": and_(total["asked"] > 0, replied <= 0),
    }
    if key not in measured:
        raise NoSuchFigure(key)
    return measured[key]


def other_row(figure: Figure, lists: Lists) -> tuple[Dimension, Any]:
    """The other dimension and its row. Raises NoSuchFigure; a row of the calendar is a period instead."""
    assert figure.also is not None
    other, key = figure.also
    if other.is_calendar:
        raise NoSuchFigure(key)
    return other, recorded_key(replace(figure, by=other, key=key, also=None), lists)


def _counting(figure: Figure, lists: Lists, query: Any, model: Any, period: Period) -> Any:
    return DatedSums(figure.basis, figure.location_ids, lists).narrowed(query, model, period)


def recorded_key(figure: Figure, lists: Lists) -> Any:
    """The row that the key in an address means; a month is its first day. Raises NoSuchFigure."""
    found = figure.by.row_of_key(figure.key, lists, figure.location_ids) if figure.by else None
    if found is None:
        raise NoSuchFigure(figure.key)
    return found
