"""Two of anything as tables for files."""

from typing import Any

from intake.attribution.comparison import messages
from intake.attribution.comparison.comparison import RowSide, TwoRows, TwoSides
from intake.attribution.comparison.request import Comparison
from intake.attribution.drilldown.tables import visits_number
from intake.attribution.tables.workbook import Bars, Sheet
from intake.attribution.totals.messages import VIEW_LABELS
from intake.survey.models import View
from intake.web.ui.formatting import say_month


def comparison_sheets(found: Comparison, view: View) -> list[Sheet]:
    """The tables of the page; an empty one where there aren't two to compare."""
    if found.sides:
        return [_mix(found.sides, view), _replies(found.sides)]
    if found.rows:
        return [_two(found, found.rows, view), *([_months(found.rows)] if found.rows.months else [])]
    return [Sheet("Side by side", [found.what], [])]


def comparison_said(found: Comparison, view: View) -> list[tuple[str, Any]]:
    """What is compared, and the sentences of the page."""
    if found.sides:
        said = [
            ("Difference", messages.rate_sentence(found.sides)),
            ("Replies", messages.replies_sentence(found.sides)),
        ]
        first, second = found.sides.first.period, found.sides.second.period
        days = [("First from", first.first_day), ("First to", first.last_day)]
        days += [("Second from", second.first_day), ("Second to", second.last_day)]
        return [("Compared", f"{found.what}: {found.labels}"), *said, *days]
    if found.rows:
        return [("Compared", f"{found.what}: {found.labels}"), ("Difference", messages.rows_sentence(found.rows, view))]
    return [("Compared", f"{found.what}: there aren't two")]


def _mix(sides: TwoSides, view: View) -> Sheet:
    header = ["Source"]
    for which, side in (("First", sides.first), ("Second", sides.second)):
        label = f"{which}, {side.label}"
        header += [f"{label}: visits ({VIEW_LABELS[view]})", f"{label}: share of answered"]
    header += ["Difference of shares, 95% from", "Difference of shares, 95% to"]
    rows = []
    for row in sides.rows:
        one, two = (visits_number(units) for units in row.units)
        apart = row.apart if None not in row.shares else (None, None)
        rows.append([row.name.label, one, row.shares[0], two, row.shares[1], *apart])
    return Sheet("Side by side", header, rows)


def _replies(sides: TwoSides) -> Sheet:
    header = ["Side", "From", "To", "Days open", "Eligible", "Asked", "Answered", "Share answered"]
    rows = []
    for side in (sides.first, sides.second):
        found = side.coverage
        counts = (found.eligible, found.asked, found.answered, found.share)
        rows.append([side.label, side.period.first_day, side.period.last_day, side.days, *counts])
    return Sheet("Coverage", header, rows)


def _two(found: Comparison, rows: TwoRows, view: View) -> Sheet:
    def line(side: RowSide) -> list[Any]:
        interval = list(side.interval) if rows.answered else [None, None]
        return [side.name.label, side.name.detail, visits_number(side.units), side.share, *interval, rows.answered]

    visits = f"Visits ({VIEW_LABELS[view]})"
    header = [found.what, "Detail", visits, "Share of answered", "95% from", "95% to", "Answered"]
    return Sheet("Side by side", header, [line(rows.first), line(rows.second)], Bars(found.labels, visits, 2))


def _months(rows: TwoRows) -> Sheet:
    first, second = rows.first.name.label, rows.second.name.label
    cells = [
        [say_month(month.first_day), month.first_day, visits_number(one), visits_number(two)]
        for month, one, two in zip(rows.months, rows.first.months, rows.second.months, strict=True)
    ]
    return Sheet("Months", ["Month", "First day", f"First: {first}", f"Second: {second}"], cells)
