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
_CELL = re.compile(rb"<(?:\w{1,20}:)?c(?=[\s/>])([^>]*)>")
_PLACE = re.compile(rb"\br\s*=\s*[\"']\s*([A-Za-z]{1,3})([0-9]{1,7})")
_STYLE = re.compile(rb"\bs\s*=\s*[\"']\s*([0-9]{1,5})")
# A number format that shows digits and fixed marks only: 00000000, 000-00-0000, "MR"000000.
_OF_DIGITS = re.compile(r"[0#]*[0#](?:[ ()/-]*[0#]+)*")
# Of a format of money its currency: [$€-2] #,##0.00, or a sign.
_CURRENCY = re.compile(r"\[\$([^\]\-$]+)[\]-]|([€£¥₹₩])")
_DOLLARS = ("USD", "US")
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


def digit_formats(archive: zipfile.ZipFile) -> dict[int, list[str]]:
    """Formats of cells that show leading zeros or marks between digits, by number of the style: literals and places.

    One of money that isn't dollars is its currency alone.
    """
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = ElementTree.fromstring(archive.read("xl/styles.xml"))  # noqa: S314 - in this process, under its limits
    codes: dict[str, str] = {}
    found = {}
    for element in styles.iter():
        kind = element.tag.rpartition("}")[2]
        if kind == "numFmt":
            codes[element.get("numFmtId", "")] = element.get("formatCode", "")
        if kind == "cellXfs":
            for style, xf in enumerate(element):
                code = codes.get(xf.get("numFmtId", ""), "").split(";")[0]
                pieces = re.findall(r'"[^"]*"|\\.|.', code)
                plain = "".join(each for each in pieces if len(each) == 1)
                if _OF_DIGITS.fullmatch(plain.strip()) and (plain.count("0") > 1 or plain.count("#") > 1):
                    found[style] = pieces
                elif money := _CURRENCY.search(code):
                    sign = (money[1] or money[2]).strip()
                    found |= {} if sign in _DOLLARS else {style: [sign]}
    return found


def as_shown(number: int, pieces: list[str]) -> str:
    """A number as its format shows it: 25611 in 00000000 is 00025611."""
    digits, shown = list(str(number)), ""
    places = sum(each in ("0", "#") for each in pieces)
    for each in reversed(pieces):
        if each not in ("0", "#"):
            shown = (each.strip('"') if each[0] == '"' else each[-1]) + shown
            continue
        places -= 1
        if digits:
            shown = (digits.pop() if places else "".join(digits)) + shown
            digits = digits if places else []
        elif each == "0":
            shown = "0" + shown
    return shown


def show_digits(rows: list[list[Any]], xml: bytes, formats: dict[int, list[str]]) -> None:
    """Put whole numbers in the form that their cells show."""
    for cell in _CELL.finditer(xml) if formats else ():
        style, place = _STYLE.search(cell[1]), _PLACE.search(cell[1])
        pieces = formats.get(int(style[1])) if style else None
        if pieces is None or place is None:
            continue
        column = 0
        for letter in place[1].upper():
            column = column * 26 + letter - 64
        row = int(place[2]) - 1
        value = rows[row][column - 1] if row < len(rows) and column <= len(rows[row]) else ""
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        if len(pieces) == 1:
            rows[row][column - 1] = f"{pieces[0]} {value}"
        elif 0 <= value < 1e15 and value == int(value):
            rows[row][column - 1] = as_shown(int(value), pieces)


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
        formats = digit_formats(archive)
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
            xml = archive.read(parts[name]) if name in parts else b""
            hidden = hidden_rows(xml)
            show_digits(rows, xml, formats)
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
