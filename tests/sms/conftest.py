"""A carrier on loopback, an hour at which everybody may be texted, and a text that waits."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from intake import clock
from intake.config import Settings
from intake.dev.fake_carrier.carrier import Carrier
from intake.sms.consent.consent import record_consent
from intake.sms.models import OutboxText
from tests.databases import settings_for
from tests.making import Make
from tests.sms.carriers import PHONE, queue, running, visit_of_phone


@pytest.fixture
def carrier() -> Carrier:
    return Carrier(hang_seconds=1.5)


@pytest.fixture
def settings(app: Flask, carrier: Carrier, tmp_path: Path) -> Iterator[Settings]:
    with running(carrier) as address:
        yield settings_for(
            app.config["SETTINGS"].database_url,
            twilio_account_sid=carrier.account_sid,
            twilio_auth_token=carrier.auth_token,
            twilio_sender=carrier.number,
            twilio_api_url=address,
            spool_folder=tmp_path,
            carrier_answer_seconds=0.5,
            quiet_until="08:00",
            quiet_from="21:00",
        )


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside every window, whatever the hour at which the tests run."""
    real = clock.now
    offset = real().replace(hour=17, minute=0) - real()
    monkeypatch.setattr(clock, "now", lambda: real() + offset)


@pytest.fixture
def queued(app: Flask, make: Make, noon: None) -> OutboxText:
    visit = visit_of_phone(make)
    record_consent(phone_e164=PHONE, patient_id=visit.patient_id, source="desk", wording_version="1")
    return queue(visit)
