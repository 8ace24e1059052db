"""Figures too small to leave the practice, and those from which they could be worked out.

Counts below SMALLEST_SHOWN are hidden, as the Centers for Medicare & Medicaid Services do in what they release ("CMS
Cell Size Suppression Policy", ResDAC 2017). Then more cells are hidden until none can be computed from what is left,
even by a reader who knows these rules: complementary suppression as in Cox, "Suppression Methodology and
Statistical Disclosure Control", Journal of the American Statistical Association 75 (1980) 377–385. A table with its
sums is a flow in a network (Cox 1995), so a hidden cell can be told exactly when no circle of hidden cells through it
has room to move.
"""

import heapq
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

SMALLEST_SHOWN = 11
# As pages, files and documents say it.
HIDDEN_SPAN = f"from 1 to {SMALLEST_SHOWN - 1}"

Node = Hashable


@dataclass
class _Cell:
    """A figure as an edge of the network; what flows in at a node flows out."""

    tail: Node
    head: Node
    value: int
    hidden: bool = False

    @property
    def is_small(self) -> bool:
        return 0 < self.value < SMALLEST_SHOWN

    def can_rise(self) -> bool:
        """Whether one more would look the same to a reader who knows that small cells are hidden, and which are."""
        return self.value > 0 and self.value != SMALLEST_SHOWN - 1

    def can_fall(self) -> bool:
        return self.value > SMALLEST_SHOWN or 1 < self.value < SMALLEST_SHOWN


@dataclass(frozen=True)
class Hidden:
    """What not to show: cells by place, and the sums."""

    cells: tuple[tuple[bool, ...], ...]
    row_sums: tuple[bool, ...]
    column_sums: tuple[bool, ...]
    total: bool


def hide_in_list(counts: Sequence[int]) -> tuple[tuple[bool, ...], bool]:
    """Which counts of a list not to show, and whether to withhold its sum too."""
    cells = [_Cell("out", "in", count) for count in counts]
    total = _Cell("in", "out", sum(counts))
    _hide([*cells, total])
    return tuple(cell.hidden for cell in cells), total.hidden


def hide_in_table(rows: Sequence[Sequence[int]]) -> Hidden:
    """Which cells of a table that is shown with the sums of its rows and columns not to show."""
    width = len(rows[0]) if rows else 0
    cells = [[_Cell(("row", r), ("column", c), count) for c, count in enumerate(row)] for r, row in enumerate(rows)]
    row_sums = [_Cell("sum of rows", ("row", r), sum(row)) for r, row in enumerate(rows)]
    column_sums = [_Cell(("column", c), "sum of columns", sum(row[c] for row in rows)) for c in range(width)]
    total = _Cell("sum of columns", "sum of rows", sum(each.value for each in row_sums))
    _hide([*(cell for row in cells for cell in row), *row_sums, *column_sums, total])
    return Hidden(
        tuple(tuple(cell.hidden for cell in row) for row in cells),
        tuple(cell.hidden for cell in row_sums),
        tuple(cell.hidden for cell in column_sums),
        total.hidden,
    )


def _hide(cells: list[_Cell]) -> None:
    for cell in cells:
        cell.hidden = cell.is_small
    told = [cell for cell in cells if cell.hidden]
    # A cell that is hidden to protect another doesn't move less for it, but it must not be told either.
    while told:
        cell = told.pop()
        if _circle(cells, cell, only_hidden=True) is not None:
            continue
        circle = _circle(cells, cell, only_hidden=False)
        if circle is None:
            # Nothing in the table can hide it: nothing of the table is shown.
            for each in cells:
                each.hidden = each.value > 0
            return
        for each in circle:
            if not each.hidden:
                each.hidden = True
                told.append(each)


def _circle(cells: list[_Cell], through: _Cell, *, only_hidden: bool) -> list[_Cell] | None:
    """The cells of the cheapest circle on which this one can move by one, either way; None when there is none.

    A cell that is hidden already costs nothing, another what it counts: the least is lost.
    """
    found: list[tuple[int, list[_Cell]]] = []
    if through.can_rise() and (way := _way(cells, through, through.head, through.tail, only_hidden)):
        found.append(way)
    if through.can_fall() and (way := _way(cells, through, through.tail, through.head, only_hidden)):
        found.append(way)
    return min(found, key=lambda way: way[0])[1] if found else None


def _way(
    cells: list[_Cell], apart_from: _Cell, start: Node, end: Node, only_hidden: bool
) -> tuple[int, list[_Cell]] | None:
    steps: dict[Node, list[tuple[Node, _Cell]]] = {}
    for cell in cells:
        if cell is apart_from or (only_hidden and not cell.hidden):
            continue
        if cell.can_rise():
            steps.setdefault(cell.tail, []).append((cell.head, cell))
        if cell.can_fall():
            steps.setdefault(cell.head, []).append((cell.tail, cell))
    # Dijkstra; the counter keeps nodes themselves from being compared.
    queue: list[tuple[int, int, Node, list[_Cell]]] = [(0, 0, start, [])]
    seen: set[Node] = set()
    counter = 0
    while queue:
        cost, _, node, path = heapq.heappop(queue)
        if node == end:
            return cost, path
        if node in seen:
            continue
        seen.add(node)
        for following, cell in steps.get(node, []):
            if following not in seen:
                counter += 1
                price = 0 if cell.hidden else cell.value
                heapq.heappush(queue, (cost + price, counter, following, [*path, cell]))
    return None
