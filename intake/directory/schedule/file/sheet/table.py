"""A table as it stands in a file: rows of cells, and what the cells alone don't say."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from intake.directory.schedule.file.columns import Header
from intake.directory.schedule.file.import_errors import Question

Cell = str | int | float | bool | date | datetime | time | timedelta
# How many columns of a schedule a row seems to name; the header is the row that names most.
Recognise = Callable[[Sequence[Cell]], int]

MOST_ROWS = 20_000
MOST_COLUMNS = 300
# Free text that is the same in many rows, so that a value known from another row can't have slipped there.
_FREE_TEXT = ("provider", "referrer_name", "location")


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
    # Names of further sheets with anything in them, each with how many columns its best row names.
    others: tuple[tuple[str, int], ...] = ()
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


class Shape:
    """How many cells the rows of a text file have: one that has more or fewer than the others has slipped."""

    def __init__(self, sheet: SheetRows, lines: list[list[str]], header: Header, visits: Sequence[int]) -> None:
        self.counts, self.width = sheet.counts_cells, header.width
        rows = [sheet.rows[row - 1] for row in visits if row not in sheet.broken]
        usual = Counter(map(len, rows)).most_common(1)
        # Every row may end with one delimiter more than the titles; a single row proves nothing.
        alike = usual and usual[0][1] == len(rows) > 1 and not sheet.blanks_after_delimiters
        self.longer = max(self.width, usual[0][0]) if alike else self.width
        # Only where blanks follow delimiters has an unquoted `Chen, Wei MD` become two cells.
        self.blanks = sheet.blanks_after_delimiters
        there = [lines[row - 1] for row in visits]
        whole = [texts for texts in there if self.width <= len(texts) <= self.longer]
        self.has_whole = bool(whole)
        places = {key: header.places[key] for key in _FREE_TEXT if key in header.places}
        self.known = {
            place: {"", *(texts[place] for texts in whole if place < len(texts))} for place in places.values()
        }

    @property
    def expected(self) -> str:
        return f"{self.width}: a cell that holds the delimiter must stand in quotation marks"

    def is_odd(self, cells: Sequence[Cell]) -> bool:
        return self.counts and len(cells) not in (self.width, self.longer)

    def why_wrong(self, texts: Sequence[str]) -> str:
        """What is expected where a row has cells beyond the titles."""
        return self.expected if any(texts[self.width :]) else ""

    def fits(self, texts: Sequence[str]) -> bool:
        """Whether the free text of a row of another length is that of other rows, so that nothing has slipped there."""
        if len(texts) > self.width and not self.blanks:
            return True
        if len(texts) < self.width and not texts[-1]:
            # Whoever leaves off empty cells at the end leaves off all of them: this row lacks one elsewhere.
            return False
        if len(texts) < self.width and not self.has_whole:
            return len(texts) - 1 not in self.known
        return all(place >= len(texts) or texts[place] in known for place, known in self.known.items())
