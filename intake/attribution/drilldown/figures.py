"""A figure of a report, and which visits the ledger counts in it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from intake.attribution.drilldown import option_positions
from intake.attribution.filters.date_basis import Basis, entries_on
from intake.attribution.filters.dimension_labels import KIND_KEYS, REMAINDER_LABELS
from intake.attribution.filters.dimensions import (
    CALENDAR,
    NO_PROVIDER,
    NOBODY,
    REMAINDER_IDS,
    Cut,
    Level,
    Lists,
    entries_of,
    provider_of,
)
from intake.attribution.filters.periods import Period, month_end, week_start
from intake.attribution.filters.queries import UNITS
from intake.db import db
from intake.directory.models import Location, Visit
from intake.survey.ledger.crediting import UNIT
from intake.survey.ledger.entries import COVERAGE
from intake.survey.models import Channel, CoverageEntry, CreditEntry, View
from intake.survey.outcomes import OUTCOMES, REPLIES, address_of

# Figures of the coverage line, and which sum over a visit's entries says that it belongs there.
MEASURES = {
    "eligible": "Eligible visits",
    "asked": "Asked",
    **{address_of(outcome): OUTCOMES[outcome].label for outcome in REPLIES},
    "not-asked": "Not asked or no reply",
    "never-asked": "Not asked",
    "awaiting": "Asked, no reply yet",
    "lost": "Without an answer",
}


# Cuts that the entries of coverage know of.
ASKED_BY: dict[Cut, Any] = {
    Cut.CHANNEL: CoverageEntry.channel,
    Cut.STAFF: CoverageEntry.staff_id,
    Cut.PROVIDER: provider_of(CoverageEntry),
}


@dataclass(frozen=True)
class Figure:
    """A figure of a report: the row `key` of a cut, or a measure of coverage when `by` is None."""

    period: Period
    location_ids: frozenset[int]
    view: View
    by: Cut | None
    key: str
    level: Level = Level.EACH
    basis: Basis = Basis.VISIT
    # Only those that lie in this row of another cut as well: a physician's patients by source, a source by channel.
    also: tuple[Cut, str] | None = None
    # Codes of sources at the top: only what is credited to none of them, nor to anything under them.
    besides: tuple[str, ...] = ()

    @property
    def is_of_places(self) -> bool:
        """Whether these are the answers that stood at some places of the list, which no entry of the ledger knows."""
        return self.by is None and self.basis == Basis.VISIT and option_positions.named_by(self.key) is not None


class NoSuchFigure(LookupError):
    """The address names no row of any report."""


def period_of(figure: Figure, key: Any) -> Period:
    """The days of the figure: those of its period that lie in its row, for a row of the calendar."""
    if figure.by is None or not isinstance(key, date):
        return figure.period
    return _within(figure.by, key, figure.period)


def days_of_row(by: Cut, key: str, period: Period) -> Period:
    """The days of the period that lie in this row of the calendar. Raises NoSuchFigure."""
    first = _first_day(by, key)
    if first is None:
        raise NoSuchFigure(key)
    return _within(by, first, period)


def _within(by: Cut, first: date, period: Period) -> Period:
    return Period(max(first, period.first_day), min(_last_day(by, first), period.last_day))


def standing_visits(figure: Figure, lists: Lists, *conditions: ColumnElement[bool]) -> Select[int, int]:
    """(visit_id, units) of every visit that the ledger counts in this figure, of entries that hold these too."""
    if figure.is_of_places:
        return _standing_at_places(figure, lists)
    if figure.by is None:
        return _standing_in_coverage(figure, lists, *conditions)
    key = recorded_key(figure, lists)
    of_row = [] if isinstance(key, date) else entries_of(figure.by, key, lists, figure.level)
    if figure.also:
        cut, own = also_recorded(figure, lists)
        of_row = [*of_row, *entries_of(cut, own, lists)]
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
        cut, own = also_recorded(figure, lists)
        if cut not in ASKED_BY:
            raise NoSuchFigure(figure.key)
        entry = entry.where(ASKED_BY[cut] == own)
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


def also_recorded(figure: Figure, lists: Lists) -> tuple[Cut, Any]:
    """The other cut's row in the ledger's terms. Raises NoSuchFigure; a row of the calendar is a period instead."""
    assert figure.also is not None
    cut, key = figure.also
    if cut in CALENDAR:
        raise NoSuchFigure(key)
    return cut, recorded_key(replace(figure, by=cut, key=key, also=None), lists)


def _counting(figure: Figure, lists: Lists, query: Any, model: Any, period: Period) -> Any:
    return entries_on(figure.basis, query, model, period=period, location_ids=figure.location_ids, lists=lists)


def recorded_key(figure: Figure, lists: Lists) -> Any:
    """What the key in an address is in the ledger's terms; a month is its first day. Raises NoSuchFigure."""
    key, by = figure.key, figure.by
    found: Any = None
    if by is None or key in REMAINDER_IDS:
        number = REMAINDER_IDS.get(key)
        found = number if (by, number) in REMAINDER_LABELS else None
        if by == Cut.PROVIDER and found == NOBODY:
            found = NO_PROVIDER
    elif by == Cut.SOURCE:
        found = next((source.id for source in lists.sources.values() if source.code == key), None)
    elif by == Cut.LOCATION:
        place = db.session.scalar(select(Location.id).where(Location.code == key))
        found = place if place in figure.location_ids else None
    elif by == Cut.CHANNEL:
        found = key if key in list(Channel) else None
    elif by == Cut.KIND:
        found = next((number for number, name in KIND_KEYS.items() if name == key), None)
    elif by == Cut.PROVIDER:
        found = key
    elif by in CALENDAR:
        found = _first_day(by, key)
    elif key.isascii() and key.isdigit() and len(key) < 19:
        # No row has the number 0: in the sums it stands for nobody.
        found = int(key) or None
    if found is None:
        raise NoSuchFigure(key)
    return found


def _first_day(by: Cut, key: str) -> date | None:
    """First day of the month, week or day that an address names."""
    text = f"{key}-01" if by == Cut.MONTH else key
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return None if day is None or (by == Cut.WEEK and day != week_start(day)) else day


def _last_day(by: Cut, first_day: date) -> date:
    if by == Cut.MONTH:
        return month_end(first_day)
    return first_day + timedelta(days=6 if by == Cut.WEEK else 0)
