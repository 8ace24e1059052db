"""Reads a workbook in a process of its own, with limits that the system keeps.

Run as a script, so that it imports nothing of ours. The file comes on standard input; the visible sheets leave as JSON,
with what the cells alone don't say: which rows are hidden, which cells are merged, from which year days are counted.
"""

import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

MOST_MEMORY = 1024 * 1024 * 1024
MOST_SECONDS = 20
# Exit statuses; any other but 0 means that a limit was reached.
UNREADABLE, TOO_MANY, OUT_OF_MEMORY = 3, 4, 5
_ROW = re.compile(rb"<(?:\w{1,20}:)?row(?=[\s/>])([^>]*)>")
_NUMBER = re.compile(rb"\br\s*=\s*[\"']\s*([0-9]{1,7})")
_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']|\bht\s*=\s*[\"']0(?:\.0*)?[\"']", re.I)


def plain(value: Any) -> Any:
    """A cell as JSON has it; days and times as [kind, words]."""
    match value:
        case datetime():
            return ["datetime", value.isoformat()]
        case date():
            return ["date", value.isoformat()]
        case time():
            return ["time", value.isoformat()]
        case timedelta():
            return ["timedelta", value // timedelta(microseconds=1)]
    return value


def parts_of(archive: zipfile.ZipFile) -> tuple[dict[str, str], bool]:
    """Part of the archive by name of its sheet, and whether the workbook counts days from 1904."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - in this process, under its limits
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    sheets, since_1904 = {}, False
    for element in book.iter():
        kind = element.tag.rpartition("}")[2]
        if kind == "workbookPr":
            since_1904 = element.get("date1904", "0").strip().casefold() in ("1", "true", "on")
        if kind == "sheet":
            link = next((value for key, value in element.items() if key.rpartition("}")[2] == "id"), "")
            target = targets.get(link, "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            sheets[element.get("name", "")] = path
    return sheets, since_1904


def hidden_rows(xml: bytes) -> list[int]:
    """Numbers of the rows that a filter or a person has hidden."""
    hidden, number = [], 0
    for row in _ROW.finditer(xml):
        said = _NUMBER.search(row[1])
        number = int(said[1]) if said else number + 1
        if _HIDDEN.search(row[1]):
            hidden.append(number)
    return hidden


def main(most_sheets: int, most_cells: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import python_calamine as calamine

    try:
        data = sys.stdin.buffer.read()
        book = calamine.load_workbook(io.BytesIO(data))
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts, since_1904 = parts_of(archive)
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        if len(visible) > most_sheets:
            return TOO_MANY
        sheets, cells = [], 0
        for name in visible:
            sheet = book.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False)
            # Several sheets may be one and the same part of the archive.
            cells += sum(map(len, rows))
            if cells > most_cells:
                return TOO_MANY
            hidden = hidden_rows(archive.read(parts[name])) if name in parts else []
            merged = [[*start, *end] for start, end in sheet.merged_cell_ranges or ()]
            sheets.append([name, [[plain(cell) for cell in row] for row in rows], hidden, merged])
    except MemoryError:
        return OUT_OF_MEMORY
    except BaseException:
        # A panic of the parser is no Exception; it means the same.
        return UNREADABLE
    sys.stdout.write(json.dumps([sheets, since_1904]))
    return 0


if __name__ == "__main__":
    sys.stderr = io.StringIO()
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2])))
