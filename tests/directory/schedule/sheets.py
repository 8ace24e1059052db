"""Schedule files for tests: CSV in any delimiter and encoding, and workbooks made by hand, part by part."""

import csv
import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from tests.making import npi

COLUMNS = (
    "Appt ID",
    "MRN",
    "First Name",
    "Last Name",
    "DOB",
    "Cell Phone",
    "Start",
    "Visit Type",
    "Status",
    "Provider",
    "Language",
    "Referring Physician",
    "Referring NPI",
)
ROW = {
    "Appt ID": "A1",
    "MRN": "00123",
    "First Name": "Ana",
    "Last Name": "Cruz",
    "DOB": "03/14/1980",
    "Cell Phone": "(518) 555-0123",
    "Start": "11/22/2026 9:05 AM",
    "Visit Type": "New Patient",
    "Status": "Scheduled",
    "Provider": "Chen, Wei MD",
    "Language": "Spanish",
    "Referring Physician": "Okafor, Grace, MD",
    "Referring NPI": npi(900_001),
}


def a_row(**values: str) -> dict[str, str]:
    """ROW with some cells changed; `dob="…"` changes the column DOB, `appt_id` Appt ID and so on."""
    titles = {title.lower().replace(" ", "_"): title for title in COLUMNS}
    return ROW | {titles[name]: value for name, value in values.items()}


def rows_of(count: int) -> list[dict[str, str]]:
    """That many different appointments of different patients, without referring physicians."""
    return [
        a_row(
            appt_id=f"A{number}",
            mrn=f"{number:05d}",
            last_name=f"Cruz{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}",
            referring_physician="",
            referring_npi="",
        )
        for number in range(1, count + 1)
    ]


def table(rows: Sequence[dict[str, str]], titles: Sequence[str] = COLUMNS) -> list[list[str]]:
    return [list(titles), *([row[title] for title in COLUMNS] for row in rows)]


def as_csv(cells: Sequence[Sequence[str]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(cells)
    return text.getvalue().encode(encoding)


def a_file(*rows: dict[str, str]) -> bytes:
    """A CSV file of these rows, or of ROW alone."""
    return as_csv(table(rows or [ROW]))


def as_xlsx(cells: Sequence[Sequence[object]], *, name: str = "Schedule", **extra_parts: bytes) -> bytes:
    """A workbook: text and numbers; ("date", 46348.5) is a number formatted as a date."""
    return workbook_of(_sheet(cells).encode(), name=name, **extra_parts)


def workbook_with(
    cells: Sequence[Sequence[object]],
    *,
    rows: dict[int, str] | None = None,
    after: str = "",
    properties: str = "",
    second: Sequence[Sequence[object]] | None = None,
) -> bytes:
    """A workbook with attributes of some rows, something behind its cells, properties of its own, or a second sheet."""
    named = {1: "Monday"} | ({2: "Tuesday"} if second else {})
    listed = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}"/>' for at, name in named.items())
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>' for at in named
    )
    styles = f'<Relationship Id="rId9" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}">{properties}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{links}{styles}</Relationships>",
        "xl/worksheets/sheet2.xml": _sheet(second or ()),
    }
    return workbook_of(
        _sheet(cells, rows or {}, after).encode(), **{path: text.encode() for path, text in parts.items()}
    )


def _sheet(cells: Sequence[Sequence[object]], attributes: dict[int, str] | None = None, after: str = "") -> str:
    lines = []
    for number, row in enumerate(cells, start=1):
        found = "".join(_cell(f"{_letters(at)}{number}", value) for at, value in enumerate(row) if value != "")
        lines.append(f'<row r="{number}" {(attributes or {}).get(number, "")}>{found}</row>')
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>{after}</worksheet>'


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook_of(sheet: bytes, *, name: str = "Schedule", **extra_parts: bytes) -> bytes:
    """The archive around one sheet's XML."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet,
        **extra_parts,
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        for path, content in parts.items():
            written.writestr(path, content)
    return archive.getvalue()


def _cell(place: str, value: object) -> str:
    if isinstance(value, tuple):
        return f'<c r="{place}" s="1"><v>{value[1]}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def _letters(index: int) -> str:
    return chr(65 + index) if index < 26 else chr(64 + index // 26) + chr(65 + index % 26)
