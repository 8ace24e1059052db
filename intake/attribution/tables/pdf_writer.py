"""Any page of the reports as a PDF: the page itself, opened as its reader, set for paper.

WeasyPrint is imported when a page is printed and not before: it needs libraries of the system that may be missing, and
nothing else of the service does.
"""

import re
from ctypes import CDLL
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from importlib.util import find_spec
from typing import Any

from flask import abort, current_app

from intake import clock
from intake.accounts.models import Staff
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.page.opening import NotAReport, OpenedPage, opened
from intake.attribution.tables.scripts import without_unprintable
from intake.web.http.assets import STATIC
from intake.web.ui.formatting import say_date
from intake.web.ui.template_context import practice_name

PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
WHY_OFF = f"PDF is off: this server lacks system packages. Whoever looks after it: apt-get install {PACKAGES}"
# What it loads, as Linux names it; elsewhere it is asked itself.
LIBRARIES = (
    "libgobject-2.0.so.0",
    "libpango-1.0.so.0",
    "libharfbuzz.so.0",
    "libfontconfig.so.1",
    "libpangoft2-1.0.so.0",
)
FONTS = "https://fonts.invalid/"
_FONT = re.compile(r"(latin(-ext)?|plain-zero)-[47]00\.woff2")
_MAIN = re.compile(r"<main\b[^>]*>(.*)</main>", re.DOTALL)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_DRAWING = re.compile(r"<svg\b[^>]*>|</svg>")
# What paper never shows; words for screen readers alone are a fifth of a long table.
_NOTHING = re.compile(
    r"<(script|style|form)\b.*?</\1>|<link\b[^>]*>|<span class=\"visually-hidden\">[^<]*</span>", re.DOTALL
)
_RULE = re.compile(r"([^{}]+)\{[^{}]*\}")
_CLASS = re.compile(r"\.([a-z0-9-]+)")


@dataclass(frozen=True)
class PrintedPage:
    """Title of the window and main part of a page, as HTML."""

    title: str
    body: str


def why_off() -> str:
    """Return a sentence on what is missing; empty when pages can be printed."""
    return "" if _works() else WHY_OFF


@lru_cache(maxsize=1)
def _works() -> bool:
    # Importing it takes a second, for which the first page would wait.
    if find_spec("weasyprint") is not None and all(_loads(name) for name in LIBRARIES):
        return True
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def _loads(library: str) -> bool:
    try:
        CDLL(library)
    except OSError:
        return False
    return True


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
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFonts(URLFetcher):
        """Fonts of our own and nothing else: a page can't make the server open an address."""

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            name = url.removeprefix(FONTS)
            if url == name or not _FONT.fullmatch(name):
                raise ValueError("only fonts of our own are opened")
            folder = STATIC / ("fonts" if name.startswith("plain-zero") else "vendor/atkinson-hyperlegible")
            font = folder / name
            return URLFetcherResponse(url, font.read_bytes(), {"Content-Type": "font/woff2"})

    body, unprintable = without_unprintable(_NOTHING.sub("", page.body))
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
    fetcher, fonts = OwnFonts(), FontConfiguration()
    sheet = weasyprint.CSS(string=_style(style), url_fetcher=fetcher, font_config=fonts)
    made = weasyprint.HTML(string=document, url_fetcher=fetcher).write_pdf(
        stylesheets=[sheet], font_config=fonts, pdf_tags=True
    )
    assert made is not None
    return bytes(made)


def _styled(body: str) -> str:
    """The page with rules in each drawing: drawings know no style sheet but their own, and one within it that one."""
    made: list[str] = []
    depth = begun = done = 0
    for tag in _DRAWING.finditer(body):
        if tag[0] == "</svg>":
            depth -= 1
            if depth == 0 and 'class="icon' not in body[begun : body.index(">", begun)]:
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
