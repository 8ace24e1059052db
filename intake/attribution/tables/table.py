"""A report's table, as every file of it and its page for others read it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

# The longest bar chart beside a list.
MOST_BARS = 12


class Cell(Enum):
    """What the cells of a column hold: how they are written, and what becomes of them on a page."""

    TEXT = auto()
    # Digits that are no number, such as those of a telephone.
    CODE = auto()
    # What a row is a part of: the channel of a campaign.
    PARENT = auto()
    DAY = auto()
    COUNT = auto()
    SHARE = auto()
    DOLLARS = auto()
    PROBABILITY = auto()

    @property
    def is_figure(self) -> bool:
        return self in (Cell.COUNT, Cell.SHARE, Cell.DOLLARS, Cell.PROBABILITY)


# More would only look exact.
DIGITS = {Cell.SHARE: 6, Cell.PROBABILITY: 4}


@dataclass(frozen=True)
class Column:
    """One column. `value` reads its cell from a record; for an interval (low, high), or None.

    `page_heading` is the shorter heading where a page says the rest above its table.
    """

    heading: str
    value: Callable[..., Any]
    kind: Cell = Cell.TEXT
    is_interval: bool = False
    page_heading: str = ""

    @property
    def unit(self) -> str:
        return " ($)" if self.kind == Cell.DOLLARS else ""

    @property
    def headings(self) -> list[str]:
        """The headings in a file, where each end of an interval has a column of its own."""
        return [f"{self.heading}{end}{self.unit}" for end in ((" from", " to") if self.is_interval else ("",))]

    def cells(self, record: Any) -> Sequence[Any]:
        """The cells of a record, one for each of `headings`."""
        cells = (self.value(record) or (None, None)) if self.is_interval else (self.value(record),)
        digits = DIGITS.get(self.kind)
        return cells if digits is None else [None if cell is None else round(cell, digits) for cell in cells]


def interval(heading: str, value: Callable[[Any], Any], kind: Cell = Cell.SHARE) -> Column:
    """A column of (low, high)."""
    return Column(heading, value, kind, is_interval=True)


@dataclass(frozen=True)
class BarsBeside:
    """A chart of one column, named by its heading in files, for the first `rows` rows; none where that is 0."""

    title: str
    column: str
    rows: int
    # Columns from left to right, for months, weeks and days.
    over_time: bool = False


@dataclass(frozen=True)
class Table:
    """One table: `records` in order, then `sums`, of which only the label and the counts are read."""

    name: str
    columns: Sequence[Column]
    records: Iterable[Any]
    bars: BarsBeside | None = None
    sums: Sequence[Any] = ()
    # Beside the page's own tables: not in its CSV file.
    aside: bool = False

    @property
    def header(self) -> list[str]:
        return [heading for column in self.columns for heading in column.headings]

    @property
    def kinds(self) -> list[Cell]:
        """The kind of each column of a file."""
        return [column.kind for column in self.columns for _ in column.headings]

    @property
    def rows(self) -> Iterator[list[Any]]:
        """The rows of a file. Records may be read from the database on the way."""
        for record in self.records:
            yield [cell for column in self.columns for cell in column.cells(record)]
        for record in self.sums:
            yield [cell for column in self.columns for cell in self.sum_cells(column, record)]

    def sum_cells(self, column: Column, record: Any) -> Sequence[Any]:
        """The cells of a sum; empty but for its label and its counts."""
        if column is self.columns[0] or column.kind == Cell.COUNT:
            return column.cells(record)
        return [None] * len(column.headings)


@dataclass(frozen=True)
class ReportTables:
    """What one page comes to in files: what it says of itself, then its tables."""

    title: str
    about: Sequence[tuple[str, Any]]
    tables: Sequence[Table]

    @property
    def file_title(self) -> str:
        """The title with the days, so that one month's file doesn't take the place of another's."""
        said = dict(self.about)
        if "From" in said:
            days = f"{said['From'].isoformat()}-to-{said['To'].isoformat()}"
        else:
            days = said["As of"].isoformat() if "As of" in said else ""
        return f"{self.title[:90]} {days}"
