"""Slides and a sheet for a talk with a referring office: the practice's words, days and no volume, no patient."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pptx import Presentation
from pptx.shapes.picture import Picture
from pptx.util import Inches
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.tables.pdf_writer import why_off
from intake.db import db
from intake.directory.practice.look import HandoutLook
from intake.liaison.letters.words import TALK
from intake.liaison.loops.models import ReferralEvent
from intake.liaison.meeting.slides import MOST_LINES, as_pptx, as_sections_pdf, slides_of
from tests.clients import Client
from tests.liaison.relationships import issue
from tests.making import Make
from tests.pages import text_of


def text_in(pptx: bytes) -> str:
    return "\n".join(
        shape.text_frame.text
        for slide in Presentation(BytesIO(pptx)).slides
        for shape in slide.shapes
        if shape.has_text_frame and shape.text_frame.text
    )


@given(st.text(max_size=400))
def test_every_word_of_a_text_stands_on_a_slide_and_no_slide_is_too_full(text: str) -> None:
    slides = slides_of(text)
    assert all(len(each.lines) <= MOST_LINES for each in slides)
    said = " ".join(f"{each.title} {' '.join(each.lines)}" for each in slides).split()
    for line in text.splitlines():
        bare = line.strip().lstrip("# ").removeprefix("- ").split()
        assert all(word in said for word in bare)


def test_a_presentation_opens_with_all_its_words(session: Session) -> None:
    slides = slides_of("# For Lakeside\nWelcome\n# What we treat\nVeins & <legs>")
    logo = BytesIO()
    # A line of letters, as many logos are.
    Image.new("RGB", (800, 20)).save(logo, "PNG")
    look = HandoutLook("#7a1f3d", logo.getvalue(), "image/png")
    made = as_pptx("For Lakeside", slides, look)
    first, second = Presentation(BytesIO(made)).slides
    # The practice's own look: its picture on the first, its colour on each.
    assert [shape.image.blob for shape in first.shapes if isinstance(shape, Picture)] == [look.logo]
    assert all(shape.left + shape.width <= Inches(13.333) for shape in first.shapes)
    assert str(second.shapes.title.text_frame.paragraphs[0].font.color.rgb) == "7A1F3D"
    if not why_off():
        printed = pypdf.PdfReader(BytesIO(as_sections_pdf("For Lakeside", slides, "css/talk.css", look)))
        assert len(printed.pages[0].images) == 1
    assert text_in(made).split("\n") == [
        "For Lakeside",
        "Welcome",
        "What we treat",
        "Veins & <legs>",
    ]


def test_a_talk_says_nothing_of_patients_or_of_how_many(liaison: Any, make: Make, client: Client) -> None:
    office = make.referring_practice("Lakeside Family Medicine")
    okafor = make.physician("Okafor", referring_practice_id=office.id)
    today = clock.clinic_today(liaison.place.time_zone)
    for number in range(17):
        patient = make.patient("Canaria", f"Birdsong{chr(97 + number)}")
        make.visit(liaison.place, patient, day=today - timedelta(days=20 + number), documented=okafor)
    for party in (f"physicians/{okafor.id}", f"practices/{office.id}"):
        page = client.get(f"/relationships/{party}/talk")
        file = client.get(f"/relationships/{party}/talk.pptx")
        words = text_of(page) + text_in(file.data)
        assert page.status_code == 200 and "How a patient gets in" in words
        # What only the practice can write is asked for on the page and on no slide.
        assert "Write here what you treat" in text_of(page)
        assert "Write here" not in text_in(file.data) and "What we treat" not in text_in(file.data)
        # They sent everybody to this location, though another stands first.
        assert 'value="RIVER" selected' in page.text or "Riverside: " in text_of(page)
        assert "Birdsong" not in words and "Canaria" not in words and "17" not in text_in(file.data)
        # Seventeen results are still owed: no word of how fast they come, and the liaison is told why.
        assert "results went to your office" not in words and "Half of the results" not in words
        assert "has been owed for 36 days. Talk about that first" in text_of(page)
        assert "Half of the patients referred to us were seen within" in words
        for name in ("talk.pdf", "leave-behind.pdf"):
            made = client.get(f"/relationships/{party}/{name}")
            assert made.status_code == 503 or made.data.startswith(b"%PDF")
            assert made.headers["Cache-Control"] == "no-store"


def test_a_talk_promises_no_fast_results_while_one_is_owed_or_an_issue_is_open(
    liaison: Any, make: Make, client: Client
) -> None:
    okafor, today = make.physician("Okafor"), clock.clinic_today(liaison.place.time_zone)
    for number in range(7):
        seen = today - timedelta(days=20 + number)
        visit = make.visit(
            liaison.place, make.patient("Ama", f"B{number}"), day=seen, status="completed", documented=okafor
        )
        told = {"kind": "told", "value": "result", "day": seen + timedelta(days=8), "recorded_at": clock.now()}
        db.session.add(ReferralEvent(visit_id=visit.id, physician_id=okafor.id, words="fax", **told))
    address = f"/relationships/physicians/{okafor.id}/talk"
    claim = "Half of the results for your office reached you within"
    assert f"{claim} 8 days" in text_of(client.get(address))
    # Nobody is told how few they get.
    few = client.get(f"/relationships/physicians/{make.physician('Lind').id}/talk.pptx")
    assert "few" not in text_in(few.data).casefold() and "What you hear from us" in text_in(few.data)

    owed = make.visit(liaison.place, make.patient("Ama", "Late"), day=today - timedelta(days=3), documented=okafor)
    owed.status = "completed"
    assert claim in text_of(client.get(address))
    issue(make, liaison.place, physician_id=okafor.id)
    page = text_of(client.get(address))
    assert claim not in page and "an open issue. Talk about that first" in page
    assert claim not in text_in(client.get(f"{address}.pptx").data)


def test_words_that_name_a_patient_or_a_number_of_them_are_refused(
    liaison: Any, make: Make, client: Client, sign_in: Any
) -> None:
    sign_in(client, make.staff("manager", all_locations=True))
    for body in ("# {office}\n{patient} came", "# {office}\n{count}", "# Hello"):
        assert client.post("/relationships/words", data={"kind": "talk", "body": body}).status_code == 422
    own = "# Veins for {office}\nWe see them on {location} days"
    assert client.post("/relationships/words", data={"kind": "talk", "body": own}).status_code == 303
    page = client.get(f"/relationships/physicians/{make.physician('Lind').id}/talk?location={liaison.place.code}")
    assert "Veins for" in page.text and "We see them on Riverside days" in page.text
    assert TALK.body.startswith("# Veins")
