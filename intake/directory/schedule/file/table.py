"""A table as it stands in a file: rows of cells, and what the cells alone don't say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from intake.directory.schedule.file.import_errors import Question

Cell = str | int | float | bool | date | datetime | time | timedelta
# How many columns of a schedule a row seems to name; the header is the row that names most.
Recognise = Callable[[Sequence[Cell]], int]

MOST_ROWS = 20_000
MOST_COLUMNS = 300


@dataclass(frozen=True)
class SheetRows:
    """Rows of a table: `rows[0]` is row 1 of the spreadsheet; blank rows are there and empty."""

    rows: list[list[Cell]]
    described: str
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    # Numbers of rows that a filter or a person has hidden.
    hidden: frozenset[int] = frozenset()
    # Rows that can't be taken apart into cells: what was found and what is expected, by number.
    broken: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    # Whether a row says itself how many cells it has, as in text; in a workbook each cell has its place.
    counts_cells: bool = False
    # Whether a blank stands behind a delimiter outside quotation marks, as in an unquoted `Chen, Wei MD`.
    blanks_after_delimiters: bool = False
    # Whether bare numbers that stand for days count from 1904, as old Macintosh workbooks do.
    since_1904: bool = False


def filled_down(rows: list[list[Cell]], merged: Sequence[tuple[int, int, int, int]]) -> None:
    """Write the text of cells merged over several rows into each of them; places count from 0, both ends included.

    Across columns nothing is filled: a title over the whole sheet isn't said of every column.
    """
    for first, column, last, _ in merged:
        for row in rows[first + 1 : last + 1]:
            if column < len(row) and row[column] == "" and column < len(rows[first]):
                row[column] = rows[first][column]
