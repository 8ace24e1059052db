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
from intake.attribution.tables.scripts import without_unprintable
from intake.web.http.assets import STATIC
from intake.web.ui.formatting import say_date
from intake.web.ui.pdf import why_off, write_pdf
from intake.web.ui.template_context import practice_name

_MAIN = re.compile(r"<main\b[^>]*>(.*)</main>", re.DOTALL)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_DRAWING = re.compile(r"<svg\b[^>]*>|</svg>")
# What paper never shows; words for screen readers alone are a fifth of a long table, and so are marks beside words.
_NOTHING = re.compile(
    r"<(script|style|form)\b.*?</\1>|<link\b[^>]*>|<span class=\"visually-hidden\">[^<]*</span>"
    r"|<svg class=\"icon.*?</svg>| data-label=\"[^\"]*\"",
    re.DOTALL,
)
# Nor does it lead anywhere: a list has several links a row, and each would be set as a box of its own.
_LINK = re.compile(r"<a href=\"[^\"]*\">(.*?)</a>", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{[^{}]*\}")
_CLASS = re.compile(r"\.([a-z0-9-]+)")

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


def as_pdf(page: PrintedPage, *, style: str = "css/paper.css", running: bool = True) -> bytes:
    """Return the PDF on US Letter; `running`: with the practice and the day of printing on every sheet."""
    body, unprintable = without_unprintable(_on_paper(page.body))
    body = _styled(body)
    title, _ = without_unprintable(page.title)
    if unprintable:
        body += f'<p class="view-note">{escape(unprintable)}</p>'
    practice, day = escape(practice_name()), say_date(clock.clinic_today(practice_time_zone()))
    head = f'<p class="running-left">{practice}</p><p class="running-right">Printed {day}</p>' if running else ""
    document = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="author" content="{practice}"></head><body>{head}{body}</body></html>'
    )
    return write_pdf(document, [_style(style)])


def _on_paper(body: str) -> str:
    return _LINK.sub(r"\1", _NOTHING.sub("", body))


def _styled(body: str) -> str:
    """The page with rules in each drawing: drawings know no style sheet but their own, and one within it that one."""
    made: list[str] = []
    depth = begun = done = 0
    for tag in _DRAWING.finditer(body):
        if tag[0] == "</svg>":
            depth -= 1
            if depth == 0:
                inside = body.index(">", begun) + 1
                rules = _drawing_rules(body[begun : tag.end()])
                made += (body[done:inside], f"<style>{rules}</style>")
                done = inside
        else:
            begun = begun if depth else tag.start()
            depth += 1
    return "".join((*made, body[done:]))


def _drawing_rules(drawing: str) -> str:
    """The rules that a drawing needs: a list has a hundred small ones, and each reads its own sheet."""
    return "".join(
        rule[0]
        for rule in _RULE.finditer(_style("css/paper-drawings.css"))
        if any(name in drawing for name in _CLASS.findall(rule[1]))
    )


@lru_cache(maxsize=8)
def _style(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
