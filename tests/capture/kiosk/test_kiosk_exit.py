"""Leaving the tablet's page."""

from datetime import timedelta

import pytest
import time_machine

from intake import clock
from intake.accounts.devices import pins
from tests.capture.walking import Page, look, send

PIN = "830512"


@pytest.fixture
def receptionist(session, make, clinic):
    return make.staff(locations=[clinic.location], kiosk_pin_hash=pins.hashed(PIN))


def test_the_right_pin_opens_the_way_out_and_unpairs(session, client, clinic, receptionist):
    page = look(client, "/kiosk/leave")
    page = send(client, page, pin=PIN)
    assert "Unpair this tablet" in page.text
    client.post("/kiosk/unpair")
    assert client.get("/kiosk").location == "/kiosk/pair"
    assert clinic.device.token_hash is None


def test_without_a_pin_nothing_opens(client, clinic, receptionist):
    assert client.get("/kiosk/unlocked").location == "/kiosk/leave"
    assert client.post("/kiosk/unpair").location == "/kiosk/leave"
    assert clinic.device.token_hash is not None


def test_a_wrong_pin_and_one_of_another_location_are_refused(make, client, clinic, receptionist):
    make.staff(kiosk_pin_hash=pins.hashed("914627"))
    for pin in ("914627", "", "🦄" * 4000, PIN[:5]):
        page = Page(client.post("/kiosk/leave", data={"pin": pin}))
        assert page.status == 422
    assert client.get("/kiosk/unlocked").status_code == 303


def test_guessing_pins_ends_soon_and_the_right_one_waits_too(client, clinic, receptionist):
    for pin in range(900041, 900046):
        assert client.post("/kiosk/leave", data={"pin": str(pin)}).status_code == 422
    assert client.post("/kiosk/leave", data={"pin": PIN}).status_code == 429


def test_each_further_wrong_pin_waits_longer_than_the_one_before(client, clinic, receptionist):
    now, waits = clock.now(), []
    with time_machine.travel(now, tick=False):
        for pin in range(900041, 900046):
            client.post("/kiosk/leave", data={"pin": str(pin)})
    at = now
    for guess in range(7):
        begun = at
        while True:
            at += timedelta(seconds=30)
            with time_machine.travel(at, tick=False):
                if client.post("/kiosk/leave", data={"pin": str(910000 + guess)}).status_code == 422:
                    break
        waits.append(round((at - begun) / timedelta(minutes=1)))
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    with time_machine.travel(at + timedelta(minutes=31), tick=False):
        assert client.post("/kiosk/leave", data={"pin": PIN}).status_code == 303
        # The right one ends the waiting.
        assert client.post("/kiosk/leave", data={"pin": "123"}).status_code == 422


def test_a_pin_of_fewer_than_six_digits_opens_nothing_until_it_is_replaced(session, make, client, clinic):
    nora = make.staff(locations=[clinic.location], kiosk_pin_hash=pins.hashed("8305"))
    make.staff(locations=[clinic.location], kiosk_pin_hash=pins.hashed("671942"))
    page = send(client, look(client, "/kiosk/leave"), pin="8305")
    assert "Choose a longer PIN" in page.text and "Unpair" not in page.text
    assert client.post("/kiosk/unpair").location == "/kiosk/leave"
    # Too short, in a row, and somebody else's.
    for pin in ("8305", "123456", "671942"):
        assert 'role="alert"' in send(client, page, pin=pin).text
    assert "Unpair this tablet" in send(client, page, pin=PIN).text
    session.refresh(nora)
    assert pins.find_staff(PIN, clinic.device) == nora
    assert pins.find_staff("8305", clinic.device) is None


def test_nobody_chooses_a_new_pin_who_has_not_typed_an_old_one(client, clinic, receptionist):
    assert client.post("/kiosk/new-pin", data={"pin": "671942"}).location == "/kiosk/leave"


def test_the_way_out_closes_by_itself(client, clinic, receptionist):
    client.post("/kiosk/leave", data={"pin": PIN})
    assert client.get("/kiosk/unlocked").status_code == 200
    with time_machine.travel(clock.now() + timedelta(seconds=121)):
        assert client.get("/kiosk/unlocked").location == "/kiosk/leave"
