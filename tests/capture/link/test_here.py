"""The poster's page: a patient in the waiting room finds their visit on their own phone, and nobody else's."""

import re
from datetime import date

import pytest

from intake import clock
from intake.capture.models import SurveyLink
from intake.capture.patient_flow.room_codes import room_code
from intake.db import db
from intake.sms.models import OutboxText
from tests.clients import sign_in


@pytest.fixture
def room(client, make):
    make.sources()
    place = make.location("Riverside")
    visit = make.visit(place, make.patient("Ana", "Whitcombe", birth_date=date(1985, 3, 14)))
    make.visit(place, make.patient("Amy", "Ruiz", birth_date=date(2019, 6, 2)))
    make.visit(place, make.patient("Ana", "Ruiz", birth_date=date(2019, 6, 2)))
    db.session.commit()
    address = f"/here/{place.code.lower()}"

    def send(**fields):
        given = {"day": "14", "month": "3", "year": "1985", "initials": "aw", "code": room_code(place).lower()}
        return client.post(address, data=given | fields)

    send.place, send.visit, send.address = place, visit, address
    return send


def test_code_birth_date_and_initials_open_the_question(room, client):
    page = client.get(room.address)
    assert page.status_code == 200
    assert "Whitcombe" not in page.text and room_code(room.place) not in page.text
    found = room()
    assert found.status_code == 303
    assert "How did you hear" in client.get(found.location).text
    assert db.session.query(SurveyLink).filter_by(visit_id=room.visit.id).count() == 1
    assert db.session.query(OutboxText).count() == 0


DATE = {"day", "month", "year"}


@pytest.mark.parametrize(
    ("wrong", "said", "marked"),
    [
        ({"code": "AAAAA"}, "not today’s code", {"code"}),
        # Which of the two is wrong isn't told.
        ({"initials": "A. B."}, "this date of birth and these initials together", {*DATE, "initials"}),
        ({"year": "1986"}, "this date of birth and these initials together", {*DATE, "initials"}),
        ({"initials": " "}, "enter your initials", {"initials"}),
        ({"month": "99", "day": "99"}, "check the month", DATE),
        ({"day": "2", "month": "6", "year": "2019", "initials": "A. R."}, "two visits", {*DATE, "initials"}),
    ],
)
def test_what_does_not_fit_opens_nothing_and_names_nobody(room, wrong, said, marked):
    page = room(**wrong)
    assert page.status_code == 422
    assert said in page.text
    assert set(re.findall(r'<input[^>]* name="(\w+)"[^>]*aria-invalid', page.text)) == marked
    assert "Whitcombe" not in page.text and "Ruiz" not in page.text
    assert db.session.query(SurveyLink).count() == 0


def test_guesses_are_counted(room):
    statuses = [room(code="AAAAA").status_code for _ in range(62)]
    assert statuses[0] == 422 and statuses[-1] == 429
    assert room().status_code == 429


def test_the_code_is_another_each_day_and_room(room, make, monkeypatch):
    other = make.location("Harbour")
    today = room_code(room.place)
    assert room_code(other) != today
    monkeypatch.setattr(clock, "clinic_today", lambda _zone: date(2031, 1, 1))
    assert room_code(room.place) != today


def test_desk_and_wall_show_it_and_the_poster_is_a_pdf(room, client, make, app):
    desk, screen = app.test_client(), app.test_client()
    sign_in(desk, make.staff("front_desk", locations=[room.place]))
    assert room_code(room.place) in desk.get(f"/desk?location={room.place.id}").text
    wall = make.device(room.place, purpose="wall")
    db.session.commit()
    screen.set_cookie("intake-kiosk", wall.token)
    assert room_code(room.place) in screen.get("/wall").text
    poster = desk.get(f"/desk/poster/{room.place.id}")
    assert (poster.status_code, poster.mimetype) in {(200, "application/pdf"), (503, "text/html")}
    assert poster.status_code == 503 or poster.data.startswith(b"%PDF")
