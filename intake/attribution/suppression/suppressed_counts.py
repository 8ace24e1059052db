"""What of a list or a table of counts is given to others: small figures hidden, and what would tell them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from intake.attribution.statistics.cells import HIDDEN_SPAN, hide_in_list, hide_in_table
from intake.survey.models import View

HIDDEN = "hidden"
RULE = f"figures {HIDDEN_SPAN} are hidden, and as many more as it takes"


class NotForOthers(ValueError):
    """These figures aren't given out at all; the message says why, for whoever asked."""


@dataclass(frozen=True)
class Given:
    """Counts as others may have them: None where one is hidden, in the cells and in the sums."""

    cells: tuple[tuple[int | None, ...], ...]
    row_sums: tuple[int | None, ...]
    column_sums: tuple[int | None, ...]
    total: int | None

    @property
    def hidden(self) -> int:
        return sum(cell is None for row in self.cells for cell in row)

    def share(self, row: int, column: int = 0) -> float | None:
        """Of its column; None where the count or the sum is hidden, since two of the three tell the third."""
        count, of = self.cells[row][column], self.column_sums[column]
        return count / of if count is not None and of else None


def list_given(counts: Sequence[int]) -> Given:
    """One column of counts that are given with their sum."""
    hides, hides_total = hide_in_list(counts)
    cells = tuple((None if hide else count,) for count, hide in zip(counts, hides, strict=True))
    total = None if hides_total else sum(counts)
    return Given(cells, tuple(cell for (cell,) in cells), (total,), total)


def table_given(rows: Sequence[Sequence[int]]) -> Given:
    """Counts that are given with the sums of their rows and columns, or with less."""
    found = hide_in_table(rows)

    def unless(hide: bool, count: int) -> int | None:
        return None if hide else count

    def all_unless(hides: Sequence[bool], counts: Sequence[int]) -> tuple[int | None, ...]:
        return tuple(unless(hide, count) for hide, count in zip(hides, counts, strict=True))

    sums = [sum(row) for row in rows]
    return Given(
        cells=tuple(all_unless(hides, row) for hides, row in zip(found.cells, rows, strict=True)),
        row_sums=all_unless(found.row_sums, sums),
        column_sums=all_unless(found.column_sums, [sum(column) for column in zip(*rows, strict=True)]),
        total=unless(found.total, sum(sums)),
    )


def cell(value: Any) -> Any:
    """What stands in a file for a figure that may be hidden."""
    return HIDDEN if value is None else value


def refuse_shared_credit(view: View) -> None:
    """Raises NotForOthers for shared credit, which is no count of people."""
    if view == View.FRACTIONAL:
        raise NotForOthers(
            "Shared credit is not given out: parts of a visit can't be hidden like small counts. Choose another view."
        )
