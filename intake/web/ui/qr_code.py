"""QR codes as drawings in the page, for a camera that reads them off the screen."""

import segno
from markupsafe import Markup, escape


def qr_code(text: str, *, label: str = "") -> Markup:
    """Return `text` as an SVG drawing, black on white whatever the theme; `label` says what it is."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=4, dark="#000", light="#fff")
    named = f'<svg role="img" aria-label="{escape(label)}" ' if label else "<svg "
    return Markup(drawing.replace("<svg ", named, 1))  # noqa: S704 - drawn here, of squares alone
