"""The set-up of texting, checked by the real client against a carrier on this machine."""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select

from intake.accounts.models import Staff
from intake.capture.text.staff_pages.checks import carrier_checks
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier
from intake.dev.fake_carrier.webhooks import Webhooks
from intake.sms.carrier.gateway import LineFacts
from intake.sms.consent.consent import record_opt_out
from intake.sms.models import OutboxText
from tests.clients import Client
from tests.making import Make
from tests.sms.carriers import running

SignIn = Callable[[Client, Staff], None]
Connect = Callable[..., Settings]


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def connect(app: Flask, carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Point the practice at the carrier; keywords override settings."""
    with running(carrier) as address:

        def set_up(**values: Any) -> Settings:
            given = {
                "twilio_account_sid": carrier.account_sid,
                "twilio_auth_token": SecretStr(carrier.auth_token),
                "twilio_sender": carrier.number,
                "twilio_api_url": address,
            }
            settings: Settings = app.config["SETTINGS"].model_copy(update=given | values)
            monkeypatch.setitem(app.config, "SETTINGS", settings)
            carrier.webhooks = Webhooks(settings.public_url)
            return settings

        yield set_up
        carrier.webhooks = None


@pytest.fixture
def administrator(client: Client, make: Make, sign_in: SignIn) -> Client:
    sign_in(client, make.staff("administrator", locations=[make.location()]))
    return client


def words(body: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_without_credentials_the_page_says_which_are_missing(administrator: Client) -> None:
    page = words(administrator.get("/texts/set-up").text)

    assert "Nothing is texted until the practice’s own Twilio account is connected" in page
    assert "Not set: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_SENDER." in page
    assert administrator.get("/texts/set-up/carrier").status_code == 200


def test_with_everything_right_every_line_of_the_carrier_is_good(administrator: Client, connect: Connect) -> None:
    settings = connect()

    part = words(administrator.get("/texts/set-up/carrier").text)
    whole = words(administrator.get("/texts/set-up?ask=1").text)

    for page in (part, whole):
        assert "The carrier takes them." in page
        assert "It is yours and can text." in page
        assert "The carrier brings replies to the right address." in page
    assert f"{settings.public_url}/sms/inbound" in whole
    assert "error 30034" in whole


def test_a_messaging_service_is_looked_at_as_one(administrator: Client, connect: Connect, carrier: Carrier) -> None:
    connect(twilio_sender=carrier.service_sid)

    page = words(administrator.get("/texts/set-up?ask=1").text)

    assert "It is yours and has a number." in page
    assert "The messaging service is registered." in page


def test_a_wrong_token_is_said_plainly(administrator: Client, connect: Connect) -> None:
    connect(twilio_auth_token=SecretStr("0" * 32))

    assert "does not take the account SID and auth token" in words(administrator.get("/texts/set-up?ask=1").text)


def test_a_number_of_somebody_else_is_said_plainly(administrator: Client, connect: Connect) -> None:
    connect(twilio_sender="+15185550177")

    assert "This account has no number +15185550177." in words(administrator.get("/texts/set-up?ask=1").text)


def test_replies_that_would_go_elsewhere_are_noticed(administrator: Client, connect: Connect, carrier: Carrier) -> None:
    settings = connect()
    assert carrier.webhooks is not None
    carrier.webhooks.base_url = "https://demo.twilio.example"

    page = words(administrator.get("/texts/set-up?ask=1").text)

    assert "brings replies to https://demo.twilio.example/sms/inbound, which is not where Intake waits" in page
    assert f"{settings.public_url}/sms/inbound" in page


def test_a_carrier_that_is_away_is_no_error_page(administrator: Client, connect: Connect) -> None:
    connect(twilio_api_url="http://127.0.0.1:9")

    response = administrator.get("/texts/set-up?ask=1")

    assert response.status_code == 200
    assert "can’t be reached just now" in words(response.text)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (LineFacts(active=False), "suspended or closed"),
        (LineFacts(active=True, has_sender=True, can_text=False), "can’t send texts"),
        (LineFacts(active=True, has_sender=True, can_text=True), "would get lost"),
        (LineFacts(active=True, has_sender=True, can_text=True, registered=False), "isn’t registered"),
    ],
)
def test_each_fact_of_the_carrier_has_its_sentence(connect: Connect, facts: LineFacts, says: str) -> None:
    assert says in " ".join(check.says for check in carrier_checks(facts, connect()))


def test_a_test_text_goes_to_the_number_typed_once_a_minute(administrator: Client, connect: Connect) -> None:
    connect()

    first = administrator.post("/texts/set-up/test", data={"phone": "(518) 555-0142"})
    second = administrator.post("/texts/set-up/test", data={"phone": "(518) 555-0142"})

    (sent,) = db.session.scalars(select(OutboxText)).all()
    assert (first.status_code, second.status_code) == (303, 422)
    assert (sent.purpose, sent.phone_e164) == ("test", "+15185550142")
    assert sent.body.startswith("Riverside Vein Clinic: this is a test text.")
    assert "less than a minute ago" in words(second.text)
    assert "…0142" in words(administrator.get("/texts/set-up").text)


@pytest.mark.parametrize(
    ("typed", "says"),
    [("", "isn’t a telephone number"), ("12", "isn’t a telephone number"), ("+44 20 7946 0958", "United States")],
)
def test_a_number_that_cannot_be_texted_is_refused(
    administrator: Client, connect: Connect, typed: str, says: str
) -> None:
    connect()

    response = administrator.post("/texts/set-up/test", data={"phone": typed})

    assert response.status_code == 422
    assert says in words(response.text)


def test_a_phone_that_said_stop_gets_no_test_either(administrator: Client, connect: Connect) -> None:
    connect()
    record_opt_out("+15185550142", reason="word")

    assert "said STOP" in words(administrator.post("/texts/set-up/test", data={"phone": "5185550142"}).text)


def test_refusals_for_a_missing_registration_are_counted(administrator: Client, connect: Connect, make: Make) -> None:
    connect()
    make.text(make.visit(), state="failed", error_code=30034, reason="not_registered", sent_at=None)

    assert "One text was refused within a week" in words(administrator.get("/texts/set-up").text)
