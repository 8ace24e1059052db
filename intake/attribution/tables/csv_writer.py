"""A page's tables as one CSV file: one header line, and every row says what it is of, since files travel alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from intake.attribution.tables.table import ReportTables, Table
from intake.web.ui.downloads import csv_lines

TABLE = "Table"
# What a row says of the file it stands in; the sentences beside these are for readers of a workbook.
STATED = (
    "Leaves the practice",
    "Practice",
    "Figure",
    "Physician",
    "Compared",
    "Months",
    "Shown",
    "As of",
    "From",
    "To",
    "Compared with",
    "Locations",
    "View",
    "Counted",
    "List",
    "Printed on",
)


def csv_file(book: ReportTables) -> bytes:
    """Return the file. Several tables stand below each other, each row naming its own in the first column."""
    tables = [table for table in book.tables if not table.aside]
    columns = list(dict.fromkeys(name for table in tables for name in table.header))
    stated = {label: value for label, value in book.about if label in STATED}
    columns += [label for label in stated if label not in columns]
    several = len(tables) > 1
    rows = _rows(tables, columns, stated, several=several)
    return b"".join(csv_lines([*([TABLE] if several else []), *columns], rows))


def _rows(
    tables: Sequence[Table], columns: Sequence[str], stated: Mapping[str, Any], *, several: bool
) -> Iterator[list[Any]]:
    same = [stated.get(name) for name in columns]
    for table in tables:
        places = [columns.index(name) for name in table.header]
        for row in table.rows:
            cells = same.copy()
            for place, value in zip(places, row, strict=True):
                cells[place] = value
            yield [table.name, *cells] if several else cells
