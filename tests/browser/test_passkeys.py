"""A passkey in a real browser, with an authenticator that Chromium plays: added, and used as the second step."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from intake import create_app
from intake.accounts.models import Passkey
from intake.accounts.second_step import records
from intake.db import db
from tests.serving import serve_here

PASSWORD = "seven green herons"


@pytest.fixture
def authenticator(page: Page) -> SimpleNamespace:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return SimpleNamespace(devtools=devtools, id=made["authenticatorId"])


def test_a_passkey_is_added_and_asked_for_at_the_next_sign_in(committed_app, make, watched, authenticator) -> None:
    page = watched
    settings = committed_app.config["SETTINGS"]
    # Browsers know passkeys at names, not at numbers.
    named = settings.model_copy(update={"public_url": str(settings.public_url).replace("127.0.0.1", "localhost")})
    staff = make.staff("front_desk", password=PASSWORD)
    db.session.commit()
    with serve_here(create_app(named)) as url:

        def sign_in() -> None:
            page.goto(f"{url}/sign-in")
            page.get_by_label("E-mail address").fill(staff.email)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()

        sign_in()
        page.goto(f"{url}/account")
        page.get_by_role("link", name="Add a passkey").click()
        page.get_by_label("Name").fill("Front counter")
        page.get_by_role("button", name="Make the passkey").click()
        expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
        page.get_by_role("link", name="I have kept them").click()
        page.context.clear_cookies()

        sign_in()
        expect(page.get_by_role("heading", name="Your second step")).to_be_visible()
        page.get_by_role("button", name="Use your passkey").click()
        page.wait_for_url("**/desk*")
        assert page.complaints == []

    kept = db.session.query(Passkey).one()
    assert (kept.name, kept.used_at is not None, kept.sign_count > 0) == ("Front counter", True, True)
    assert records.state(staff).passkeys == 1
