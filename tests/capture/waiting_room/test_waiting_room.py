"""At the desk: answers that fit no visit are given to one or put aside, and tablets call."""

from datetime import date

import pytest
from sqlalchemy import select

from intake import clock
from intake.accounts.auth.guards import device_cookie
from intake.capture.models import LateAnswer
from intake.db import db
from intake.survey.models import Answer
from tests.clients import sign_in


@pytest.fixture
def desk(client, make):
    make.sources()
    place = make.location("Riverside")
    sign_in(client, make.staff("front_desk", locations=[place]))
    client.place = place
    return client


def test_the_likeliest_stands_first_and_the_answer_becomes_theirs(desk, make):
    make.visit(desk.place, make.patient("Zoe", "Quack"))
    visit = make.visit(desk.place, make.patient("Ann", "Bell", birth_date=date(1985, 3, 14)))
    waiting = make.late_answer(desk.place, birth_date=date(1985, 3, 14))
    make.late_answer(make.location("Harbour"))
    db.session.commit()

    assert "fits no visit yet" in desk.get(f"/desk?location={desk.place.id}").text
    page = desk.get("/desk/late").text
    assert page.index("Ann Bell") < page.index("Zoe Quack")
    assert "Your website" in page and page.count("<h2") == 1
    desk.post(f"/desk/late/{waiting.id}", data={"visit": visit.id})

    (answer,) = db.session.scalars(select(Answer)).all()
    assert (answer.visit_id, answer.answered_at) == (visit.id, waiting.given_at)
    assert "Nothing waits here" in desk.get("/desk/late").text


def test_what_is_put_aside_can_be_brought_back(desk, make):
    waiting = make.late_answer(desk.place)
    elsewhere = make.late_answer(make.location("Harbour"))
    db.session.commit()

    assert desk.post(f"/desk/late/{elsewhere.id}", data={"visit": ""}).status_code == 404
    desk.post(f"/desk/late/{waiting.id}", data={"visit": ""})
    assert "Nothing waits here" in desk.get("/desk/late").text
    desk.post(f"/desk/late/{waiting.id}/bring-back")
    assert db.session.get(LateAnswer, waiting.id).settled_at is None
    assert db.session.scalars(select(Answer)).all() == []


def test_whoever_calls_at_a_tablet_is_heard_at_the_desk(desk, make, app):
    device = make.device(desk.place, name="Blue")
    db.session.commit()
    tablet = app.test_client()
    tablet.set_cookie(device_cookie(), device.token)
    assert "Somebody is coming" in tablet.post("/kiosk/call").text

    page = desk.get(f"/desk/list?location={desk.place.id}").text
    assert "Blue</b>: somebody there asks for help" in page
    desk.post(f"/desk/calls-for-help/{device.id}")
    assert "asks for help" not in desk.get(f"/desk/list?location={desk.place.id}").text


def test_a_locked_tablet_asks_nobody_and_still_delivers(desk, make, app):
    device = make.device(desk.place, message="Wi-Fi is slow today")
    db.session.commit()
    tablet = app.test_client()
    tablet.set_cookie(device_cookie(), device.token)
    assert "Wi-Fi is slow today" in tablet.get("/kiosk").text
    before = tablet.get("/kiosk/waiting").json["look"]
    device.locked_at = clock.now()
    db.session.commit()

    assert tablet.get("/kiosk/waiting").json["look"] != before
    assert "taking a break" in tablet.get("/kiosk").text
    assert tablet.get("/kiosk/find").location.endswith("/kiosk")
    assert tablet.post("/kiosk/late", data={"sealed": "x"}).status_code == 422
    assert tablet.get("/kiosk/leave").status_code == 200
