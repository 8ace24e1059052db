"""Tablets, from the administrator's side."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.auth import throttle
from intake.accounts.auth.guards import find_device
from intake.accounts.devices import pins
from intake.accounts.models import KioskDevice, Staff
from intake.accounts.staff import records
from intake.accounts.tokens import CLEAR_LETTERS, hash_token, plain_code
from tests.clients import Client
from tests.making import Make
from tests.pages import same_for_all


@pytest.fixture
def boss(make: Make, client: Client, sign_in: Callable[..., None]) -> Staff:
    boss = make.staff("administrator", all_locations=True)
    sign_in(client, boss)
    return boss


def code_in(body: str) -> str:
    found = re.search(r'id="code">([^<]+)<', body)
    assert found, "no code on the page"
    return found[1]


def test_a_tablet_is_added_and_its_code_shown_once(client: Client, boss: Staff, make: Make, session: Session) -> None:
    location = make.location("Uptown")
    assert "No tablets yet" in client.get("/tablets").text

    added = client.post("/tablets/new", data={"name": "  Chair by the  window ", "location_id": location.id})
    body = client.get(added.location).text

    device = session.scalars(select(KioskDevice)).one()
    code = code_in(body)
    assert device.name == "Chair by the window"
    assert re.fullmatch(f"[{CLEAR_LETTERS}]{{4}} [{CLEAR_LETTERS}]{{4}}", code)
    assert device.pairing_code_hash == hash_token(plain_code(code.lower()))
    assert device.pairing_expires_at is not None
    assert timedelta(minutes=14) < device.pairing_expires_at - clock.now() <= timedelta(minutes=15)
    # Without a view box the picture keeps its own size, is cut off by the page and can't be scanned.
    assert re.search(r"<svg[^>]* viewBox=", body[body.index('class="qr"') :])
    assert "http://localhost/kiosk/pair" in body
    assert 'id="code"' not in client.get(added.location).text


def test_a_new_code_replaces_the_one_before(client: Client, boss: Staff, make: Make, session: Session) -> None:
    device = make.device(paired=False)
    first = code_in(client.get(client.post(f"/tablets/{device.id}/code").location).text)
    second = code_in(client.get(client.post(f"/tablets/{device.id}/code").location).text)

    session.refresh(device)
    assert device.pairing_code_hash == hash_token(plain_code(second)) != hash_token(plain_code(first))


def test_cutting_a_tablet_off_works_from_the_next_request_on(client: Client, boss: Staff, make: Make) -> None:
    device = make.device()
    token = device.token
    assert find_device(token) is not None

    client.post(f"/tablets/{device.id}/revoke")

    assert find_device(token) is None
    assert "Cut off" in client.get("/tablets").text
    assert client.post(f"/tablets/{device.id}/code").status_code == 303
    assert 'id="code"' not in client.get(f"/tablets/{device.id}").text


def test_a_tablet_is_renamed_in_place_but_paired_anew_when_it_moves(
    client: Client, boss: Staff, make: Make, session: Session
) -> None:
    device = make.device()
    elsewhere = make.location("Elsewhere")

    client.post(f"/tablets/{device.id}", data={"name": "Front", "location_id": device.location_id})
    session.refresh(device)
    assert (device.name, device.token_hash is None) == ("Front", False)

    client.post(f"/tablets/{device.id}", data={"name": "Front", "location_id": elsewhere.id})
    session.refresh(device)
    assert (device.location_id, device.token_hash) == (elsewhere.id, None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Give the tablet a name."),
        ({"name": "T" * 10_000}, "Use at most 60 characters."),
        ({"location_id": "999"}, "Not a valid choice"),
        ({"location_id": "here"}, "Invalid Choice"),
    ],
)
def test_what_cannot_be_kept_is_said(
    wrong: dict[str, str], sentence: str, client: Client, boss: Staff, make: Make, session: Session
) -> None:
    location = make.location("Uptown")

    response = client.post("/tablets/new", data={"name": "Front", "location_id": location.id} | wrong)

    assert (response.status_code, sentence in response.text) == (422, True)
    assert session.scalars(select(KioskDevice)).all() == []


def test_tablets_of_other_locations_are_nothing_here(
    client: Client, make: Make, sign_in: Callable[..., None], session: Session
) -> None:
    mine, theirs = make.device(), make.device()
    sign_in(client, make.staff("administrator", locations=[mine.location]))

    listed = client.get("/tablets").text

    assert (mine.name in listed, theirs.name in listed) == (True, False)
    other, missing = client.get(f"/tablets/{theirs.id}"), client.get("/tablets/99999")
    assert (other.status_code, same_for_all(other.text)) == (404, same_for_all(missing.text))
    assert client.post(f"/tablets/{theirs.id}/revoke").status_code == 404
    moved = client.post(f"/tablets/{mine.id}", data={"name": "x", "location_id": theirs.location_id})
    assert moved.status_code == 422
    session.refresh(theirs)
    assert theirs.revoked_at is None


def test_a_manager_may_look_and_change_nothing(client: Client, make: Make, sign_in: Callable[..., None]) -> None:
    device = make.device()
    sign_in(client, make.staff("manager", locations=[device.location]))

    assert device.name in client.get("/tablets").text
    assert f"/tablets/{device.id}" not in client.get("/tablets").text
    assert client.post(f"/tablets/{device.id}/revoke").status_code == 403


def test_a_pin_is_right_at_its_own_location_only(app: Flask, make: Make) -> None:
    here, there = make.device(), make.device()
    nora = make.staff(locations=[here.location])
    everywhere = make.staff("manager", all_locations=True)
    make.staff(locations=[here.location])
    records.set_kiosk_pin(nora, "258036")
    records.set_kiosk_pin(everywhere, "902103")

    assert pins.find_staff("258036", here) == nora
    assert pins.find_staff("258036", there) is None
    assert pins.find_staff("902103", there) == everywhere
    assert pins.find_staff("", here) is None
    assert nora.kiosk_pin_hash is not None
    assert nora.kiosk_pin_hash.startswith("$argon2id$")


def test_guessing_a_pin_is_slowed_down_on_that_tablet(app: Flask, make: Make) -> None:
    guessed, other = make.device(), make.device()
    records.set_kiosk_pin(make.staff("manager", all_locations=True), "902103")

    for _ in range(throttle.ALLOWED):
        assert pins.find_staff("1111", guessed) is None
    with pytest.raises(throttle.TooManyTries):
        pins.find_staff("902103", guessed)
    assert pins.find_staff("902103", other) is not None


def test_somebody_stopped_loses_their_pin(app: Flask, make: Make) -> None:
    device = make.device()
    nora = make.staff(locations=[device.location])
    records.set_kiosk_pin(nora, "258036")

    records.deactivate(nora)

    assert pins.find_staff("258036", device) is None
