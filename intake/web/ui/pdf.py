"""HTML as a PDF, with our own fonts and nothing from anywhere else.

WeasyPrint is imported when a page is printed and not before: it needs libraries of the system that may be missing, and
nothing else of the service does.
"""

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import CDLL
from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from intake.web.http.assets import STATIC

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
PICTURES = ("data:image/png;base64,", "data:image/jpeg;base64,")
FONTS = "https://fonts.invalid/"
_FONT = re.compile(r"latin(-ext)?-[47]00\.woff2|(plain-zero|noto)-[a-z0-9-]+\.woff2")


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


def write_pdf(document: str, styles: Sequence[str]) -> bytes:
    """Return the document set with these style sheets, given by their text."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFonts(URLFetcher):
        """Fonts of our own and pictures that the page itself holds: it can't make the server open an address."""

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            if url.startswith(PICTURES):
                return super().fetch(url, headers)
            name = url.removeprefix(FONTS)
            if url == name or not _FONT.fullmatch(name):
                raise ValueError("only fonts of our own are opened")
            folder = STATIC / ("vendor/atkinson-hyperlegible" if name.startswith("latin") else "fonts")
            font = folder / name
            return URLFetcherResponse(url, _unpacked(font), {"Content-Type": "font/ttf"})

    fetcher, fonts = OwnFonts(), FontConfiguration()
    with _nothing_collected():
        sheets = [weasyprint.CSS(string=each, url_fetcher=fetcher, font_config=fonts) for each in styles]
        made = weasyprint.HTML(string=document, url_fetcher=fetcher).write_pdf(
            stylesheets=sheets, font_config=fonts, pdf_tags=True
        )
    assert made is not None
    return bytes(made)


@lru_cache(maxsize=32)
def _unpacked(font: Path) -> bytes:
    """Return what is in a WOFF2 file. The library would unpack it for each sheet, a third of a second a font."""
    from fontTools.ttLib.woff2 import decompress

    unpacked = BytesIO()
    decompress(BytesIO(font.read_bytes()), unpacked)
    return unpacked.getvalue()


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """A page is a hundred thousand boxes that stay until it is written: a sixth of the time finds no garbage there."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
