"""A dimension's totals for others.

One table of counts and nothing beside it: changes, children of a channel, intervals and coverage by part would each
let a hidden figure be worked out from two that are shown.
"""

from intake.attribution.page.scope import ReportScope
from intake.attribution.statistics.cells import SMALLEST_SHOWN
from intake.attribution.suppression import suppressed
from intake.attribution.tables.table import MOST_BARS, BarsBeside, Cell, Column, Table
from intake.attribution.tables.visits import visits_heading
from intake.attribution.totals.report import Totals
from intake.survey.ledger.crediting import UNIT

# The rows after these are added up into one: a file for others needs no list of everybody ever named.
MOST_ROWS = 300


def cut_for_others(report: Totals, asked: ReportScope) -> Table:
    """The rows of a dimension, their sum and the eligible visits. Raises NotForOthers."""
    suppressed.refuse_shared_credit(report.view)
    if report.by.names_patients:
        raise suppressed.NotForOthers("Who referred whom never leaves the practice.")
    lines = [line for line in report.lines if line.units]
    rows = [(line.name.label, line.parent.label if line.parent else "") for line in lines[:MOST_ROWS]]
    counts = [line.units // UNIT for line in lines]
    if len(lines) > MOST_ROWS:
        rows.append(("All others", ""))
        counts[MOST_ROWS:] = [sum(counts[MOST_ROWS:])]
    given = suppressed.list_counts(counts, [name for name, _ in rows])
    is_ranked = not report.by.is_calendar
    visits = visits_heading(report.view)
    bars = BarsBeside(f"{asked.by.title}, {asked.when}", visits, min(MOST_BARS, given.rows_shown))
    return suppressed.table(
        [
            suppressed.label_column(report.by.heading),
            Column("Part of", lambda row: row.record, Cell.PARENT),
            suppressed.count_column(visits, page_heading="Visits"),
            suppressed.share_column("Share"),
        ],
        rows,
        given,
        sums={suppressed.SUM: (given.total,), "Eligible visits": (_eligible(report, given.total),)},
        hidden_last=is_ranked,
        bars=bars if asked.by.is_ranked else None,
    )


def _eligible(report: Totals, total: int | None) -> int | None:
    """Eligible visits, unless they tell how few were left without an answer, or what a hidden sum is."""
    coverage = report.coverage
    silent = coverage.eligible - coverage.answered
    if total is None or 0 < coverage.eligible < SMALLEST_SHOWN or 0 < silent < SMALLEST_SHOWN:
        return None
    return coverage.eligible
