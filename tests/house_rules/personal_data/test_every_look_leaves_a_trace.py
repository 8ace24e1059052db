"""Every page, fragment and file that shows a patient's words adds to the trail, and the list of looks says what."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask, current_app

from intake.accounts.audit import messages
from intake.accounts.audit.looks import ACTIONS, LOOKS
from intake.accounts.auth.guards import device_cookie
from intake.accounts.devices import pins
from intake.accounts.models import RoleName
from intake.capture.patient_flow.handover import hand_over
from intake.capture.patient_flow.links import issue_link
from intake.db import db
from tests.clients import Client
from tests.house_rules.personal_data.canaries import DAY, NOW
from tests.house_rules.personal_data.opened import Opened, added, newest
from tests.house_rules.routes import World, routes
from tests.making import Make

DESK = f"/desk/list?day={DAY}"


@pytest.fixture
def client(new_client: Callable[[], Client]) -> Client:
    return new_client()


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("role", list(RoleName))
def test_what_shows_a_patients_words_is_in_the_trail(opened: list[Opened], role: RoleName) -> None:
    shown = [each for each in opened if each.words and not each.refused]
    silent = [f"{each.method} {each.address}: {each.endpoint}" for each in shown if not each.in_trail]
    assert not silent, "\n".join(silent)
    assert len(shown) > (0 if role == RoleName.LIAISON else 10)


def test_every_look_has_its_words(app: Flask) -> None:
    assert set(LOOKS) <= set(app.view_functions)
    assert sorted(ACTIONS - set(messages.ACTIONS)) == []


@pytest.mark.on("sqlite")
def test_a_page_that_refreshes_itself_is_recorded_every_ten_minutes_whatever_its_header_says(
    client: Client, committed_world: World, sign_in: Callable[..., None]
) -> None:
    sign_in(client, committed_world.staff["front_desk"])
    conversation = committed_world.address(_route("desk_texting.conversation"))
    for start, address, action in ((0, DESK, "desk.arrivals"), (12, conversation, "text.conversation")):
        before = newest()
        for minutes in (0, 1, 2, 11):
            with time_machine.travel(NOW + timedelta(minutes=start + minutes), tick=False):
                assert client.get(address, headers={"X-Background": "1"}).status_code == 200
        assert [entry.action for entry in added(before)] == [action, action]
        with time_machine.travel(NOW + timedelta(minutes=start + 11), tick=False):
            client.get(address)
        assert len(added(before)) == 3


@pytest.mark.on("sqlite")
def test_past_days_are_looks_of_their_own(client: Client, committed_world: World, sign_in: Callable[..., None]) -> None:
    sign_in(client, committed_world.staff["front_desk"])
    before = newest()
    for days in range(3):
        client.get(f"/desk/list?day={DAY - timedelta(days=days)}", headers={"X-Background": "1"})
    assert len({entry.details["day"] for entry in added(before)}) == 3


@pytest.mark.on("sqlite")
def test_a_patients_pages_are_one_look_for_a_tablet_and_one_for_a_link(
    committed_app: Flask, client: Client, make: Make
) -> None:
    make.sources()
    place = make.location()
    here, theirs, device = make.visit(place), make.visit(place), make.device(place)
    handed = hand_over(here, device, make.staff(locations=[place]))
    token = issue_link(theirs, None)
    db.session.commit()
    client.set_cookie(device_cookie(), device.token, domain="127.0.0.1")  # type: ignore[attr-defined]
    client.post("/kiosk/begin", data={"handover": handed.public_id})
    before = newest()
    for _ in range(3):
        assert client.get("/kiosk").status_code == 200
        assert client.get(f"/a/{token}").status_code == 200
    looks = [(entry.action, entry.actor_kind, entry.subject_id) for entry in added(before)]
    assert looks == [("question.shown", "device", here.id), ("question.shown", "link", theirs.id)]


@pytest.mark.both
def test_refusals_are_in_the_trail_with_the_address_they_came_from(
    new_client: Callable[[], Client], client: Client, make: Make, sign_in: Callable[..., None]
) -> None:
    place = make.location()
    clerk = make.staff(locations=[place], kiosk_pin_hash=pins.hashed("583026"))
    device = make.device(place)
    base: Any = {"REMOTE_ADDR": "203.0.113.9"}
    client.post("/sign-in", data={"email": clerk.email, "password": "a wrong one"}, environ_base=base)
    client.post("/kiosk/pair", data={"code": "ACDE FGHJ"}, environ_base=base)
    sign_in(client, clerk)
    assert client.get("/audit", environ_base=base).status_code == 403
    assert client.post("/people/new", environ_base=base).status_code == 403
    tablet = new_client()
    tablet.set_cookie(device_cookie(), device.token, domain="127.0.0.1")  # type: ignore[attr-defined]
    tablet.post("/kiosk/leave", data={"pin": "902431"}, environ_base=base)

    entries = [entry for entry in added(0) if entry.action.endswith(".refused")]
    assert [(entry.action, entry.actor_kind, entry.subject_id) for entry in entries] == [
        ("sign_in.refused", "system", clerk.id),
        ("pairing.refused", "system", None),
        ("page.refused", "staff", None),
        ("page.refused", "staff", None),
        ("pin.refused", "device", device.id),
    ]
    assert {entry.details["address"] for entry in entries} == {"203.0.113.9"}
    assert entries[2].details["page"] == "accounts.audit_trail"


def _route(endpoint: str) -> Any:
    return next(each for each in routes(current_app) if each.endpoint == endpoint)
