"""A report that leaves the practice: figures from 1 to 10 hidden, and those from which they could be worked out.

One table of counts and nothing beside it. Changes, children of a channel, intervals and coverage by part would each
let a hidden figure be worked out from two that are shown. Two such files of one practice still can tell more together
than each alone: of another cut, or of days that overlap.
"""

from dataclasses import dataclass
from typing import Any

from intake.attribution.asked import Asked
from intake.attribution.files import Table
from intake.attribution.labels import Name
from intake.attribution.statistics.cells import SMALLEST_SHOWN, hide_in_list
from intake.attribution.totals import Totals
from intake.attribution.words import BASIS_WORDS, CUT_HEADINGS, VIEW_LABELS
from intake.survey.crediting import UNIT
from intake.survey.models import View

HIDDEN = "hidden"
# The rows after these are added up into one: a file for others needs no list of everybody ever named.
MOST_ROWS = 300
OTHERS = Name("-others", "All others")


class NotForOthers(ValueError):
    """These figures aren't given out at all; the message says why, for whoever asked."""


@dataclass(frozen=True)
class ShownRow:
    """`visits` is None where it is hidden."""

    name: Name
    parent: Name | None
    visits: int | None


@dataclass(frozen=True)
class ForOthers:
    """`answered` and `eligible` are None where they would give a hidden figure away."""

    rows: tuple[ShownRow, ...]
    total: int | None
    eligible: int | None
    hidden: int

    def share(self, row: ShownRow) -> float | None:
        return row.visits / self.total if row.visits is not None and self.total else None


def for_others(report: Totals) -> ForOthers:
    """The rows of a cut as others may have them. Raises NotForOthers for shared credit, which is no count of people."""
    if report.view == View.FRACTIONAL:
        raise NotForOthers(
            "Shared credit is not given out: parts of a visit can't be hidden like small counts. Choose another view."
        )
    counted = [(line.name, line.parent, line.units // UNIT) for line in report.lines if line.units]
    if len(counted) > MOST_ROWS:
        rest = sum(visits for *_, visits in counted[MOST_ROWS:])
        counted = [*counted[:MOST_ROWS], (OTHERS, None, rest)]
    hides, hides_total = hide_in_list([visits for *_, visits in counted])
    rows = tuple(
        ShownRow(name, parent, None if hide else visits)
        for (name, parent, visits), hide in zip(counted, hides, strict=True)
    )
    total = None if hides_total else sum(visits for *_, visits in counted)
    return ForOthers(rows, total, _eligible(report, total), sum(hides))


def _eligible(report: Totals, total: int | None) -> int | None:
    """Eligible visits, unless they tell how few were left without an answer, or what a hidden sum is."""
    coverage = report.coverage
    silent = coverage.eligible - coverage.answered
    if total is None or 0 < coverage.eligible < SMALLEST_SHOWN or 0 < silent < SMALLEST_SHOWN:
        return None
    return coverage.eligible


def others_table(report: Totals, asked: Asked) -> Table:
    """The same for a file; every row says what it is, since files travel alone."""
    given = for_others(report)
    header = [CUT_HEADINGS[report.by], "Part of", f"Visits ({VIEW_LABELS[report.view]})", "Share"]
    header += ["From", "To", "Locations", "Counted", "Leaves the practice"]
    same = [report.period.first_day, report.period.last_day, asked.where, BASIS_WORDS[report.basis]]
    same.append("yes: figures from 1 to 10 are hidden")

    def cells(label: str, parent: str, visits: int | None, share: float | None) -> list[Any]:
        shown: list[Any] = [HIDDEN if visits is None else visits, "" if share is None else round(share, 4)]
        return [label, parent, *shown, *same]

    rows = [
        cells(row.name.label, row.parent.label if row.parent else "", row.visits, given.share(row))
        for row in given.rows
    ]
    rows.append(cells("Sum of the rows", "", given.total, None))
    rows.append(cells("Eligible visits", "", given.eligible, None))
    return header, rows
