"""The pages beside the cuts as they may leave the practice: how sure, side by side, and costs.

Each is one table, so that nothing in a file can be set against something else in it.
"""

from typing import Any

from intake.attribution.comparison.comparison import TwoRows, TwoSides
from intake.attribution.comparison.request import PERIOD, Comparison
from intake.attribution.costs.costs import Costs
from intake.attribution.page.scope import Asked
from intake.attribution.reliability.report import ShareRow, Trust
from intake.attribution.statistics.shares import difference, simultaneous, wilson
from intake.attribution.suppression.suppressed_counts import (
    Given,
    NotForOthers,
    cell,
    list_given,
    refuse_shared_credit,
    table_given,
)
from intake.attribution.tables.workbook import Sheet
from intake.attribution.totals.messages import VIEW_LABELS
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from intake.survey.outcomes import DOORS

NAME = "For others"
SUM = "Sum of the rows"


def trust_sheet(report: Trust, asked: Asked) -> Sheet:
    """Shares with their intervals; for what was named first also by way of asking, which is the same visits again."""
    refuse_shared_credit(asked.view)
    rows = report.shares
    if asked.view == View.PRIMARY and report.channels:
        counts, labels = _by_channel(report)
        given = table_given(counts)
        channels = [DOORS[row.channel].label for row in report.channels]
    else:
        counts, labels = [[row.units // UNIT] for row in rows], [_label(row) for row in rows]
        given, channels = list_given([count for (count,) in counts]), []
    sums = [sum(row) for row in counts]
    at_once = simultaneous([float(each) for each in sums], sum(sums)) if sum(sums) else []
    header = ["Source", f"Visits ({VIEW_LABELS[asked.view]})", "Share", "95% from", "95% to"]
    header += ["All rows at once, 95% from", "All rows at once, 95% to", *channels]
    lines: list[list[Any]] = []
    for place, label in enumerate(labels):
        count = given.row_sums[place]
        facts: list[Any] = [None] * 5
        # A mention is one of several of a visit: their sum is no number of visits to take a share of.
        if count is not None and given.total and asked.view == View.PRIMARY:
            facts = [count / given.total, *wilson(count, given.total), *at_once[place]]
        lines.append([label, cell(count), *facts, *(cell(each) for each in given.cells[place][: len(channels)])])
    if lines:
        by_channel = given.column_sums if channels else ()
        lines.append([SUM, cell(given.total), None, None, None, None, None, *map(cell, by_channel)])
    return Sheet(NAME, header, lines)


def _label(row: ShareRow) -> str:
    return row.name.label


def _by_channel(report: Trust) -> tuple[list[list[int]], list[str]]:
    """The largest sources, and all others together, by way of asking."""
    counts = [[row.counts[place] for row in report.channels] for place in range(len(report.columns))]
    labels = [column.label for column in report.columns]
    others = [row.others for row in report.channels]
    return ([*counts, others], [*labels, "Others"]) if any(others) else (counts, labels)


def comparison_sheet(found: Comparison, asked: Asked) -> Sheet:
    """Two of anything, or nothing where there aren't two. Raises NotForOthers."""
    refuse_shared_credit(asked.view)
    if found.is_of_patients:
        raise NotForOthers("Who referred whom never leaves the practice.")
    if found.problem:
        raise NotForOthers(found.problem)
    if found.sides:
        return _sides(found, found.sides, asked)
    return _rows(found, found.rows, asked)


def _sides(found: Comparison, sides: TwoSides, asked: Asked) -> Sheet:
    first, second = sides.first, sides.second
    if found.of == PERIOD and max(first.period.first_day, second.period.first_day) <= min(
        first.period.last_day, second.period.last_day
    ):
        raise NotForOthers("These days overlap, and the difference of two sums is a figure too. Choose days apart.")
    given = table_given([[units // UNIT for units in row.units] for row in sides.rows])
    visits = VIEW_LABELS[asked.view]
    header = ["Source"]
    for which, side in (("First", first), ("Second", second)):
        header += [f"{which}, {side.label}: visits ({visits})", f"{which}, {side.label}: share"]
    header += ["Difference of shares, 95% from", "Difference of shares, 95% to"]
    rows: list[list[Any]] = []
    for place, row in enumerate(sides.rows):
        one, two = given.cells[place]
        rows.append([row.name.label, cell(one), given.share(place, 0), cell(two), given.share(place, 1)])
        rows[-1] += _apart(given, place) if asked.view == View.PRIMARY else [None, None]
    if rows:
        one, two = given.column_sums
        rows.append([SUM, cell(one), None, cell(two), None, None, None])
    return Sheet(NAME, header, rows)


def _apart(given: Given, place: int) -> list[float | None]:
    (one, two), (of_one, of_two) = given.cells[place], given.column_sums
    if one is None or two is None or not of_one or not of_two:
        return [None, None]
    return list(difference(one, of_one, two, of_two))


def _rows(found: Comparison, rows: TwoRows | None, asked: Asked) -> Sheet:
    header = [found.what, f"Visits ({VIEW_LABELS[asked.view]})", "Share of answered", "95% from", "95% to"]
    if rows is None:
        return Sheet(NAME, header, [])
    sides = (rows.first, rows.second)
    counts = [side.units // UNIT for side in sides]
    primary = asked.view == View.PRIMARY
    # Everybody else is a figure too, as soon as the sum is known. Of mentions nobody knows the sum.
    given = list_given([*counts, rows.answered - sum(counts)] if primary else counts)
    of = given.total if primary else None
    lines: list[list[Any]] = []
    for place, side in enumerate(sides):
        count = given.cells[place][0]
        facts = [count / of, *wilson(count, of)] if count is not None and of else [None, None, None]
        lines.append([side.name.label, cell(count), *facts])
    if primary:
        lines.append(["Everybody else who answered", cell(given.cells[2][0]), None, None, None])
        lines.append([SUM, cell(given.total), None, None, None])
    return Sheet(NAME, header, lines)


def costs_sheet(report: Costs, asked: Asked, *, is_whole: bool) -> Sheet:
    """What was spent, and a new patient's cost where the number of patients may be known: dividing tells it."""
    refuse_shared_credit(asked.view)
    if not is_whole:
        raise NotForOthers("Money is entered for the whole practice and you see a part of it.")
    given = list_given([row.units // UNIT for row in report.rows])
    header = ["Source", "Spent ($)", "New patients", "For each ($)", "95% interval from ($)", "95% interval to ($)"]
    rows: list[list[Any]] = []
    for place, row in enumerate(report.rows):
        count = given.cells[place][0]
        cost = row.cost
        figures = [_dollars(each) for each in (cost.cost, cost.low, cost.high)] if count is not None else [None] * 3
        rows.append([row.name.label, row.cents / 100, cell(count), *figures])
    return Sheet(NAME, header, rows)


def _dollars(cents: float | None) -> float | None:
    return None if cents is None else round(cents / 100, 2)
