"""Tables in CSV, TSV and XLSX files: kind of file, encoding, delimiter, limits."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from intake.directory.schedule.file.import_errors import UnreadableFile
from intake.directory.schedule.file.workbooks import read_workbook

Cell = str | int | float | bool | date | datetime | time | timedelta
# How many columns of a schedule a row seems to name; the header is the row that names most.
Recognise = Callable[[Sequence[Cell]], int]

MOST_ROWS = 20_000
MOST_COLUMNS = 300
LONGEST_LINE = 1_000_000
LINES_TO_GUESS_FROM = 40
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
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


@dataclass(frozen=True)
class SheetRows:
    """Rows of a table: `rows[0]` is row 1 of the spreadsheet; blank rows are there and empty."""

    rows: list[list[Cell]]
    described: str


def read_sheet(data: bytes, recognise: Recognise) -> SheetRows:
    """Read the table in a CSV, TSV or XLSX file, by its content. Raises UnreadableFile."""
    if not data.strip(b"\0 \t\r\n"):
        raise UnreadableFile("an empty file", "a header line and a row for each appointment")
    if data.startswith(b"PK\x03\x04"):
        rows, described = read_workbook(data, recognise, most_rows=MOST_ROWS, most_columns=MOST_COLUMNS)
        return SheetRows(rows, described)
    for beginning, kind in OTHER_KINDS:
        if data.startswith(beginning):
            raise UnreadableFile(kind, SAVE_AS)
    text, encoding = decode(data)
    if re.match(r"\s*<(!doctype|html|table|\?xml)", text[:200], re.I):
        raise UnreadableFile("a web page or XML with a spreadsheet's name", SAVE_AS)
    text, delimiter = _delimiter(text, recognise)
    rows = _records(text, delimiter)
    return SheetRows(rows, f"text in {encoding}, cells set apart by {DELIMITERS.get(delimiter, repr(delimiter))}")


def decode(data: bytes) -> tuple[str, str]:
    """Decode a file by its byte order mark, else its NULs, else as UTF-8, else as Windows-1252.

    Returns the text and the name of the encoding.
    """
    for mark, codec, name in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decoded(data, codec, name)
    beginning = data[:4_000]
    for codec, zeros in (("utf-16-le", beginning[1::2]), ("utf-16-be", beginning[::2])):
        if zeros.count(0) > 0.4 * len(zeros):
            return _decoded(data, codec, "UTF-16")
    try:
        return _checked(data.decode("utf-8")), "UTF-8"
    except UnicodeDecodeError:
        return _decoded(data, "cp1252", "Windows-1252")


def _decoded(data: bytes, codec: str, name: str) -> tuple[str, str]:
    try:
        return _checked(data.decode(codec)), name
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnreadableFile(
            "characters in an encoding that can't be recognised", 'a file saved as "CSV UTF-8"', row=line
        ) from None


def _checked(text: str) -> str:
    # Old systems end a file with Ctrl-Z.
    text = text.rstrip("\x1a")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UnreadableFile("a NUL character, as in a damaged or binary file", SAVE_AS, row=line)
    longest = max(map(len, io.StringIO(text)), default=0)
    if longest > LONGEST_LINE:
        raise UnreadableFile(f"a line of {longest:,} characters", "a line for each appointment")
    return text


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


def _records(text: str, delimiter: str) -> list[list[Cell]]:
    # Tabs and blanks after a delimiter: skipinitialspace would swallow empty cells of a tab-separated file.
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t", strict=True)
    rows: list[list[Cell]] = []
    try:
        for row in reader:
            if len(row) > MOST_COLUMNS:
                raise UnreadableFile(f"{len(row):,} columns", f"at most {MOST_COLUMNS}", row=len(rows) + 1)
            rows.append(list(row))
            if len(rows) > MOST_ROWS:
                raise UnreadableFile(f"more than {MOST_ROWS:,} rows", "a schedule cut into smaller files")
    except csv.Error as error:
        raise UnreadableFile(*_quoting(str(error)), row=len(rows) + 1) from None
    return rows


def _quoting(message: str) -> tuple[str, str]:
    if "field larger" in message:
        return "a cell of more than 131,072 characters", "cells of ordinary length"
    if "unexpected end" in message:
        return "a quotation mark that is never closed", "every opening quotation mark to have a closing one"
    return (
        "a quotation mark in the middle of a quoted cell",
        'quotation marks inside a cell to be doubled, as in "Robert ""Bob"" Lane"',
    )
