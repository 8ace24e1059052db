"""A report that leaves the practice: one table of counts and nothing beside it.

Changes, children of a channel, intervals and coverage by part would each let a hidden figure be worked out from two
that are shown. Two such files of one practice still can tell more together than each alone: of another dimension, or of
days that overlap.
"""

from dataclasses import dataclass

from intake.attribution.filters.dimensions.dimension import RowName
from intake.attribution.page.scope import Asked
from intake.attribution.statistics.cells import SMALLEST_SHOWN
from intake.attribution.suppression.suppressed_counts import NotForOthers, cell, list_given, refuse_shared_credit
from intake.attribution.tables.workbook import Bars, Sheet
from intake.attribution.totals.messages import VIEW_LABELS
from intake.attribution.totals.report import Totals
from intake.survey.ledger.crediting import UNIT

# The rows after these are added up into one: a file for others needs no list of everybody ever named.
MOST_ROWS = 300
MOST_BARS = 12
OTHERS = RowName("-others", "All others")


@dataclass(frozen=True)
class ShownRow:
    """`visits` and `share` are None where they are hidden."""

    name: RowName
    parent: RowName | None
    visits: int | None
    share: float | None


@dataclass(frozen=True)
class ForOthers:
    """`total` and `eligible` are None where they would give a hidden figure away."""

    rows: tuple[ShownRow, ...]
    total: int | None
    eligible: int | None


def for_others(report: Totals) -> ForOthers:
    """The rows of a report as others may have them. Raises NotForOthers."""
    refuse_shared_credit(report.view)
    if report.by.names_patients:
        raise NotForOthers("Who referred whom never leaves the practice.")
    counted = [(line.name, line.parent, line.units // UNIT) for line in report.lines if line.units]
    if len(counted) > MOST_ROWS:
        rest = sum(visits for *_, visits in counted[MOST_ROWS:])
        counted = [*counted[:MOST_ROWS], (OTHERS, None, rest)]
    given = list_given([visits for *_, visits in counted])
    rows = [
        ShownRow(name, parent, given.cells[place][0], given.share(place))
        for place, (name, parent, _) in enumerate(counted)
    ]
    if not report.by.is_calendar:
        # Where a hidden one stands among the others would say how large it is.
        rows.sort(key=lambda row: (row.visits is None, row.name.label.casefold() if row.visits is None else ""))
    return ForOthers(tuple(rows), given.total, _eligible(report, given.total))


def _eligible(report: Totals, total: int | None) -> int | None:
    """Eligible visits, unless they tell how few were left without an answer, or what a hidden sum is."""
    coverage = report.coverage
    silent = coverage.eligible - coverage.answered
    if total is None or 0 < coverage.eligible < SMALLEST_SHOWN or 0 < silent < SMALLEST_SHOWN:
        return None
    return coverage.eligible


def cut_sheet(report: Totals, asked: Asked) -> Sheet:
    """The report's table for a file. Raises NotForOthers."""
    given = for_others(report)
    visits = f"Visits ({VIEW_LABELS[report.view]})"
    rows = [[row.name.label, row.parent.label if row.parent else "", cell(row.visits), row.share] for row in given.rows]
    if given.rows:
        rows.append(["Sum of the rows", "", cell(given.total), None])
        rows.append(["Eligible visits", "", cell(given.eligible), None])
    shown = sum(row.visits is not None for row in given.rows)
    bars = None
    if shown and asked.by.is_ranked:
        bars = Bars(f"{asked.by.title}, {asked.when}", visits, min(MOST_BARS, shown))
    return Sheet("For others", [report.by.heading, "Part of", visits, "Share"], rows, bars)
