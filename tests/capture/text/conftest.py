import pytest
from flask import Flask
from pydantic import SecretStr

from intake.config import Settings
from tests.capture.text.talking import Talk
from tests.making import Make


@pytest.fixture
def settings(app: Flask, make: Make) -> Settings:
    make.sources()
    make.practice(phone_e164="+15185550199")
    carrier = {"twilio_account_sid": "AC1", "twilio_auth_token": SecretStr("t" * 32), "twilio_sender": "+15185550100"}
    changed: Settings = app.config["SETTINGS"].model_copy(update=carrier)
    return changed


@pytest.fixture
def talk(settings: Settings, make: Make) -> Talk:
    return Talk(settings, make)
