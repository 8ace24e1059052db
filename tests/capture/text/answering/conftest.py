"""A desk at noon, a patient who may be texted, and a carrier that is set up."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from intake.dev.fake_carrier.carrier import Carrier
from intake.directory.models import Location, Visit
from intake.sms.consent.consent import record_consent
from tests.capture.text.answering.replies import NOON, PHONE, SignIn
from tests.clients import Client
from tests.databases import settings_for
from tests.making import Make


@pytest.fixture(autouse=True)
def at_noon() -> object:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def place(make: Make, texting_set_up: None) -> Location:
    make.practice()
    make.sources()
    return make.location("Uptown")


@pytest.fixture
def texting_set_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    carrier = Carrier()
    given = {
        "twilio_account_sid": carrier.account_sid,
        "twilio_auth_token": carrier.auth_token,
        "twilio_sender": carrier.number,
    }
    monkeypatch.setitem(app.config, "SETTINGS", settings_for(app.config["SETTINGS"].database_url, **given))


@pytest.fixture
def visit(make: Make, place: Location) -> Visit:
    found: Visit = make.visit(
        place, make.patient("Marta", "Reyes", mobile_e164=PHONE), at=(NOON - timedelta(hours=3)).time()
    )
    record_consent(phone_e164=PHONE, patient_id=found.patient_id, source="desk", wording_version="1")
    return found


@pytest.fixture
def desk(client: Client, make: Make, place: Location, sign_in: SignIn) -> Client:
    sign_in(client, make.staff("front_desk", locations=[place], name="Amara Desk"))
    return client
