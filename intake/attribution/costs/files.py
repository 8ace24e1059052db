"""What new patients cost, as a table for files."""

from typing import Any

from intake.attribution.costs import messages
from intake.attribution.costs.costs import CostRow, Costs
from intake.attribution.drilldown.tables import visits_number
from intake.attribution.tables.workbook import Bars, Sheet
from intake.attribution.totals.messages import say_period

PART = "Money is entered for the whole practice and these are a part of it: no cost of a patient is worked out."
HEADER = (
    "Source",
    "Part of",
    "Spent ($)",
    "New patients",
    "For each ($)",
    "95% interval from ($)",
    "95% interval to ($)",
)


def costs_sheet(report: Costs, *, whole: bool) -> Sheet:
    """Channels and their campaigns; empty for a part of the practice, like the page."""
    rows = []
    for row in report.rows if whole else ():
        rows += [_row(row, ""), *(_row(each, row.name.label) for each in row.below)]
    return Sheet("Costs", HEADER, rows, Bars("Spent ($)", "Spent ($)", len(rows)) if rows else None)


def costs_said(report: Costs, *, whole: bool) -> list[tuple[str, Any]]:
    """The months that the money is of, and the sentence of the page."""
    return [("Months", say_period(report.months)), ("Costs", messages.headline(report) if whole else PART)]


def _row(row: CostRow, part_of: str) -> list[Any]:
    cost = row.cost
    return [row.name.label, part_of, row.cents / 100, visits_number(row.units)] + [
        None if each is None else round(each / 100, 2) for each in (cost.cost, cost.low, cost.high)
    ]
