"""XLSX workbooks: looked at as an archive first, so that none is opened that would fill the memory."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import python_calamine

from intake.directory.schedule.wrongs import UnreadableFile

MOST_ENTRIES = 2_000
MOST_BYTES_UNPACKED = 64 * 1024 * 1024
# A sheet of a thousand equal rows packs about 60 times; a bomb packs a thousand times.
MOST_RATIO = 250
RATIO_FROM_BYTES = 1024 * 1024
MOST_CELLS = 3_000_000
PIECE = 1024 * 1024
DAMAGED = "an Excel file that is damaged"
SAVE_AGAIN = "a workbook that Excel can open: open it there and save it again as XLSX or CSV"
_CELL = re.compile(rb"\br\s*=\s*[\"']\s*([A-Za-z]{1,3})([0-9]{1,7})\s*[\"']")
_ROW = re.compile(rb"\br\s*=\s*[\"']\s*([0-9]{1,7})\s*[\"']")

Rows = list[list[Any]]


def read_workbook(
    data: bytes, recognise: Callable[[Sequence[Any]], int], *, most_rows: int, most_columns: int
) -> tuple[Rows, str]:
    """Rows of the sheet that holds the schedule, from row 1 and column A, and a description; raises UnreadableFile."""
    _look_into(data)
    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible == python_calamine.SheetVisibleEnum.Visible
            and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in visible]
    except python_calamine.CalamineError:
        raise UnreadableFile(DAMAGED, SAVE_AGAIN) from None
    except BaseException as error:
        # A panic of the parser is no Exception; it means the same.
        if type(error).__name__ == "PanicException" or isinstance(error, Exception):
            raise UnreadableFile(DAMAGED, SAVE_AGAIN) from None
        raise
    filled = [(name, rows) for name, rows in sheets if any(cell != "" for row in rows for cell in row)]
    if not filled:
        raise UnreadableFile("a workbook with nothing in it", "a header row and a row for each appointment")
    name, rows = max(filled, key=lambda sheet: max(map(recognise, sheet[1][:40]), default=0))
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    if len(rows) > most_rows:
        raise UnreadableFile(f"{len(rows):,} rows", f"at most {most_rows:,}; cut the schedule into smaller files")
    width = max(map(len, rows))
    if width > most_columns:
        raise UnreadableFile(f"{width:,} columns", f"at most {most_columns}")
    others = [f"“{other}”" for other, _ in filled if other != name]
    described = f"an Excel workbook, sheet “{name}”"
    return rows, f"{described} (not read: {', '.join(others)})" if others else described


def _look_into(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_other_archives({entry.filename for entry in entries})
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES_UNPACKED:
                raise UnreadableFile("a workbook that unpacks to far more than a schedule", SAVE_AGAIN)
            for entry in entries:
                _look_at_entry(archive, entry)
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


def _look_at_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack one entry: a size that the archive states wrongly ends in BadZipFile, a sheet too wide is refused."""
    if entry.file_size > RATIO_FROM_BYTES and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        raise UnreadableFile("a workbook that unpacks to far more than a schedule", SAVE_AGAIN)
    is_sheet = entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml")
    with archive.open(entry) as stream:
        if not is_sheet:
            while stream.read(PIECE):
                pass
            return
        content = stream.read()
    if b"\0" in content[:200]:
        raise UnreadableFile("a workbook in an unusual encoding", SAVE_AGAIN)
    # The reader reserves a cell for every place up to the last one used, so one stray cell at the far corner
    # would ask for seventeen thousand million.
    rows = max((int(match[1]) for match in _ROW.finditer(content)), default=0)
    columns = 0
    for match in _CELL.finditer(content):
        rows = max(rows, int(match[2]))
        columns = max(columns, _column_number(match[1]))
    if rows * max(columns, 1) > MOST_CELLS:
        raise UnreadableFile(
            f"a sheet that reaches to row {rows:,} and column {columns:,}",
            "a sheet without stray cells: delete the rows below and the columns beside the schedule",
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
