"""The practice's colour and logo: nobody is given a page that some can't read."""

import io

from hypothesis import given
from hypothesis import strategies as st

from intake.db import db
from intake.directory.practice.look import GROUND, LEAST_CONTRAST, contrast, dark_enough
from tests.clients import sign_in

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
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
    client.post("/practice/look", data={"accent": "#003366", "logo": (io.BytesIO(PNG), "logo.png")})

    page = client.get("/kiosk/pair")
    assert "/look.css?v=" in page.text
    assert "#003366" in client.get("/look.css").text
    assert client.get("/look/logo").data == PNG
    client.post("/practice/look", data={"accent": "#0b5154", "without_logo": "1"})
    assert client.get("/look/logo").status_code == 404
    assert client.get("/look.css").text == ""
