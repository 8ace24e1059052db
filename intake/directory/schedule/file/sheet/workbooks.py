"""XLSX workbooks: looked at as an archive first, so that none is opened that would fill the memory."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from intake.directory.schedule.file.import_errors import Question, UnreadableFile
from intake.directory.schedule.file.sheet import workbook_process
from intake.directory.schedule.file.sheet.table import MOST_COLUMNS, MOST_ROWS, Recognise, SheetRows, filled_down

MOST_ENTRIES = 2_000
MOST_BYTES_UNPACKED = 64 * 1024 * 1024
# A sheet of a thousand equal rows packs about 60 times; a bomb packs a thousand times.
MOST_RATIO = 250
RATIO_FROM_BYTES = 1024 * 1024
# Of all sheets together.
MOST_CELLS = 3_000_000
MOST_SHEETS = 50
# All that the cells say, each time that they say it: a thousand cells may point to one text of thirty thousand letters.
MOST_TEXT_BYTES = 64 * 1024 * 1024
# By the clock; the process is also held to seconds of work.
READ_SECONDS = 60
FAR_MORE = "a workbook that unpacks to far more than a schedule"
DAMAGED = "an Excel file that is damaged"
SAVE_AGAIN = "a workbook that Excel can open: open it there and save it again as XLSX or CSV"
_CELL = re.compile(rb"\br\s*=\s*[\"']\s*([A-Za-z]{1,3})([0-9]{1,7})\s*[\"']")
_CELL_ANYWHERE = re.compile(rb"<(?:\w{1,20}:)?c(?=[\s/>])(?![^>]*\br\s*=)")
_ROW_BEGINS = re.compile(rb"<(?:\w{1,20}:)?row(?=[\s/>])")
_SHARED_TEXT = re.compile(rb"<(?:\w{1,20}:)?si(?=[\s/>])")
_VALUE = re.compile(rb"<(?:\w{1,20}:)?v(?:\s[^>]*)?>\s*([0-9]{1,9})\s*<")
_ROW = re.compile(rb"\br\s*=\s*[\"']\s*([0-9]{1,7})\s*[\"']")

# A further sheet is asked about when it names this many columns of a schedule.
COLUMNS_OF_A_SCHEDULE = 5

Rows = list[list[Any]]


@dataclass(frozen=True)
class _Sheet:
    name: str
    rows: Rows
    hidden: frozenset[int]
    merged: list[tuple[int, int, int, int]]


def read_workbook(data: bytes, recognise: Recognise, answers: Mapping[str, str]) -> SheetRows:
    """Rows of the sheet that holds the schedule, from row 1 and column A; raises UnreadableFile."""
    _look_into(data)
    sheets, since_1904 = _sheets_of(data)
    filled = [sheet for sheet in sheets if any(cell != "" for row in sheet.rows for cell in row)]
    if not filled:
        raise UnreadableFile("a workbook with nothing in it", "a header row and a row for each appointment")
    named = {sheet.name: max(map(recognise, sheet.rows[:40]), default=0) for sheet in filled}
    chosen = max(filled, key=lambda sheet: named[sheet.name])
    alike = [
        name
        for name, columns in named.items()
        if columns >= COLUMNS_OF_A_SCHEDULE and columns >= named[chosen.name] - 1
    ]
    questions: tuple[Question, ...] = ()
    if len(alike) > 1:
        question = Question("sheet", f"{len(alike)} sheets that look like a schedule", tuple(alike))
        answer = answers.get(question.key)
        chosen = next((sheet for sheet in filled if sheet.name == answer), chosen)
        questions = () if answer == chosen.name else (question,)
    rows = chosen.rows
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    if len(rows) > MOST_ROWS:
        raise UnreadableFile(f"{len(rows):,} rows", f"at most {MOST_ROWS:,}; cut the schedule into smaller files")
    width = max(map(len, rows))
    if width > MOST_COLUMNS:
        raise UnreadableFile(f"{width:,} columns", f"at most {MOST_COLUMNS}")
    filled_down(rows, chosen.merged)
    others = tuple((sheet.name, named[sheet.name]) for sheet in filled if sheet is not chosen)
    described = f"an Excel workbook, sheet “{chosen.name}”"
    if others:
        described += f" (not read: {', '.join(f'“{name}”' for name, _ in others)})"
    return SheetRows(rows, described, questions=questions, hidden=chosen.hidden, others=others, since_1904=since_1904)


def _sheets_of(data: bytes) -> tuple[list[_Sheet], bool]:
    """The visible sheets, read where a file that blows up or hangs takes nothing else with it, and the date system."""
    command = [sys.executable, "-I", workbook_process.__file__, str(MOST_SHEETS), str(MOST_CELLS)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=READ_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UnreadableFile(FAR_MORE, SAVE_AGAIN) from None
    if done.returncode == workbook_process.UNREADABLE:
        raise UnreadableFile(DAMAGED, SAVE_AGAIN)
    if done.returncode == workbook_process.TOO_MANY:
        raise UnreadableFile(f"a workbook with more than {MOST_SHEETS} sheets or millions of cells", SAVE_AGAIN)
    if done.returncode:
        # The system ended it: too much memory, or too long.
        raise UnreadableFile(FAR_MORE, SAVE_AGAIN)
    sheets, since_1904 = json.loads(done.stdout)
    return [
        _Sheet(name, [[_cell(value) for value in row] for row in rows], frozenset(hidden), merged)
        for name, rows, hidden, merged in sheets
    ], since_1904


def _cell(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    kind, words = value
    if kind == "timedelta":
        return timedelta(microseconds=words)
    kinds: dict[str, Any] = {"datetime": datetime, "date": date, "time": time}
    return kinds[kind].fromisoformat(words)


def _look_into(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_other_archives({entry.filename for entry in entries})
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES_UNPACKED:
                raise UnreadableFile(FAR_MORE, SAVE_AGAIN)
            sheets = [content for entry in entries if (content := _look_at_entry(archive, entry)) is not None]
            if sum(map(_cells_of, sheets)) > MOST_CELLS:
                raise UnreadableFile("a workbook with millions of cells", SAVE_AGAIN)
            _refuse_too_much_text(archive, entries, sheets)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        # RuntimeError: locked with a password.
        raise UnreadableFile(DAMAGED, SAVE_AGAIN) from None


def _refuse_other_archives(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise UnreadableFile("an Excel binary workbook (.xlsb)", "one saved as XLSX or CSV")
    if "mimetype" in names and "content.xml" in names:
        raise UnreadableFile("an OpenDocument file", "one saved as XLSX or CSV")
    if "word/document.xml" in names:
        raise UnreadableFile("a Word document", "a CSV file or an XLSX workbook")
    raise UnreadableFile("a ZIP archive", "the CSV file or XLSX workbook itself: unpack it first")


def _look_at_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | None:
    """Unpack one entry, and return a sheet; a size that the archive states wrongly ends in BadZipFile."""
    if entry.file_size > RATIO_FROM_BYTES and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise UnreadableFile(FAR_MORE, SAVE_AGAIN)
    with archive.open(entry) as stream:
        content = stream.read(entry.file_size + 1)
    # Wherever it lies in the archive: the workbook says which of its parts are sheets.
    if b"sheetData" not in content.replace(b"\0", b""):
        return None
    if b"\0" in content[:200]:
        raise UnreadableFile("a workbook in an unusual encoding", SAVE_AGAIN)
    return content


def _cells_of(content: bytes) -> int:
    """How many cells the reader makes of a sheet; raises UnreadableFile when it reaches too far.

    It reserves a cell for every place up to the last one used, so one stray cell at the far corner would ask for
    seventeen thousand million. A row or a cell that doesn't say its place stands after the one before.
    """
    rows = max((int(match[1]) for match in _ROW.finditer(content)), default=0)
    columns = 0
    for match in _CELL.finditer(content):
        rows = max(rows, int(match[2]))
        columns = max(columns, _column_number(match[1]))
    if _CELL_ANYWHERE.search(content):
        columns += max(len(_CELL_ANYWHERE.findall(row)) for row in _ROW_BEGINS.split(content))
    rows = max(rows, len(_ROW_BEGINS.findall(content)))
    if rows * max(columns, 1) > MOST_CELLS:
        raise UnreadableFile(
            f"a sheet that reaches to row {rows:,} and column {columns:,}",
            "a sheet without stray cells: delete the rows below and the columns beside the schedule",
        )
    return rows * columns


def _refuse_too_much_text(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], sheets: list[bytes]) -> None:
    """Adds up what the shared texts become; any whole number counts as if it pointed to one."""
    shared = b"".join(archive.read(entry) for entry in entries if entry.filename.lower() == "xl/sharedstrings.xml")
    lengths = [len(text) for text in _SHARED_TEXT.split(shared)[1:]]
    said = 0
    for sheet in sheets:
        for match in _VALUE.finditer(sheet):
            number = int(match[1])
            said += lengths[number] if number < len(lengths) else 0
        if said > MOST_TEXT_BYTES:
            raise UnreadableFile("a workbook whose cells say far more than a schedule", SAVE_AGAIN)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
