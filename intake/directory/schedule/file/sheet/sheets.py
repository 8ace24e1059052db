"""Tables in CSV, TSV and XLSX files and in web pages: kind of file, delimiter, quotation marks, limits."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from types import MappingProxyType

from intake.directory.schedule.file.import_errors import UnreadableFile
from intake.directory.schedule.file.sheet.encodings import decode
from intake.directory.schedule.file.sheet.table import MOST_COLUMNS, MOST_ROWS, Cell, Recognise, SheetRows, filled_down
from intake.directory.schedule.file.sheet.workbooks import read_workbook

NO_ANSWERS: Mapping[str, str] = MappingProxyType({})
LONGEST_BROKEN = 300
_MOST_SPANNED = 1_000
LINES_TO_GUESS_FROM = 40
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n", re.I)
SAVE_AS = "a CSV file or an XLSX workbook: open it in the program it came from and save it as one of these"
# First bytes of other kinds of files, and their names.
OTHER_KINDS = (
    (b"\xd0\xcf\x11\xe0", "an Excel file of the old kind (.xls) or one locked with a password"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"Rar!", "a compressed file (RAR)"),
    (b"7z\xbc\xaf", "a compressed file (7z)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a text document (RTF)"),
)

# The same of other kinds of text.
OTHER_TEXTS = (
    (r".{0,1900}urn:schemas-microsoft-com:office:spreadsheet", "an XML Spreadsheet, which is no Excel workbook"),
    (r"\s*BEGIN:VCALENDAR", "a calendar"),
    (r"\s*[\[{]\s*[\[{\"]", "JSON, which programs exchange"),
)


def read_sheet(data: bytes, recognise: Recognise, answers: Mapping[str, str] = NO_ANSWERS) -> SheetRows:
    """Read the table in a CSV, TSV or XLSX file or a web page, by its content. Raises UnreadableFile."""
    # Marks of an encoding alone are nothing either.
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile("an empty file", "a row of column titles and rows below it")
    if data.startswith(b"PK\x03\x04"):
        return read_workbook(data, recognise, answers)
    for beginning, kind in OTHER_KINDS:
        if data.startswith(beginning):
            raise UnreadableFile(kind, SAVE_AS)
    decoded = decode(data, answers)
    for pattern, kind in OTHER_TEXTS:
        if re.match(pattern, decoded.text[:2_000], re.I | re.S):
            raise UnreadableFile(kind, SAVE_AS)
    if re.match(r"\s*<", decoded.text[:200]) and re.search(r"<table[\s>]", decoded.text, re.I):
        sheet = read_web_tables(decoded.text, decoded.name)
    elif re.match(r"\s*<(!doctype|html|table|\?xml)", decoded.text[:200], re.I):
        raise UnreadableFile("a web page or XML with a spreadsheet's name", SAVE_AS)
    else:
        sheet = _text_table(decoded.text, decoded.name, recognise)
    return replace(sheet, notes=decoded.notes, questions=decoded.questions)


def _text_table(text: str, encoding: str, recognise: Recognise) -> SheetRows:
    table, delimiter = _delimiter(text, recognise)
    rows, broken = _records(table, delimiter)
    if len(table) < len(text):
        # The line that names the delimiter is a line of the file.
        rows.insert(0, [])
        broken = {row + 1: problem for row, problem in broken.items()}
    described = f"text in {encoding}, cells set apart by {DELIMITERS.get(delimiter, repr(delimiter))}"
    unquoted = re.sub(r'"[^"]*"', "", table)
    blanks = re.search(rf"{re.escape(delimiter)} +[^\s{re.escape(delimiter)}]", unquoted) is not None
    return SheetRows(rows, described, broken=broken, counts_cells=True, blanks_after_delimiters=blanks)


def _delimiter(text: str, recognise: Recognise) -> tuple[str, str]:
    """The text without Excel's own `sep=` line, and the delimiter under which its header makes most sense."""
    if match := _SEPARATOR_LINE.match(text):
        return text[match.end() :], match[1]
    # Whole lines only: a quoted cell cut in half would make every delimiter look wrong.
    beginning = "".join(
        line for line, _ in zip(io.StringIO(text, newline=""), range(LINES_TO_GUESS_FROM), strict=False)
    )
    best = max(DELIMITERS, key=lambda each: (_header_strength(beginning, each, recognise), beginning.count(each)))
    return text, best


def _header_strength(beginning: str, delimiter: str, recognise: Recognise) -> int:
    strength = 0
    try:
        for row in csv.reader(io.StringIO(beginning, newline=""), delimiter=delimiter, skipinitialspace=True):
            strength = max(strength, recognise(row))
    except csv.Error:
        pass
    return strength


def _records(text: str, delimiter: str) -> tuple[list[list[Cell]], dict[int, tuple[str, str]]]:
    """Rows of the text, and those that can't be taken apart.

    A quotation mark out of place costs its own line only: then no cell is believed to run over several lines.
    """
    try:
        rows = _parsed(io.StringIO(text, newline=""), delimiter)
    except csv.Error as error:
        first = str(error)
    else:
        width = max(map(len, rows[:LINES_TO_GUESS_FROM]), default=0)
        if not any(_swallows(cell, delimiter, width) for row in rows for cell in row if "\n" in cell):
            return [list(row) for row in rows], {}
        first = "unexpected end"
    lines = re.split(r"\r\n|\r|\n", text)
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    found: list[list[Cell]] = []
    broken: dict[int, tuple[str, str]] = {}
    for number, line in enumerate(lines, start=1):
        _refuse_too_many(number)
        try:
            parsed = _parsed([line], delimiter)
        except csv.Error as error:
            broken[number] = _quoting(str(error))
            parsed = [[line[:LONGEST_BROKEN]]]
        found.append(list(parsed[0]) if parsed else [])
    if len(broken) == len(found):
        raise UnreadableFile(*_quoting(first), row=1)
    return found, broken


def _parsed(lines: Iterable[str], delimiter: str) -> list[list[str]]:
    # Tabs and blanks after a delimiter: skipinitialspace would swallow empty cells of a tab-separated file.
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t", strict=True)
    rows: list[list[str]] = []
    for row in reader:
        if len(row) > MOST_COLUMNS:
            raise UnreadableFile(f"{len(row):,} columns", f"at most {MOST_COLUMNS}", row=len(rows) + 1)
        rows.append(row)
        _refuse_too_many(len(rows))
    return rows


def _refuse_too_many(count: int) -> None:
    if count > MOST_ROWS:
        raise UnreadableFile(f"more than {MOST_ROWS:,} rows", "a schedule cut into smaller files")


def _swallows(cell: str, delimiter: str, width: int) -> bool:
    """Whether a cell holds whole rows, since its quotation mark was closed by one of a later row."""
    return any(line.count(delimiter) >= max(3, width // 2) for line in cell.splitlines()[1:])


def _quoting(message: str) -> tuple[str, str]:
    if "field larger" in message:
        return "a cell of more than 131,072 characters", "cells of ordinary length"
    if "unexpected end" in message:
        return "a quotation mark that is never closed", "every opening quotation mark to have a closing one"
    return (
        "a quotation mark in the middle of a quoted cell",
        'quotation marks inside a cell to be doubled, as in "Robert ""Bob"" Lane"',
    )


class _TableReader(HTMLParser):
    """Collects the rows of all tables of a page, in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.hidden: set[int] = set()
        self.merged: list[tuple[int, int, int, int]] = []
        self.taken: set[tuple[int, int]] = set()
        self.text: list[str] | None = None
        self.across = 1
        self.unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self.unread += 1
        elif tag == "tr":
            self.close_cell()
            if len(self.rows) >= MOST_ROWS:
                raise UnreadableFile(f"more than {MOST_ROWS:,} rows", "a schedule cut into smaller files")
            self.rows.append([])
            if "hidden" in given or "display:none" in given.get("style", "").replace(" ", "").casefold():
                self.hidden.add(len(self.rows))
        elif tag in ("td", "th") and self.rows:
            self.close_cell()
            row, at = self.rows[-1], len(self.rows) - 1
            # A cell that reaches down from a row above takes this place.
            while (at, len(row)) in self.taken:
                row.append("")
            across, down = (_span(given.get(name)) for name in ("colspan", "rowspan"))
            if down > 1:
                self.merged.append((at, len(row), at + down - 1, len(row)))
                self.taken |= {(at + lower, len(row) + right) for lower in range(1, down) for right in range(across)}
                if len(self.taken) > MOST_ROWS * MOST_COLUMNS // 4:
                    raise UnreadableFile(
                        "a web page with cells that span far more than a schedule", "an ordinary table"
                    )
            self.text = []
            self.across = across
        elif tag == "br" and self.text is not None:
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.unread = max(0, self.unread - 1)
        elif tag in ("td", "th", "tr", "table"):
            self.close_cell()

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.unread:
            self.text.append(data)

    def close_cell(self) -> None:
        if self.text is None:
            return
        row = self.rows[-1]
        row.extend([" ".join("".join(self.text).split()), *[""] * (self.across - 1)])
        self.text = None
        if len(row) > MOST_COLUMNS:
            raise UnreadableFile(f"{len(row):,} columns", f"at most {MOST_COLUMNS}", row=len(self.rows))


def _span(said: str | None) -> int:
    return min(int(said), _MOST_SPANNED) if said and said.strip().isascii() and said.strip().isdigit() else 1


def read_web_tables(text: str, encoding: str) -> SheetRows:
    """Rows of the tables of a page; raises UnreadableFile."""
    reader = _TableReader()
    reader.feed(text)
    reader.close()
    reader.close_cell()
    rows: list[list[Cell]] = [list(row) for row in reader.rows]
    filled_down(rows, reader.merged)
    return SheetRows(rows, f"a web page in {encoding} with a table", hidden=frozenset(reader.hidden))
