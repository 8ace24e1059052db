"""The tables of a file as a page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from intake.attribution.leaving.given import HIDDEN
from intake.attribution.taking.sheets import Sheet, is_money, is_share
from intake.attribution.words import percent

PART_OF = "Part of"


@dataclass(frozen=True)
class Row:
    """Cells as they are read; `width` is percent of the bar, None for a sum or a hidden figure."""

    label: str
    cells: tuple[str, ...]
    width: float | None
    is_sum: bool


@dataclass(frozen=True)
class Table:
    """`numeric` says of each column but the first whether figures stand in it."""

    header: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[Row, ...]
    has_bars: bool


def shown(sheet: Sheet) -> Table:
    """The table without columns that hold nothing; bars where the file draws them."""
    rows = [list(row) for row in sheet.rows]
    if PART_OF in sheet.header:
        # A campaign stands with its channel's name, not beside it.
        of = list(sheet.header).index(PART_OF)
        rows = [[f"{row[of]}: {row[0]}" if row[of] else row[0], *row[1:of], None, *row[of + 1 :]] for row in rows]
    kept = [place for place in range(1, len(sheet.header)) if any(row[place] not in (None, "") for row in rows)]
    numeric = tuple(any(isinstance(row[place], int | float) or row[place] == HIDDEN for row in rows) for place in kept)
    drawn = list(sheet.header).index(sheet.bars.column) if sheet.bars else None
    figures = [] if drawn is None else [row[drawn] for row in rows if not _is_sum(row) and _is_count(row[drawn])]
    top = max(figures, default=0)

    def width(row: Sequence[Any]) -> float | None:
        if drawn is None or _is_sum(row) or not top or not _is_count(row[drawn]):
            return None
        return float(round(100 * row[drawn] / top, 2))

    return Table(
        header=tuple(sheet.header[place] for place in (0, *kept)),
        numeric=numeric,
        rows=tuple(
            Row(str(row[0]), tuple(_said(row[place], sheet.header[place]) for place in kept), width(row), _is_sum(row))
            for row in rows
        ),
        has_bars=bool(top),
    )


def _said(value: Any, header: str) -> str:
    match value:
        case None | "":
            said = ""
        case date():
            said = value.isoformat()
        case int() | float() if is_share(header):
            said = percent(float(value))
        case int() | float() if is_money(header):
            said = f"{value:,.2f}"
        case int():
            said = f"{value:,}"
        case _:
            said = str(value)
    return said


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float)


def _is_sum(row: Sequence[Any]) -> bool:
    return row[0] in ("Sum of the rows", "Eligible visits")
