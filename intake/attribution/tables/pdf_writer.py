"""Any page of the reports as a PDF: the page itself, opened as its reader, set for paper."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from flask import abort, current_app

from intake import clock
from intake.accounts.models import Staff
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.page.opening import NotAReport, OpenedPage, opened
from intake.web.http.assets import STATIC
from intake.web.ui.formatting import say_date
from intake.web.ui.pdf import why_off, write_pdf
from intake.web.ui.template_context import practice_name

_MAIN = re.compile(r"<main\b[^>]*>(.*)</main>", re.DOTALL)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_DRAWING = re.compile(r"<svg\b(?![^>]*\bclass=\"icon)[^>]*>")
_NOTHING = re.compile(r"<(script|style|form)\b.*?</\1>|<link\b[^>]*>", re.DOTALL)

__all__ = ["PrintedPage", "as_pdf", "printed", "why_off"]


@dataclass(frozen=True)
class PrintedPage:
    """Title of the window and main part of a page, as HTML."""

    title: str
    body: str


def printed(page: OpenedPage, staff: Staff) -> PrintedPage:
    """Return the page as `staff` would see it now. Raises NotAReport; aborts as the page would."""
    with opened(page, staff):
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        response = app.make_response(app.dispatch_request())
        if response.status_code >= 400:
            # A page that says why it shows nothing is no report.
            abort(response.status_code)
        html = response.get_data(as_text=True)
    body, title = _MAIN.search(html), _TITLE.search(html)
    if body is None or title is None:
        raise NotAReport(page.address)
    return PrintedPage(title[1].strip(), body[1])


def as_pdf(page: PrintedPage) -> bytes:
    """Return the PDF on US Letter, with the practice and the day of printing on every sheet."""
    body = _NOTHING.sub("", page.body)
    # Drawings know no style sheet but their own.
    body = _DRAWING.sub(lambda found: f"{found[0]}<style>{_style('css/paper-drawings.css')}</style>", body)
    practice, day = escape(practice_name()), say_date(clock.clinic_today(practice_time_zone()))
    document = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{page.title}</title>'
        f'<meta name="author" content="{practice}"></head><body><p class="running-left">{practice}</p>'
        f'<p class="running-right">Printed {day}</p>{body}</body></html>'
    )
    return write_pdf(document, [_style("css/paper.css")])


@lru_cache(maxsize=8)
def _style(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
