"""Letters and label sheets as PDF."""

from collections.abc import Iterable, Sequence
from html import escape

from flask import Response, abort

from intake.attribution.tables.pdf_writer import PrintedPage, as_pdf, why_off


def letter_sheets(title: str, texts: Iterable[str]) -> bytes:
    """One letter to a page; an empty line begins a paragraph."""
    return as_pdf(PrintedPage(escape(title), "".join(map(_letter, texts))), style="css/letter.css", running=False)


def label_sheets(title: str, labels: Iterable[Sequence[str]]) -> bytes:
    """Labels of 1 by 2⅝ inches, thirty to a sheet (Avery 5160); the lines of each."""
    cells = (f"<li>{'<br>'.join(escape(line) for line in lines)}</li>" for lines in labels)
    return as_pdf(PrintedPage(escape(title), f"<ul>{''.join(cells)}</ul>"), style="css/labels.css", running=False)


def pdf_response(made: bytes, name: str) -> Response:
    """The sheet as a file to open, which no browser keeps."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(made, content_type="application/pdf", headers=headers)


def refuse_without_pdf() -> None:
    """Abort with 503 and what to do where this server can't make PDFs."""
    if why_off():
        abort(503, why_off())


def _letter(text: str) -> str:
    paragraphs = (escape(each).replace("\n", "<br>") for each in text.split("\n\n"))
    return f"<section>{''.join(f'<p>{each}</p>' for each in paragraphs if each.strip())}</section>"
