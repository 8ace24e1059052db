"""A page's tables as one CSV file: one header line, and every row says what it is of, since files travel alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from intake.attribution.tables.workbook import Sheet, Workbook
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


def csv_of(book: Workbook) -> Iterator[bytes]:
    """The file piece by piece. Several tables stand below each other, each row naming its own in the first column."""
    sheets = [sheet for sheet in book.sheets if not sheet.aside]
    columns = list(dict.fromkeys(name for sheet in sheets for name in sheet.header))
    stated = {label: value for label, value in book.about if label in STATED}
    columns += [label for label in stated if label not in columns]
    several = len(sheets) > 1
    return csv_lines([*([TABLE] if several else []), *columns], _rows(sheets, columns, stated, several=several))


def _rows(
    sheets: Sequence[Sheet], columns: Sequence[str], stated: Mapping[str, Any], *, several: bool
) -> Iterator[list[Any]]:
    same = [stated.get(name) for name in columns]
    for sheet in sheets:
        places = [columns.index(name) for name in sheet.header]
        for row in sheet.rows:
            cells = same.copy()
            for place, value in zip(places, row, strict=True):
                cells[place] = value
            yield [sheet.name, *cells] if several else cells
