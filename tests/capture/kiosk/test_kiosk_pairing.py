"""Pairing a tablet."""

import re
from datetime import timedelta

import pytest

from intake import clock
from intake.accounts.auth.guards import device_cookie
from intake.accounts.devices import tablets
from intake.accounts.tokens import hash_token
from tests.capture.walking import Page, look

CODE = "ACDEFGHJ"


@pytest.fixture
def waiting(make):
    return make.device(
        paired=False,
        pairing_code_hash=hash_token(CODE),
        pairing_expires_at=clock.now() + timedelta(minutes=15),
    )


@pytest.fixture
def office(make, app, sign_in, waiting):
    """The administrator's computer."""
    office = app.test_client()
    sign_in(office, make.staff("administrator", locations=[waiting.location]))
    return office


def number_on(client):
    """The number that this browser shows while it asks to be paired; None where it is asked for a code."""
    found = re.search(r'id="number"[^>]*>(\d{4})<', client.get("/kiosk/pair").text)
    return found and found[1]


def confirm(office, device, number):
    return office.post(f"/tablets/{device.id}/pair", data={"number": number}, follow_redirects=True).text


def test_a_tablet_is_paired_once_its_number_is_typed_where_the_code_was(session, app, waiting, office):
    client = app.test_client()
    response = client.post("/kiosk/pair", data={"code": " acde-fghj "})
    cookie = next(header for header in response.headers.getlist("Set-Cookie") if header.startswith(device_cookie()))
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    number = number_on(client)
    assert client.get("/kiosk").location == "/kiosk/pair"
    assert (waiting.paired_at, waiting.token_hash, waiting.pairing_code_hash) == (None, None, None)
    assert f"{waiting.name} is paired" in confirm(office, waiting, f" {number[:2]} {number[2:]}")
    assert look(client).status == 200
    assert client.get("/kiosk/pair").location == "/kiosk"
    assert waiting.paired_at is not None
    assert waiting.token_hash is not None and waiting.token_hash not in cookie
    assert "No tablet asks" in confirm(office, waiting, number)


def test_whoever_photographs_the_code_pairs_nothing(session, app, waiting, office):
    stranger, tablet = app.test_client(), app.test_client()
    stranger.post("/kiosk/pair", data={"code": CODE})
    # The practice's own tablet is told that the code was used, and shows no number that anybody could type.
    assert "was used already" in Page(tablet.post("/kiosk/pair", data={"code": CODE})).text
    assert number_on(tablet) is None
    taken = number_on(stranger)
    assert "No tablet asks" in confirm(office, waiting, f"{(int(taken) + 1) % 10_000:04}")
    assert stranger.get("/kiosk").location == "/kiosk/pair"
    # A new code sends the stranger away.
    code = re.search(r'id="code">([^<]+)<', office.post(f"/tablets/{waiting.id}/code", follow_redirects=True).text)[1]
    assert number_on(stranger) is None
    assert "No tablet asks" in confirm(office, waiting, taken)
    tablet.post("/kiosk/pair", data={"code": code})
    confirm(office, waiting, number_on(tablet))
    assert (look(tablet).status, stranger.get("/kiosk").location) == (200, "/kiosk/pair")


def test_a_code_given_by_several_at_once_is_used_up_by_one(session, waiting):
    # Both have looked the tablet up before either writes.
    tokens = [tablets.claim(waiting, hash_token(CODE), address=None) for _ in range(2)]
    session.refresh(waiting)
    assert tokens[1] is None and waiting.claim_hash == hash_token(tokens[0])


def test_a_paired_tablet_stays_so_until_another_ones_number_is_typed(session, app, make, waiting, office):
    device = make.device(waiting.location)
    old, new = app.test_client(), app.test_client()
    old.set_cookie(device_cookie(), device.token)
    code = tablets.new_pairing_code(device)
    new.post("/kiosk/pair", data={"code": code})
    assert (look(old).status, new.get("/kiosk").location) == (200, "/kiosk/pair")
    confirm(office, device, number_on(new))
    assert (old.get("/kiosk").location, look(new).status) == ("/kiosk/pair", 200)


def test_a_tablet_asks_no_longer_than_the_code_would_have_been_good(session, app, waiting, office):
    client = app.test_client()
    client.post("/kiosk/pair", data={"code": CODE})
    number = number_on(client)
    waiting.pairing_expires_at = clock.now() - timedelta(seconds=1)
    session.flush()
    assert number_on(client) is None
    assert "No tablet asks" in confirm(office, waiting, number)
    waiting.pairing_expires_at = clock.now() + timedelta(minutes=1)
    tablets.revoke(waiting)
    assert number_on(client) is None


def test_an_old_or_unknown_code_pairs_nothing_and_stays_in_its_box(session, app, waiting):
    waiting.pairing_expires_at = clock.now() - timedelta(seconds=1)
    session.flush()
    for code in (CODE, "nonsense", "", "🦄" * 5000):
        page = Page(app.test_client().post("/kiosk/pair", data={"code": code}))
        assert page.status == 422
        assert page.values["code"] == code
        assert "isn't known" in page.text


def test_guessing_codes_ends_soon(app, waiting):
    client = app.test_client()
    for number in range(10):
        assert client.post("/kiosk/pair", data={"code": f"WRONG{number}"}).status_code == 422
    assert client.post("/kiosk/pair", data={"code": CODE}).status_code == 429
    assert waiting.paired_at is None


def test_whoever_pairs_a_tablet_is_signed_out_on_it(make, client, waiting, sign_in):
    sign_in(client, make.staff("administrator"))
    assert client.get("/").location != "/sign-in"
    client.post("/kiosk/pair", data={"code": CODE})
    assert "/sign-in" in client.get("/").location
