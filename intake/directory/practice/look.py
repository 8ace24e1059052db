"""The practice's own colour and logo on patients' pages: checked for contrast when they are chosen."""

import io
import re
from dataclasses import dataclass

from PIL import Image, ImageOps

from intake.db import db
from intake.directory.models import PracticeLook
from intake.web.ttl_cache import remembered

# WCAG 2.2, 1.4.6: large and small words alike, so that no page needs a second colour.
LEAST_CONTRAST = 7.0
GROUND = "#faf7f2"
OURS = "#0b5154"
# A telephone's photograph; what is kept of it is small.
LARGEST_LOGO = 5_000_000
# A small file can hold a picture that fills the memory: no camera of a telephone makes more. What is kept is as large
# as pages show it, twice over.
MOST_PIXELS, KEPT_SIDE = 50_000_000, 800
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class ShownLook:
    """What pages need of it; `version` changes with it."""

    accent: str = ""
    has_logo: bool = False
    version: str = ""


@dataclass(frozen=True)
class HandoutLook:
    """What goes into a file that the practice hands out: '#0b5154', and a PNG or JPEG or nothing."""

    accent: str = OURS
    logo: bytes | None = None
    logo_type: str = ""


def look() -> HandoutLook:
    """Return colour and picture as they are; the product's own colour where the practice chose none."""
    found = db.session.get(PracticeLook, 1)
    return HandoutLook(found.accent or OURS, found.logo, found.logo_type) if found else HandoutLook()


@remembered(seconds=2)
def shown_look() -> ShownLook:
    """Return the look as it is; the product's own where the practice chose none."""
    look = db.session.get(PracticeLook, 1)
    if look is None:
        return ShownLook()
    return ShownLook(look.accent, look.logo is not None, f"{look.changed_at.timestamp():.0f}")


def read_colour(typed: str) -> str | None:
    """Return '#0b5154' for what a colour field sends; None for anything else."""
    text = typed.strip().casefold()
    return text if _HEX.fullmatch(text) else None


def contrast(colour: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def dark_enough(colour: str) -> str:
    """Return the colour, or the lightest darker shade of it that everybody can read on our ground."""
    for hundredth in range(100, -1, -1):
        shade = mixed(colour, "#000000", hundredth / 100)
        if contrast(shade, GROUND) >= LEAST_CONTRAST:
            return shade
    return "#000000"


def mixed(colour: str, other: str, share: float) -> str:
    """Return a mixture with `share` of `colour`."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{int(share * one + (1 - share) * two + 0.5):02x}" for one, two in pairs)


def style_sheet(accent: str) -> str:
    """Return the rules that put the colour in place of ours; high contrast keeps its own."""
    pressed, wash = mixed(accent, "#000000", 0.75), mixed(accent, "#ffffff", 0.1)
    return (
        f'html:not([data-contrast="high"]) {{ --accent: {accent}; --accent-pressed: {pressed}; '
        f"--accent-wash: {wash}; }}\n"
    )


def read_picture(content: bytes) -> tuple[bytes, str] | None:
    """Return a picture written anew, no larger than it is shown, without what else the file held; and its type.

    None unless it is a whole PNG or JPEG of a size that a tablet loads at once.
    """
    if len(content) > LARGEST_LOGO:
        return None
    written = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            # Telephones call a JPEG with a second picture in it MPO.
            kind = "PNG" if picture.format == "PNG" else "JPEG"
            # A large JPEG is opened no larger than it is needed.
            picture.draft("RGB", (2 * KEPT_SIDE, 2 * KEPT_SIDE))
            # A photograph lies as its camera was held; that is said beside the picture, which isn't kept.
            kept = ImageOps.exif_transpose(picture).convert("RGBA" if kind == "PNG" else "RGB")
            kept.thumbnail((KEPT_SIDE, KEPT_SIDE))
            kept.info.clear()
            kept.save(written, kind, optimize=True, quality=90)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return written.getvalue(), f"image/{kind.lower()}"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (each / 255 for each in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
