"""A table for others as a page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from intake.attribution.tables.table import Cell, Column, Table
from intake.web.ui.formatting import percent, say_date


@dataclass(frozen=True)
class HtmlRow:
    """Cells as they are read; `width` is percent of the bar, None for a sum or a hidden figure."""

    label: str
    # What else is said of it, such as where a physician works.
    detail: str
    cells: tuple[str, ...]
    width: float | None
    is_sum: bool


@dataclass(frozen=True)
class HtmlTable:
    """Every column but the first holds figures."""

    header: tuple[str, ...]
    rows: tuple[HtmlRow, ...]
    has_bars: bool


def html_table(table: Table) -> HtmlTable:
    """Return the table without empty columns: words beside the label, bars where a workbook draws them."""
    records = list(table.records)
    first, *others = table.columns
    texts = {
        column: [
            *(_text(column, column.cells(record)) for record in records),
            *(_text(column, table.sum_cells(column, record)) for record in table.sums),
        ]
        for column in others
    }
    figures = [column for column in others if column.kind.is_figure and any(texts[column])]
    words = [column for column in others if column.kind == Cell.TEXT]
    parents = [column for column in others if column.kind == Cell.PARENT]
    bars = _bars(table, records)
    rows = []
    for place, record in enumerate([*records, *table.sums]):
        # A campaign stands with its channel's name, not beside it.
        said = filter(None, (*(texts[column][place] for column in parents), first.value(record)))
        rows.append(
            HtmlRow(
                label=": ".join(said),
                detail=" · ".join(filter(None, (texts[column][place] for column in words))),
                cells=tuple(texts[column][place] for column in figures),
                width=bars[place] if place < len(bars) else None,
                is_sum=place >= len(records),
            )
        )
    header = (first.heading, *(column.page_heading or f"{column.heading}{column.unit}" for column in figures))
    return HtmlTable(header, tuple(rows), has_bars=any(bars))


def _bars(table: Table, records: Sequence[Any]) -> list[float | None]:
    """How wide the bar of each record is, in percent of the largest."""
    if table.bars is None:
        return []
    (drawn,) = (column for column in table.columns if table.bars.column in column.headings)
    counts = [drawn.value(record) for record in records]
    top = max((count for count in counts if isinstance(count, int)), default=0)
    return [round(100 * count / top, 2) if top and isinstance(count, int) else None for count in counts]


def _text(column: Column, cells: Sequence[Any]) -> str:
    """'21.5–39.3%'; 'at least $120' while the few who came allow any price above."""
    low, *rest = (_cell_text(column.kind, cell) for cell in cells)
    if not rest or not low:
        return low
    return f"{low.removesuffix('%')}–{rest[0]}" if rest[0] else f"at least {low}"


def _cell_text(kind: Cell, value: Any) -> str:
    match value:
        case None:
            text = ""
        case date():
            text = say_date(value)
        case int() | float() if kind == Cell.SHARE:
            text = percent(float(value))
        case int() | float() if kind == Cell.DOLLARS:
            text = f"${value:,.2f}"
        case int():
            text = f"{value:,}"
        case _:
            text = str(value)
    return text
