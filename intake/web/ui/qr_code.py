"""QR codes as drawings in the page, for a camera that reads them off the screen."""

import io

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """Return `text` as an SVG drawing, black on white whatever the theme."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", omitsize=True, border=3, xmldecl=False, svgns=True, dark="#000", light="#fff", nl=False
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn here, of squares alone
