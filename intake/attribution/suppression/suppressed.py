"""The edition of a report's table for somebody outside: small counts hidden, and what would tell them.

It is one table, so that nothing in a file can be set against something else in it. Two editions still can tell more
together than each alone: of another dimension, or of days that overlap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from intake.attribution.statistics.cells import HIDDEN_SPAN, hide_in_list, hide_in_table
from intake.attribution.statistics.shares import Interval, wilson
from intake.attribution.tables.table import BarsBeside, Cell, Column, Table
from intake.survey.models import View

NAME = "For others"
SUM = "Sum of the rows"
HIDDEN = "hidden"
RULE = f"figures {HIDDEN_SPAN} are hidden, and as many more as it takes"


class NotForOthers(ValueError):
    """These figures aren't given out at all; the message says why, to the reader."""


@dataclass(frozen=True)
class SuppressedCounts:
    """Counts of rows by column, and the sums of both; None where one is hidden."""

    cells: tuple[tuple[int | None, ...], ...]
    row_sums: tuple[int | None, ...]
    column_sums: tuple[int | None, ...]
    total: int | None

    @property
    def rows_shown(self) -> int:
        """How many rows have their first count shown."""
        return sum(row[0] is not None for row in self.cells)

    def with_row_sums(self) -> "SuppressedCounts":
        """The same with the sum of each row as its first column."""
        cells = tuple((total, *row) for total, row in zip(self.row_sums, self.cells, strict=True))
        return replace(self, cells=cells, column_sums=(self.total, *self.column_sums))


def list_counts(counts: Sequence[int], names: Sequence[str]) -> SuppressedCounts:
    """One column of counts, shown with their sum.

    The same ones are hidden in whatever order the names stand: two orders would else tell together what each hides.
    """
    order = sorted(range(len(counts)), key=lambda row: (names[row], counts[row]))
    hides, hides_total = hide_in_list([counts[row] for row in order])
    hidden = {row for row, hide in zip(order, hides, strict=True) if hide}
    cells = tuple(None if row in hidden else count for row, count in enumerate(counts))
    total = None if hides_total else sum(counts)
    return SuppressedCounts(tuple((cell,) for cell in cells), cells, (total,), total)


def table_counts(rows: Sequence[Sequence[int]], names: Sequence[str], column_names: Sequence[str]) -> SuppressedCounts:
    """Counts that are shown with the sums of their rows and columns, or with less; hidden alike in any order."""
    across = sorted(range(len(column_names)), key=lambda column: column_names[column])
    order = sorted(range(len(rows)), key=lambda row: (names[row], [rows[row][column] for column in across]))
    found = hide_in_table([[rows[row][column] for column in across] for row in order])
    down, right = _places(order), _places(across)

    def unless(hides: Sequence[bool], counts: Sequence[int], places: Sequence[int]) -> tuple[int | None, ...]:
        return tuple(None if hides[place] else count for place, count in zip(places, counts, strict=True))

    sums = [sum(row) for row in rows]
    return SuppressedCounts(
        cells=tuple(unless(found.cells[place], row, right) for place, row in zip(down, rows, strict=True)),
        row_sums=unless(found.row_sums, sums, down),
        column_sums=unless(found.column_sums, [sum(column) for column in zip(*rows, strict=True)], right),
        total=None if found.total else sum(sums),
    )


def _places(order: Sequence[int]) -> list[int]:
    """Where in `order` each number from 0 on stands."""
    return sorted(range(len(order)), key=order.__getitem__)


def refuse_shared_credit(view: View) -> None:
    """Raise NotForOthers for shared credit, which is no count of people."""
    if view == View.FRACTIONAL:
        raise NotForOthers(
            "Shared credit is not given out: parts of a visit can't be hidden like small counts. Choose another view."
        )


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


def table(
    columns: Sequence[Column],
    rows: Sequence[tuple[str, Any]],
    counts: SuppressedCounts,
    *,
    sums: Mapping[str, Sequence[int | None]] | None = None,
    has_shares: bool = True,
    hidden_last: bool = False,
    bars: BarsBeside | None = None,
) -> Table:
    """Return the table of `rows`, each (label, record), with their counts; below it the sum of each column, or `sums`.

    Without `has_shares` the sum of a column is no number of visits, so nothing is a share of it.
    """
    of = counts.column_sums if has_shares else (None,) * len(counts.column_sums)
    found = [SuppressedRow(label, cells, of, record) for (label, record), cells in zip(rows, counts.cells, strict=True)]
    if hidden_last:
        # Where a hidden one stands among the others would say how large it is.
        found.sort(key=lambda row: (row.counts[0] is None, row.label.casefold() if row.counts[0] is None else ""))
    below = {SUM: counts.column_sums} if sums is None else sums
    return Table(NAME, columns, found, bars, [SuppressedRow(*each) for each in below.items()] if found else [])
