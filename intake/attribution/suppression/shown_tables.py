"""The tables of a file as a page shows them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from intake.attribution.suppression.suppressed_counts import HIDDEN
from intake.attribution.tables.workbook import Sheet, is_money, is_share
from intake.web.ui.formatting import percent, say_date

PART_OF = "Part of"
# What headings of files say and a page says once above its table, or in one column.
FROM, TO = re.compile(r"(95%(?: interval)?) from"), re.compile(r"95%(?: interval)? to\b")
VIEW = re.compile(r" \((?:Primary|Any mention)\)")


@dataclass(frozen=True)
class Row:
    """Cells as they are read; `width` is percent of the bar, None for a sum or a hidden figure."""

    label: str
    # What else is said of it, such as where a physician works.
    detail: str
    cells: tuple[str, ...]
    width: float | None
    is_sum: bool


@dataclass(frozen=True)
class Table:
    """Every column but the first holds figures."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    has_bars: bool


def shown(sheet: Sheet) -> Table:
    """The table without columns that hold nothing; both ends of an interval in one; bars where the file draws them."""
    rows = [list(row) for row in sheet.rows]
    if PART_OF in sheet.header:
        # A campaign stands with its channel's name, not beside it.
        of = list(sheet.header).index(PART_OF)
        rows = [[f"{row[of]}: {row[0]}" if row[of] else row[0], *row[1:of], None, *row[of + 1 :]] for row in rows]
    header = list(sheet.header)
    drawn = list(sheet.header).index(sheet.bars.column) if sheet.bars else None
    figures = [] if drawn is None else [row[drawn] for row in rows if not _is_sum(row) and _is_count(row[drawn])]
    top = max(figures, default=0)

    def width(row: Sequence[Any]) -> float | None:
        if drawn is None or _is_sum(row) or not top or not _is_count(row[drawn]):
            return None
        return float(round(100 * row[drawn] / top, 2))

    filled = [column for column in _columns(header, rows) if any(column.cells)]
    columns = [column for column in filled if column.numeric]
    words = [column for column in filled if not column.numeric and column.heading != "From"]
    return Table(
        header=(header[0], *(column.heading for column in columns)),
        rows=tuple(
            Row(
                label=str(row[0]),
                detail=" · ".join(filter(None, (column.cells[place] for column in words))),
                cells=tuple(column.cells[place] for column in columns),
                width=width(row),
                is_sum=_is_sum(row),
            )
            for place, row in enumerate(rows)
        ),
        has_bars=bool(top),
    )


@dataclass(frozen=True)
class _Column:
    heading: str
    numeric: bool
    cells: tuple[str, ...]


def _columns(header: list[str], rows: list[list[Any]]) -> Iterator[_Column]:
    """The columns as they are read: both ends of an interval in one."""
    for place in range(1, len(header)):
        name, values = header[place], [row[place] for row in rows]
        said = tuple(_said(value, name) for value in values)
        if TO.search(name):
            continue
        if FROM.search(name):
            ends = zip(said, (_said(row[place + 1], header[place + 1]) for row in rows), strict=True)
            yield _Column(FROM.sub(r"\1", name), True, tuple(_interval(low, high) for low, high in ends))
        else:
            yield _Column(VIEW.sub("", name), any(_is_count(each) or each == HIDDEN for each in values), said)


def _interval(low: str, high: str) -> str:
    """'21.5–39.3%'; 'at least $120' while the few who came allow any price above."""
    if low and not high:
        return f"at least {low}"
    return f"{low.removesuffix('%')}–{high}" if low else ""


def _said(value: Any, header: str) -> str:
    match value:
        case None | "":
            said = ""
        case date():
            said = say_date(value)
        case int() | float() if is_share(header):
            said = percent(float(value))
        case int() | float() if is_money(header):
            said = f"${value:,.2f}"
        case int():
            said = f"{value:,}"
        case _:
            said = str(value)
    return said


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float)


def _is_sum(row: Sequence[Any]) -> bool:
    return row[0] in ("Sum of the rows", "Eligible visits")
