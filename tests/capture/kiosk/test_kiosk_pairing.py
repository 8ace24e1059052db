"""Pairing a tablet."""

from datetime import timedelta

import pytest

from intake import clock
from intake.accounts.auth.guards import device_cookie
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


def test_the_code_pairs_once_and_its_cookie_opens_the_tablets_pages(session, app, waiting):
    first, second = app.test_client(), app.test_client()
    response = first.post("/kiosk/pair", data={"code": " acde-fghj "})
    cookie = response.headers["Set-Cookie"] if device_cookie() in response.headers["Set-Cookie"] else ""
    cookie = next(header for header in response.headers.getlist("Set-Cookie") if header.startswith(device_cookie()))
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert response.location == "/kiosk"
    assert look(first).status == 200
    assert waiting.paired_at is not None
    assert waiting.token_hash is not None and waiting.token_hash not in cookie
    assert waiting.pairing_code_hash is None
    page = Page(second.post("/kiosk/pair", data={"code": CODE}))
    assert page.status == 422
    assert second.get("/kiosk").location == "/kiosk/pair"


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
