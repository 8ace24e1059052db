"""Counts as others may have them: small ones hidden, and what would tell them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from intake.attribution.statistics.cells import HIDDEN_SPAN, hide_in_list, hide_in_table
from intake.survey.models import View

HIDDEN = "hidden"
RULE = f"figures {HIDDEN_SPAN} are hidden, and as many more as it takes"


class NotForOthers(ValueError):
    """These figures aren't given out at all; the message says why, for whoever asked."""


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


def suppressed_list(counts: Sequence[int], names: Sequence[str]) -> SuppressedCounts:
    """One column of counts, shown with their sum.

    The same ones are hidden in whatever order the names stand: two orders would else tell together what each hides.
    """
    order = sorted(range(len(counts)), key=lambda row: (names[row], counts[row]))
    hides, hides_total = hide_in_list([counts[row] for row in order])
    hidden = {row for row, hide in zip(order, hides, strict=True) if hide}
    cells = tuple(None if row in hidden else count for row, count in enumerate(counts))
    total = None if hides_total else sum(counts)
    return SuppressedCounts(tuple((cell,) for cell in cells), cells, (total,), total)


def suppressed_counts(
    rows: Sequence[Sequence[int]], names: Sequence[str], column_names: Sequence[str]
) -> SuppressedCounts:
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
