"""Rows of a small table under a row of titles (contacts, touchpoints, invoices), of any kind a schedule may be.

What would be taken for something that it isn't is refused with its reason: a row whose cells have slipped, one that is
hidden, a date that may be two days, two columns that may be the same one, a list of patients.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from intake.directory.name_keys import normal
from intake.directory.schedule.file.cell_values import SPREADSHEET_ERRORS, text_of
from intake.directory.schedule.file.dates_and_times import order_of_dates
from intake.directory.schedule.file.import_errors import UnreadableFile
from intake.directory.schedule.file.sheet.sheets import read_sheet
from intake.directory.schedule.file.sheet.table import Cell, SheetRows
from intake.directory.schedule.file.titles import words_of

# Entering them is one transaction, in which nobody else writes the embedded file.
MOST_ROWS = 2_000
# So far down the titles may stand below what a program writes over its report.
MOST_ABOVE = 40
# Rows that only add up others: "Total", "Total for Mail".
_TOTALS = ("total", "sum", "grand total", "subtotal", "totals")
_TOTAL_OF = "total for "
_PATIENT, _OF_ONE = {"patient", "pt"}, {"name", "first", "last", "id", "number", "phone", "mobile", "address", "email"}
_ONLY_PATIENTS = {"mrn", "dob", "birth", "birthdate"}
_CUT_AT_COMMA = re.compile(r"[-(]?\$?\s?\d{1,3}"), re.compile(r"\d{3}(\.\d{1,2}\)?|\)?)")
_SIGNS = str.maketrans({"€": " EUR ", "£": " GBP ", "¥": " JPY "})
_IN_BRACKETS = re.compile(r"[(\[](?!\s*(?!USD|US\$)[A-Z]{3}\s*[)\]])[^)\]]*[)\]]")
_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})\b.*")


@dataclass(frozen=True)
class Columns:
    """Columns of a kind of table: what each may be called, best first, by its key.

    Of each group in `needed` one must be there; `called` tells one that isn't. `days` hold dates, `amounts` money; of
    those in `single` a file has one column, so that nobody guesses which of two is meant.
    """

    titles: Mapping[str, Sequence[str]]
    needed: Sequence[Sequence[str]]
    called: Mapping[str, str]
    days: Sequence[str] = ()
    amounts: Sequence[str] = ()
    single: Sequence[str] = ()

    def places(self, row: Sequence[Any]) -> dict[str, list[int]]:
        """Where in a row of titles each column stands that it names, the best title first."""
        there = [_plain(text_of(cell)) for cell in row]
        found = {
            key: [place for name in map(_plain, names) for place, title in enumerate(there) if title == name]
            for key, names in self.titles.items()
        }
        return {key: list(dict.fromkeys(places)) for key, places in found.items() if places}

    def lacking(self, places: Mapping[str, Any]) -> list[str]:
        groups = [group for group in self.needed if places.keys().isdisjoint(group)]
        return [" or ".join(self.called.get(key, key) for key in group) for group in groups]


@dataclass
class TitledRows:
    """Rows by their number in the file, with the text of each column; `wrong` says why there are none."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    wrong: str = ""
    # Why a row can't be taken, and its number.
    broken: list[tuple[int, str]] = field(default_factory=list)
    # Titles of columns that nothing reads.
    unread: list[str] = field(default_factory=list)
    # What was passed over, in sentences.
    notes: list[str] = field(default_factory=list)
    # The table as it stands in the file, for whoever mends rows of it.
    titles: list[str] = field(default_factory=list)
    lines: list[tuple[int, list[str]]] = field(default_factory=list)


def read_titled_rows(data: bytes, columns: Columns) -> TitledRows:
    """Read the table below the first row that names its columns."""
    try:
        sheet = read_sheet(data, lambda row: len(columns.places(row)))
    except UnreadableFile as error:
        return TitledRows(wrong=str(error))
    at = _row_of_titles(sheet, columns)
    titles = [text_of(cell)[:60] for cell in sheet.rows[at]] if at < len(sheet.rows) else []
    places = columns.places(titles)
    if lacks := columns.lacking(places):
        there = f" Its columns are {', '.join(filter(None, titles))[:300]}." if any(titles) else ""
        return TitledRows(wrong=f"A row must name the columns. Missing: {', '.join(lacks)}.{there}")
    if of_patients := [title for title in titles if _is_of_patients(title)]:
        named = " and ".join(f"“{title}”" for title in of_patients[:3])
        return TitledRows(
            wrong=f"This looks like a list of patients, by its columns {named}. Nothing of it was kept. A day’s visits "
            "go in under Schedule; if it is no such list, take these columns out and choose it again."
        )
    if also := [name for name, named in sheet.others if named >= len(columns.needed)]:
        named = ", ".join(f"“{name}”" for name in also)
        return TitledRows(wrong=f"Other sheets hold such a table too: {named}. Save each sheet as a file of its own.")
    read = TitledRows(titles=titles)
    if at:
        read.notes += [f"The titles were found in row {at + 1}; what stands above isn’t read."] * any(
            any(map(text_of, row)) for row in sheet.rows[:at]
        )
    if sheet.others:
        read.notes.append(f"Not read: the sheets {', '.join(f'“{name}”' for name, _ in sheet.others)}.")
    _take_rows(read, sheet, at, columns, places)
    if len(read.lines) > MOST_ROWS:
        return TitledRows(wrong=f"It has {len(read.lines):,} rows. Send at most {MOST_ROWS:,} in one file.")
    if not read.wrong:
        used = {found[0] for found in places.values()}
        read.unread = [title for place, title in enumerate(titles) if title and place not in used]
    return read


def _row_of_titles(sheet: SheetRows, columns: Columns) -> int:
    """The first row that names all that is needed, else the first with anything in it."""
    filled = [at for at, row in enumerate(sheet.rows) if any(map(text_of, row))][:MOST_ABOVE]
    found = next((at for at in filled if not columns.lacking(columns.places(sheet.rows[at]))), None)
    return found if found is not None else next(iter(filled), len(sheet.rows))


def _take_rows(read: TitledRows, sheet: SheetRows, at: int, columns: Columns, places: Mapping[str, list[int]]) -> None:
    width = max(place for place, title in enumerate(read.titles) if title) + 1
    first = {key: found[0] for key, found in places.items()}
    for number, row in enumerate(sheet.rows[at + 1 :], start=at + 2):
        texts = [text_of(cell) for cell in row]
        if not any(texts):
            continue
        read.lines.append((number, texts))
        if total := next((text for text in texts[:3] if _sums_up(text)), ""):
            read.notes.append(f"Row {number}, “{total[:40]}”, only sums up and is passed over.")
        elif number in sheet.broken:
            found, expected = sheet.broken[number]
            read.broken.append((number, f"found {found}; expected {expected}"))
        elif number in sheet.hidden:
            read.broken.append((number, "it is hidden in the sheet: show it there if it counts, or delete it"))
        elif why := _slipped(texts, width, first, columns) if sheet.counts_cells else "":
            read.broken.append((number, why))
        else:
            read.rows.append((number, {key: _said(row, first.get(key)) for key in columns.titles}))
    taken = {number for number, _ in read.rows}
    lines = [texts for number, texts in read.lines if number in taken]
    for key in columns.single:
        if two := _told_apart(lines, places.get(key, ())):
            one, other = (f"“{read.titles[place]}”" for place in two)
            read.wrong = (
                f"Both the column {one} and the column {other} may be the {columns.called.get(key, key)}, and they say "
                "different things. Take one of them out and choose the file again."
            )
            return
    for key in columns.days:
        _refuse_doubtful(read, key)


def _slipped(texts: Sequence[str], width: int, first: Mapping[str, int], columns: Columns) -> str:
    """Why the cells of a row of text don't stand under their titles; empty where they may."""
    if any(texts[width:]):
        return (
            f"it has {len(texts)} cells under {width} titles: a cell with a comma in it must stand in quotation marks"
        )
    for key in columns.amounts:
        place = first.get(key, len(texts))
        one, other = (*texts[place : place + 2], "", "")[:2]
        whole, cut = _CUT_AT_COMMA
        is_beside_words = not any(first.get(each) == place + 1 for each in columns.amounts)
        if whole.fullmatch(one) and cut.fullmatch(other) and is_beside_words:
            return f"“{one}” and “{other}” stand in two cells: an amount with a comma must stand in quotation marks"
    return ""


def _told_apart(lines: Sequence[Sequence[str]], places: Sequence[int]) -> tuple[int, int] | None:
    """Two of these places that hold different things in some row."""
    for other in places[1:]:
        for texts in lines:
            one, two = ((*texts, *[""] * (place + 1 - len(texts)))[place] for place in (places[0], other))
            if one and two and one != two:
                return places[0], other
    return None


def _refuse_doubtful(read: TitledRows, key: str) -> None:
    """Where the day stands first in some dates it may in all: those that may be two days are left to a person."""
    month_first, day_first, example = order_of_dates(cells[key] for _, cells in read.rows)
    if not day_first or day_first * 5 < month_first:
        return
    rows, read.rows = read.rows, []
    for number, cells in rows:
        match = _SLASHED.fullmatch(cells[key])
        if match and match[1] != match[3] and int(match[3]) <= 12:
            may = f"“{cells[key][:20]}” may be month/day or day/month, as “{example[:20]}” elsewhere in the file"
            read.broken.append((number, f"{may}: write it as 2026-11-30"))
        else:
            read.rows.append((number, cells))


def _is_of_patients(title: str) -> bool:
    words = set(words_of(title))
    return bool(words & _ONLY_PATIENTS or (words & _PATIENT and (words & _OF_ONE or words <= _PATIENT)))


def _sums_up(text: str) -> bool:
    plain = normal(text)
    return plain in _TOTALS or plain.startswith(_TOTAL_OF)


def _plain(title: str) -> str:
    """A title as it is compared: without marks, blanks and what stands in brackets, but for another currency."""
    return normal(_IN_BRACKETS.sub(" ", title.translate(_SIGNS))).replace(" ", "")


def _said(row: Sequence[Cell], place: int | None) -> str:
    """The cell as text; our own apostrophe before what a spreadsheet would calculate is taken off.

    What a spreadsheet could not calculate is nothing: #N/A is how it says that it found nobody.
    """
    cell = row[place] if place is not None and place < len(row) else ""
    text = (cell.strip() if isinstance(cell, str) else text_of(cell)).removeprefix("'")
    return "" if text.casefold() in SPREADSHEET_ERRORS else text
