"""Rows of a small table under a row of titles (contacts, touchpoints, invoices), of any kind a schedule may be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from intake.directory.name_keys import normal
from intake.directory.schedule.file.cell_values import SPREADSHEET_ERRORS, text_of
from intake.directory.schedule.file.import_errors import UnreadableFile
from intake.directory.schedule.file.sheet.sheets import read_sheet
from intake.directory.schedule.file.sheet.table import Cell

# Entering them is one transaction, in which nobody else writes the embedded file.
MOST_ROWS = 2_000
# What the columns may be called, in plain form, best first, by their key.
Titles = Mapping[str, Sequence[str]]


@dataclass
class TitledRows:
    """Rows by their number in the file, with the text of each column; `wrong` says why there are none."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    wrong: str = ""
    # Why a row can't be taken apart, by its number.
    broken: dict[int, str] = field(default_factory=dict)
    # Titles of columns that nothing reads.
    unread: list[str] = field(default_factory=list)


def read_titled_rows(
    data: bytes, titles: Titles, *, says_needed: str, needed: Sequence[Sequence[str]], called: Mapping[str, str]
) -> TitledRows:
    """Read the table below the first row with anything in it.

    Of each group in `needed` one column must be there; `says_needed` and what it is `called` tell one that isn't.
    """

    def recognised(row: Sequence[Any]) -> int:
        return len(_places(row, titles))

    try:
        sheet = read_sheet(data, recognised)
    except UnreadableFile as error:
        return TitledRows(wrong=str(error))
    at = next((number for number, row in enumerate(sheet.rows) if any(map(text_of, row))), len(sheet.rows))
    places = _places(sheet.rows[at], titles) if at < len(sheet.rows) else {}
    lacks = [" or ".join(called.get(key, key) for key in group) for group in needed if places.keys().isdisjoint(group)]
    if lacks:
        return TitledRows(wrong=f"{says_needed} Missing: {', '.join(lacks)}.")
    used = set(places.values())
    titled = [text_of(cell)[:60] for place, cell in enumerate(sheet.rows[at]) if place not in used]
    read = TitledRows(unread=[title for title in titled if title])
    for number, row in _below(sheet.rows, at):
        if number in sheet.broken:
            found, expected = sheet.broken[number]
            read.broken[number] = f"found {found}; expected {expected}"
        else:
            read.rows.append((number, {key: _said(row, places.get(key)) for key in titles}))
    if len(read.rows) > MOST_ROWS:
        return TitledRows(wrong=f"It has {len(read.rows):,} rows. Send at most {MOST_ROWS:,} in one file.")
    return read


def _below(rows: Sequence[Sequence[Cell]], at: int) -> Iterator[tuple[int, Sequence[Cell]]]:
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if any(map(text_of, row)):
            yield number, row


def _places(row: Sequence[Any], titles: Titles) -> dict[str, int]:
    there = [normal(text_of(cell)) for cell in row]
    found = {key: next((there.index(name) for name in names if name in there), None) for key, names in titles.items()}
    return {key: place for key, place in found.items() if place is not None}


def _said(row: Sequence[Cell], place: int | None) -> str:
    """The cell as text; our own apostrophe before what a spreadsheet would calculate is taken off.

    What a spreadsheet could not calculate is nothing: #N/A is how it says that it found nobody.
    """
    cell = row[place] if place is not None and place < len(row) else ""
    text = (cell.strip() if isinstance(cell, str) else text_of(cell)).removeprefix("'")
    return "" if text.casefold() in SPREADSHEET_ERRORS else text
