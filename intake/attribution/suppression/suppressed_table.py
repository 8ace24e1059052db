"""The edition of a report's table for somebody outside: counts hidden where they are small, the rest derived from them.

It is one table, so that nothing in a file can be set against something else in it. Two editions still can tell more
together than each alone: of another dimension, or of days that overlap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intake.attribution.statistics.shares import Interval, wilson
from intake.attribution.suppression.suppressed_counts import HIDDEN, SuppressedCounts
from intake.attribution.tables.table import BarsBeside, Cell, Column, Table

NAME = "For others"
SUM = "Sum of the rows"


@dataclass(frozen=True)
class SuppressedRow:
    """One row: its counts and what each is a part of, None where that is hidden or no sum to take a share of."""

    label: str
    counts: Sequence[int | None]
    of: Sequence[int | None] = ()
    # What else is known of the row; None for a sum.
    record: Any = None

    def share(self, column: int = 0) -> float | None:
        """The share of its column; None where the count or the sum is hidden, since two of the three tell the third."""
        count, of = self.counts[column], self.of[column]
        return count / of if count is not None and of else None

    def interval(self, column: int = 0) -> Interval | None:
        """The share's 95% Wilson interval; None where there is no share."""
        count, of = self.counts[column], self.of[column]
        return wilson(count, of) if count is not None and of else None


def label_column(heading: str) -> Column:
    """What each row is called."""
    return Column(heading, lambda row: row.label)


def count_column(heading: str, column: int = 0, page_heading: str = "") -> Column:
    """Counts of a column, with a word where they are hidden."""
    return Column(
        heading,
        lambda row: HIDDEN if row.counts[column] is None else row.counts[column],
        Cell.COUNT,
        page_heading=page_heading,
    )


def share_column(heading: str, column: int = 0) -> Column:
    """Shares of a column's sum."""
    return Column(heading, lambda row: row.share(column), Cell.SHARE)


def suppressed_table(
    columns: Sequence[Column],
    rows: Sequence[tuple[str, Any]],
    counts: SuppressedCounts,
    *,
    sums: Mapping[str, Sequence[int | None]] | None = None,
    has_shares: bool = True,
    hidden_last: bool = False,
    bars: BarsBeside | None = None,
) -> Table:
    """The table of `rows`, each (label, record), with their counts; below it the sum of each column, or `sums`.

    Without `has_shares` the sum of a column is no number of visits, so nothing is a share of it.
    """
    of = counts.column_sums if has_shares else (None,) * len(counts.column_sums)
    found = [SuppressedRow(label, cells, of, record) for (label, record), cells in zip(rows, counts.cells, strict=True)]
    if hidden_last:
        # Where a hidden one stands among the others would say how large it is.
        found.sort(key=lambda row: (row.counts[0] is None, row.label.casefold() if row.counts[0] is None else ""))
    below = {SUM: counts.column_sums} if sums is None else sums
    return Table(NAME, columns, found, bars, [SuppressedRow(*each) for each in below.items()] if found else [])
