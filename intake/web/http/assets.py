"""Style sheets, scripts, fonts and icons: addresses that name their content, so browsers keep them for good."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from flask import Flask, Response, abort, request, url_for
from markupsafe import Markup

from intake.web.http.route_guards import public

STATIC = Path(__file__).resolve().parents[2] / "static"
ICONS = STATIC / "vendor" / "bootstrap-icons"
COMPRESSED_TYPES = ("text/", "application/json", "image/svg+xml", "application/manifest+json")
YEAR = 365 * 24 * 60 * 60
# What `_read` has versioned.
_REFERENCE = re.compile(r"(\.\.?/[\w./-]+)\?v=[0-9a-f]{16}")
_IMPORT = re.compile(rb'^@import "\./([a-z-]+\.css)";\n', re.MULTILINE)
_DRAWING = re.compile(rb"url\(\.\./vendor/bootstrap-icons/([a-z0-9-]+)\.svg\)")
SAFE_IN_STYLE = " '/:=.,;-"
_ICON_NAME = re.compile(r"[a-z0-9-]{1,60}")

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")


@dataclass(frozen=True)
class Asset:
    """One file as it is sent: style sheets and modules name exact versions of others; comments of styles stay here."""

    content: bytes
    compressed: bytes | None
    version: str
    content_type: str


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(asset=asset_url, icon_svg=icon_svg, icon_exists=icon_exists, is_drawn=is_drawn)
    app.view_functions["static"] = serve


def asset_url(name: str) -> str:
    """Return the address of a file under intake/static; it changes whenever the content does."""
    return url_for("static", filename=name, v=_asset(name).version)


def addresses_with(*names: str) -> list[str]:
    """Return the addresses of these files and of all that they name, each once: fonts of a style sheet, modules."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if asset_url(name) in found:
            continue
        found[asset_url(name)] = None
        folder = (STATIC / name).parent
        for reference in _REFERENCE.findall(_asset(name).content.decode(errors="replace")):
            waiting.append(str((folder / reference).resolve().relative_to(STATIC)))
    return list(found)


@public("style sheets, scripts, fonts and icons")
def serve(filename: str) -> Response:
    try:
        asset = _asset(filename)
    except (OSError, ValueError):
        abort(404)
    body = asset.content
    response = Response(content_type=asset.content_type)
    if asset.compressed is not None:
        response.headers["Vary"] = "Accept-Encoding"
        if request.accept_encodings["gzip"]:
            body = asset.compressed
            response.headers["Content-Encoding"] = "gzip"
    response.set_data(body)
    response.set_etag(asset.version)
    if request.args.get("v") == asset.version:
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def icon_svg(name: str, css: str = "icon") -> Markup:
    """Return the icon's drawing, hidden from screen readers: the words beside it say what it means."""
    return Markup(_icon(name).replace("<svg ", f'<svg class="{Markup.escape(css)}" ', 1))  # noqa: S704


def icon_exists(name: str) -> bool:
    return _ICON_NAME.fullmatch(name) is not None and (ICONS / f"{name}.svg").is_file()


@lru_cache(maxsize=512)
def is_drawn(name: str) -> bool:
    """Return whether the style sheet of patients' pages draws this icon."""
    return f".is-{name} {{ --drawing:".encode() in (STATIC / "css" / "kiosk.css").read_bytes()


@lru_cache(maxsize=512)
def _icon(name: str) -> str:
    if not icon_exists(name):
        name = "signpost"
    drawing = " ".join((ICONS / f"{name}.svg").read_text().split())
    inside = drawing.partition(">")[2]
    return (
        '<svg width="1em" height="1em" fill="currentColor" viewBox="0 0 16 16" aria-hidden="true" focusable="false">'
        + inside.replace("> <", "><").strip()
    )


def _asset(name: str) -> Asset:
    path = _path(name)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _path(name: str) -> Path:
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC):
        raise ValueError(name)
    return path


@lru_cache(maxsize=512)
def _read(path: Path, _changed_at: int) -> Asset:
    content = path.read_bytes()
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if content_type == "text/css":
        content = re.sub(rb"(?s)/\*.*?\*/\s*", b"", content)
        # One request fewer, and the page is drawn a round trip earlier.
        content = _IMPORT.sub(
            lambda found: _asset(str((path.parent / found[1].decode()).relative_to(STATIC))).content, content
        )
        content = _DRAWING.sub(lambda found: _drawing(found[1].decode()), content)
        content = re.sub(
            rb"url\((\.\.?/[^)?'\"]+)\)", lambda found: b"url(%s)" % _versioned(found[1].decode(), path), content
        )
    elif content_type == "text/javascript":
        # A module that is asked for without its version is asked for again on every page.
        content = re.sub(
            rb'(?m)^(import [^"\n]+ from )"(\.\.?/[^?"\n]+)"',
            lambda found: b'%s"%s"' % (found[1], _versioned(found[2].decode(), path)),
            content,
        )
    text = content_type.startswith(COMPRESSED_TYPES)
    return Asset(
        content=content,
        compressed=gzip.compress(content, 9, mtime=0) if text else None,
        version=hashlib.sha256(content).hexdigest()[:16],
        content_type=f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type,
    )


def _drawing(name: str) -> bytes:
    """Return an icon for a style sheet's mask, in place: eighteen addresses would be eighteen requests."""
    inside = "".join(re.findall(r"<path[^>]*>", (ICONS / f"{name}.svg").read_text()))
    drawn = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>{inside}</svg>".replace('"', "'")
    return f'url("data:image/svg+xml,{quote(drawn, safe=SAFE_IN_STYLE)}")'.encode()


def _versioned(reference: str, within: Path) -> bytes:
    target = (within.parent / PurePosixPath(reference)).resolve()
    return f"{reference}?v={_asset(str(target.relative_to(STATIC))).version}".encode()
