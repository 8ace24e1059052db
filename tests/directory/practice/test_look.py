"""The practice's colour and logo: nobody is given a page that some can't read."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from intake.db import db
from intake.directory.practice.look import GROUND, LEAST_CONTRAST, contrast, dark_enough, read_picture
from tests.clients import sign_in


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 8), mode: str = "RGBA") -> bytes:
    written = io.BytesIO()
    Image.new(mode, size).save(written, kind)
    return written.getvalue()


COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(COLOURS)
def test_what_is_suggested_can_be_read_by_everybody(colour):
    found = dark_enough(colour)
    assert contrast(found, GROUND) >= LEAST_CONTRAST
    assert found == colour or contrast(colour, GROUND) < LEAST_CONTRAST
    assert contrast("#000000", "#ffffff") == 21


def test_a_pale_colour_is_refused_with_the_nearest_that_will_do(client, make):
    make.practice()
    location = make.location()
    sign_in(client, make.staff("administrator", locations=[location], all_locations=True))
    db.session.commit()

    refused = client.post("/practice/look", data={"accent": "#66ccee"})
    assert refused.status_code == 422
    assert dark_enough("#66ccee") in refused.text
    too_big = client.post("/practice/look", data={"accent": "#003366", "logo": (io.BytesIO(b"GIF89a"), "a.gif")})
    assert too_big.status_code == 422 and "PNG or JPEG" in too_big.text
    logo = io.BytesIO(picture() + b"<script>alert(1)</script>")
    client.post("/practice/look", data={"accent": "#003366", "logo": (logo, "logo.png")})

    page = client.get("/kiosk/pair")
    assert "/look.css?v=" in page.text
    assert "#003366" in client.get("/look.css").text
    shown = client.get("/look/logo")
    assert shown.content_type == "image/png" and b"script" not in shown.data
    assert Image.open(io.BytesIO(shown.data)).size == (8, 8)
    client.post("/practice/look", data={"accent": "#0b5154", "without_logo": "1"})
    assert client.get("/look/logo").status_code == 404
    assert client.get("/look.css").text == ""


@pytest.mark.parametrize(
    ("written_as", "mode"),
    [("MPO", "RGB"), ("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "I;16"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "1")],
)
def test_pictures_as_cameras_and_programs_write_them_are_taken_and_made_small(written_as, mode):
    more = {"save_all": True, "append_images": [Image.new(mode, (1_600, 900))]} if written_as == "MPO" else {}
    written = io.BytesIO()
    Image.new(mode, (1_600, 900)).save(written, written_as, **more)
    kept, sent_as = read_picture(written.getvalue())
    assert Image.open(io.BytesIO(kept)).size == (800, 450)
    assert sent_as == ("image/png" if written_as == "PNG" else "image/jpeg")


@pytest.mark.parametrize(
    "content",
    [
        picture(size=(9_000, 9_000), mode="1"),
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"\xff\xd8\xff<svg onload=alert(1)>",
        picture("GIF", mode="L"),
        b"",
    ],
)
def test_what_is_no_picture_that_a_tablet_shows_is_refused(content):
    assert read_picture(content) is None


def test_a_photograph_keeps_nothing_of_where_it_was_taken():
    image, noted = Image.new("RGB", (9, 4)), Image.Exif()
    noted[0x0112], noted[0x010E] = 6, "Larkfield, north door"
    written = io.BytesIO()
    image.save(written, "JPEG", exif=noted)
    kept, kind = read_picture(written.getvalue())
    # Its camera was held upright.
    assert kind == "image/jpeg" and Image.open(io.BytesIO(kept)).size == (4, 9)
    assert b"Larkfield" not in kept and not Image.open(io.BytesIO(kept)).getexif()
