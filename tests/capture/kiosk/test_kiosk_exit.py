"""Leaving the tablet's page."""

from datetime import timedelta

import pytest
import time_machine

from intake import clock
from intake.accounts.devices import pins
from tests.capture.walking import Page, look, send

PIN = "8305"


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
    make.staff(kiosk_pin_hash=pins.hashed("9146"))
    for pin in ("9146", "", "🦄" * 4000, "8305 "[:3]):
        page = Page(client.post("/kiosk/leave", data={"pin": pin}))
        assert page.status == 422
    assert client.get("/kiosk/unlocked").status_code == 303


def test_guessing_pins_ends_soon_and_the_right_one_waits_too(client, clinic, receptionist):
    for pin in range(9000, 9005):
        assert client.post("/kiosk/leave", data={"pin": str(pin)}).status_code == 422
    assert client.post("/kiosk/leave", data={"pin": PIN}).status_code == 429


def test_the_way_out_closes_by_itself(client, clinic, receptionist):
    client.post("/kiosk/leave", data={"pin": PIN})
    assert client.get("/kiosk/unlocked").status_code == 200
    with time_machine.travel(clock.now() + timedelta(seconds=121)):
        assert client.get("/kiosk/unlocked").location == "/kiosk/leave"
