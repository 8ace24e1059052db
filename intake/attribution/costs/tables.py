"""What new patients cost, as a table for files, and the table for others."""

from typing import Any

from intake.attribution.costs import messages
from intake.attribution.costs.costs import Costs
from intake.attribution.statistics.money import CostPerPatient
from intake.attribution.suppression import suppressed
from intake.attribution.tables.table import BarsBeside, Cell, Column, Table, interval
from intake.attribution.tables.visits import visits_number
from intake.attribution.totals.messages import say_period
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View

# What was spent is without these.
_CREDITS: Column = Column("Credits", lambda each: each[0].credit_cents / 100 or None, Cell.DOLLARS)
PART = "Money is entered for the whole practice and these are a part of it: no cost of a patient is worked out."


def costs_table(report: Costs, *, whole: bool) -> Table:
    """Return channels and their campaigns; empty for a part of the practice, like the page."""
    rows = []
    for row in report.rows if whole else ():
        rows += [(row, ""), *((each, row.name.label) for each in row.below)]
    columns = [
        Column("Source", lambda each: each[0].name.label),
        Column("Part of", lambda each: each[1], Cell.PARENT),
        Column("Spent", lambda each: each[0].cents / 100, Cell.DOLLARS),
        *([_CREDITS] if any(row.credit_cents for row, _ in rows) else []),
        Column("New patients", lambda each: visits_number(each[0].units), Cell.COUNT),
        Column("More, without money", lambda each: visits_number(each[0].unpaid_units or None), Cell.COUNT),
        Column("For each", lambda each: _dollars(each[0].cost.cost), Cell.DOLLARS),
        interval("95% interval", lambda each: _ends(each[0].cost), Cell.DOLLARS),
    ]
    return Table("Costs", columns, rows, BarsBeside("Spent ($)", "Spent ($)", len(rows)))


def costs_sentences(report: Costs, *, whole: bool) -> list[tuple[str, Any]]:
    """Return (label, text): the months that the money is of, and the sentence of the page."""
    return [("Months", say_period(report.months)), ("Costs", messages.headline(report) if whole else PART)]


def costs_for_others(report: Costs, view: View, *, whole: bool) -> Table:
    """Return what was spent, and costs where the number of patients may be known: dividing tells it."""
    suppressed.refuse_shared_credit(view)
    if not whole:
        raise suppressed.NotForOthers("Money is entered for the whole practice and you see a part of it.")

    def known(row: suppressed.SuppressedRow) -> bool:
        return row.counts[0] is not None

    columns = [
        suppressed.label_column("Source"),
        Column("Spent", lambda row: row.record.cents / 100, Cell.DOLLARS),
        suppressed.count_column("New patients"),
        Column("For each", lambda row: _dollars(row.record.cost.cost) if known(row) else None, Cell.DOLLARS),
        interval("95% interval", lambda row: _ends(row.record.cost) if known(row) else None, Cell.DOLLARS),
    ]
    counts = suppressed.list_counts([row.units // UNIT for row in report.rows], [row.name.label for row in report.rows])
    return suppressed.table(columns, [(row.name.label, row) for row in report.rows], counts, sums={})


def _dollars(cents: float | None) -> float | None:
    return None if cents is None else round(cents / 100, 2)


def _ends(cost: CostPerPatient) -> tuple[float | None, float | None]:
    return _dollars(cost.low), _dollars(cost.high)
