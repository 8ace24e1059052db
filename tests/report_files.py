"""Files of report pages as other programs open them."""

import csv
import io
import re
from typing import Any
from urllib.parse import quote

import pypdf
from python_calamine import CalamineWorkbook

from tests.clients import Client


def take(client: Client, form: str, address: str) -> Any:
    """The pdf, xlsx or csv of the page at this address."""
    return client.get(f"/reports/file.{form}?of={quote(address)}")


def sheets_of(response: Any) -> dict[str, list[list[Any]]]:
    """A workbook's sheets by name, as a program of its own reads them."""
    assert response.status_code == 200, response.text[:200]
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def lines_of(response: Any, *, table: str = "") -> list[dict[str, str]]:
    """The rows of a CSV file by heading; of one table where it holds several."""
    assert response.status_code == 200, response.text[:200]
    rows = list(csv.DictReader(io.StringIO(response.get_data().decode("utf-8-sig"), newline="")))
    return [row for row in rows if not table or row["Table"] == table]


def pdf_text(response: Any) -> str:
    """The words of a PDF."""
    assert response.status_code == 200 and response.mimetype == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(response.data)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
