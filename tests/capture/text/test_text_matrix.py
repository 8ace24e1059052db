"""More than two hundred texts in two languages, and what each must become."""

import pytest
from flask import Flask
from pydantic import SecretStr

from tests.capture.text.replying import Texting, misread, replies
from tests.making import Make


@pytest.fixture
def texting(app: Flask, make: Make) -> Texting:
    carrier = {"twilio_account_sid": "AC1", "twilio_auth_token": SecretStr("t" * 32), "twilio_sender": "+15185550100"}
    return Texting(app.config["SETTINGS"].model_copy(update=carrier), make)


def test_every_reply_becomes_what_it_means(texting: Texting) -> None:
    assert misread(texting, "development") == []


def test_replies_that_nothing_was_tuned_on_are_read_too(texting: Texting) -> None:
    assert misread(texting, "held_out") == []


def test_the_matrix_is_as_large_as_it_says() -> None:
    known, held_out = replies("development"), replies("held_out")

    assert len(known) + len(held_out) > 200
    assert len(held_out) == 60
    texts = [(reply.language, reply.step, reply.text) for reply in known + held_out]
    assert len(set(texts)) == len(texts)
