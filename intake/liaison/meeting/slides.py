"""Slides and the sheet from the practice's own text: a line that begins with # opens a slide, each other is a line."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from io import BytesIO

from intake.attribution.tables.pdf_writer import PrintedPage, as_pdf
from intake.directory.practice.look import HandoutLook
from intake.liaison.letters.words import STILL_TO_WRITE

# A slide with more is read, not listened to; what is over goes onto another of the same title.
MOST_LINES = 6


@dataclass(frozen=True)
class Slide:
    """A title and what is said below it."""

    title: str
    lines: tuple[str, ...]


def slides_of(text: str) -> list[Slide]:
    """The slides of a text; words before the first # stand on a slide without lines of another."""
    found: list[tuple[str, list[str]]] = []
    for line in (each.strip() for each in text.splitlines()):
        if line.startswith("#"):
            found.append((line.lstrip("# "), []))
        elif line:
            if not found:
                found.append((line, []))
            else:
                found[-1][1].append(line.removeprefix("- "))
    return [
        Slide(title, tuple(lines[start : start + MOST_LINES]))
        for title, lines in found
        for start in range(0, len(lines) or 1, MOST_LINES)
    ]


def written(slides: Sequence[Slide]) -> list[Slide]:
    """The slides without lines that are still to be written, and without those that have no other."""
    done = [(each, tuple(line for line in each.lines if not line.startswith(STILL_TO_WRITE))) for each in slides]
    return [replace(each, lines=lines) for each, lines in done if lines or not each.lines]


def as_pptx(title: str, slides: Sequence[Slide], look: HandoutLook) -> bytes:
    """The presentation, which the practice may change further; the first slide is the title's and bears the logo."""
    from pptx import Presentation
    from pptx.dml.color import RGBColor
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    colour = RGBColor.from_string(look.accent.removeprefix("#").upper())

    made = Presentation()
    made.slide_width, made.slide_height = Inches(13.333), Inches(7.5)
    made.core_properties.title, made.core_properties.author = title, ""
    for place, each in enumerate(slides):
        page = made.slides.add_slide(made.slide_layouts[0 if place == 0 else 1])
        page.shapes.title.text = each.title
        box = page.placeholders[1]
        left, top, width = Inches(0.9), Inches(4.2 if place == 0 else 1.9), Inches(11.5)
        page.shapes.title.left, page.shapes.title.width = left, width
        page.shapes.title.top, page.shapes.title.height = Inches(2.2 if place == 0 else 0.5), Inches(1.4)
        box.left, box.top, box.width, box.height = left, top, width, Inches(2 if place == 0 else 5)
        box.text_frame.text = "\n".join(each.lines)
        for paragraph in box.text_frame.paragraphs:
            paragraph.font.size, paragraph.alignment = Pt(24), PP_ALIGN.LEFT
        head = page.shapes.title.text_frame.paragraphs[0]
        head.font.size, head.font.bold, head.font.color.rgb, head.alignment = Pt(40), True, colour, PP_ALIGN.LEFT
        edge = page.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, Inches(0.3), made.slide_height)
        edge.fill.solid()
        edge.fill.fore_color.rgb = colour
        edge.line.fill.background()
        if place == 0 and look.logo:
            logo = page.shapes.add_picture(BytesIO(look.logo), left, Inches(0.7), height=Inches(1.2))
            if logo.width > width:
                # A line of letters is wider than the slide at that height.
                logo.height, logo.width = int(logo.height * width / logo.width), width
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def as_sections_pdf(title: str, slides: Sequence[Slide], style: str, look: HandoutLook) -> bytes:
    """One slide to a page, or by another style everything on one sheet of paper."""
    colour = f'style="color: {look.accent}"'
    body = "".join(
        f"<section><h2 {colour}>{escape(each.title)}</h2>{''.join(f'<p>{escape(line)}</p>' for line in each.lines)}"
        "</section>"
        for each in slides
    )
    if look.logo:
        picture = f"data:{look.logo_type};base64,{b64encode(look.logo).decode()}"
        body = body.replace("<section>", f'<section><img class="logo" alt="Logo" src="{picture}">', 1)
    return as_pdf(PrintedPage(escape(title), body), style=style, running=False)
