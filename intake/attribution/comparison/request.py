"""The comparison that an address asks for.

`of` says what is compared; `a` and `b` are two keys of that dimension, or two codes of locations. Of two periods the
first is the report's own and the second `b-from` to `b-to`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import abort

from intake.attribution.comparison.comparison import TwoRows, TwoSides, two_rows, two_sides
from intake.attribution.drilldown.figures import Figure, NoSuchFigure, recorded_key
from intake.attribution.filters.dimensions.dimension import Dimension, RowName
from intake.attribution.filters.dimensions.people import PATIENT
from intake.attribution.filters.dimensions.registry import BY_KEY
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.dimensions.visit_fields import LOCATION
from intake.attribution.filters.lists import Level, Lists
from intake.attribution.filters.periods import UnreadablePeriod, read_period
from intake.attribution.filters.queries import lists_under
from intake.attribution.filters.request import PERIOD, ComparisonRequest
from intake.attribution.page.report_page import offered_dimensions
from intake.attribution.page.scope import ReportScope
from intake.attribution.totals.messages import record_note, say_period
from intake.attribution.totals.on_record import are_on_record, records_began
from intake.attribution.totals.sums import sums_on

MOST_OFFERED = 300


@dataclass(frozen=True)
class ComparedPair:
    """Two of what `of` names: `sides`, `rows`, or neither where there aren't two, with the reason in `problem`."""

    of: str
    offered: Mapping[str, str]
    options: Sequence[RowName]
    chosen: tuple[str, str]
    sides: TwoSides | None = None
    rows: TwoRows | None = None
    problem: str = ""
    # Why two periods that can be read are not set side by side.
    not_on_record: str = ""

    @property
    def what(self) -> str:
        """'Location', 'Period', 'Source', …"""
        return self.offered[self.of]

    @property
    def labels(self) -> str:
        """'Riverside and Northgate'; empty where there aren't two."""
        if self.sides:
            return f"{self.sides.first.label} and {self.sides.second.label}"
        return f"{self.rows.first.name.label} and {self.rows.second.name.label}" if self.rows else ""

    def rows_of(self, asked: ReportScope, number: int, source: str = "", measure: str = "answered") -> str:
        """Return the address of the visits behind a figure of the first (0) or second side: of a source or measure."""
        if self.sides is None:
            return ""
        side = (self.sides.first, self.sides.second)[number]
        # One place where places are compared; else those of the report.
        place = next((each for each in asked.locations if {each.id} == side.location_ids), asked.location)
        if not source:
            return asked.rows(measure, measure=True, period=side.period, location=place)
        return asked.rows(source, by=SOURCE, level=Level.ROLLED_UP, period=side.period, location=place)

    @property
    def is_of_patients(self) -> bool:
        return self.of == PATIENT.key


def compared_here(asked: ReportScope) -> ComparedPair:
    """Return the comparison that the address asks for; 404 for what can't be compared or isn't there."""
    wanted = asked.request
    assert isinstance(wanted, ComparisonRequest)
    of = str(wanted.of or (LOCATION if len(asked.locations) > 1 else PERIOD))
    offered = {each.key: each.heading for each in offered_dimensions() if each.is_ranked} | {PERIOD: "Period"}
    if of not in offered:
        abort(404)
    chosen = (wanted.first_key, wanted.second_key)
    if of == PERIOD:
        return _periods(asked, (wanted.other_first, wanted.other_last), offered)
    if of == LOCATION.key:
        options = [RowName(each.code, each.name) for each in asked.locations]
        chosen = _two(options, chosen)
        return ComparedPair(of, offered, options, chosen, sides=_locations(asked, chosen))
    lists = lists_under(asked.listing, asked.period)
    options = _offered(asked, BY_KEY[of], lists)
    chosen = _two(options, chosen)
    return ComparedPair(of, offered, options, chosen, rows=_rows(asked, BY_KEY[of], chosen, lists))


def _periods(asked: ReportScope, typed: tuple[str, str], offered: Mapping[str, str]) -> ComparedPair:
    """The report's own period and another: the one given, else the one before; no sides where not all is on record."""
    other = asked.period.before()
    pair = ComparedPair(PERIOD, offered, (), typed)
    if typed != ("", ""):
        try:
            other = read_period(*typed, today=asked.period.last_day)
        except UnreadablePeriod as error:
            return replace(pair, chosen=(typed[0][:40], typed[1][:40]), problem=str(error))
    if other is None:
        return replace(pair, problem="There is no calendar that far back.")
    first, second = asked.period, other
    pair = replace(pair, chosen=(second.first_day.isoformat(), second.last_day.isoformat()))
    if not are_on_record(records_began(), first, second):
        notes = dict.fromkeys(filter(None, map(record_note, (first, second))))
        return replace(pair, not_on_record=" ".join(notes) or "Nothing is on record yet.")
    sides = two_sides(
        (asked.when, first, asked.location_ids),
        (say_period(second), second, asked.location_ids),
        view=asked.view,
        listing=asked.listing,
        basis=asked.basis,
    )
    return replace(pair, sides=sides)


def _locations(asked: ReportScope, codes: tuple[str, str]) -> TwoSides | None:
    known = {each.code: each for each in asked.locations}
    if not all(codes):
        return None
    # One that belongs to others reads exactly like one that there isn't.
    first, second = (known.get(code) or abort(404) for code in codes)
    return two_sides(
        (first.name, asked.period, {first.id}),
        (second.name, asked.period, {second.id}),
        view=asked.view,
        listing=asked.listing,
        basis=asked.basis,
    )


def _offered(asked: ReportScope, by: Dimension, lists: Lists) -> list[RowName]:
    """Rows with credit in the period, most first, then by name."""
    sums = sums_on(asked.basis, location_ids=asked.location_ids, lists=lists)
    credit = sums.credit(asked.period, by=by, view=asked.view)
    names = by.names(credit, lists)
    keys = [key for key in sorted(credit, key=lambda key: -credit[key]) if not names[key].key.startswith("-")]
    return [names[key] for key in keys[:MOST_OFFERED]]


def _two(options: list[RowName], chosen: tuple[str, str]) -> tuple[str, str]:
    """The two asked for; the first two on the list stand in for what was left open."""
    keys = [each.key for each in options]
    first = chosen[0] or next((key for key in keys if key != chosen[1]), "")
    return first, chosen[1] or next((key for key in keys if key != first), "")


def _rows(asked: ReportScope, by: Dimension, chosen: tuple[str, str], lists: Lists) -> TwoRows | None:
    if not all(chosen):
        return None
    try:
        first, second = (
            recorded_key(Figure(asked.period, asked.location_ids, asked.view, by, key), lists) for key in chosen
        )
    except NoSuchFigure:
        abort(404)
    known = by.names({first, second}, lists)
    if first not in known or second not in known:
        abort(404)
    seen = {each.key for each in _offered(asked, by, lists)} if by.is_private else set(chosen)
    if not set(chosen) <= seen:
        # A name is shown only to whoever sees a visit that it stands behind.
        abort(404)
    return two_rows(
        (first, second),
        by=by,
        period=asked.period,
        view=asked.view,
        location_ids=asked.location_ids,
        lists=lists,
        basis=asked.basis,
    )
