"""What the carrier is told to forget, if the practice says so; whatever goes wrong, sending isn't held up by it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from intake import clock
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier, Fault
from intake.dev.fake_carrier.wire import WireMessage
from intake.sms.carrier.gateway import TwilioGateway
from intake.sms.carrier.gateway_errors import GatewayError
from intake.sms.models import InboundText, OutboxText, SendAttempt
from intake.sms.queue import line
from intake.sms.queue.forgetting import forget_at_carrier
from intake.sms.queue.receiving import ArrivedText, receive
from tests.making import Make
from tests.sms.carriers import PHONE, send

pytestmark = pytest.mark.on("sqlite")

SAYS_SO = {"carrier_deletes_pictures": True, "carrier_wipes_words_after_days": 7}


def told(settings: Settings, **says: object) -> int:
    practice = settings.model_copy(update=says or SAYS_SO)
    return forget_at_carrier(TwilioGateway(practice), practice)


@pytest.fixture
def came(app: Flask, carrier: Carrier, make: Make, noon: None) -> WireMessage:
    """A text with two pictures, eight days ago."""
    make.practice()
    message = carrier.text_from(PHONE, "my insurance card", media=("ME" + "1" * 32, "ME" + "2" * 32))
    then = clock.now() - timedelta(days=8)
    receive(ArrivedText(message.sid, PHONE, carrier.number, message.body, 2, then, "webhook"))
    db.session.commit()
    return message


def test_nothing_is_forgotten_unless_the_practice_says_so(
    came: WireMessage, settings: Settings, carrier: Carrier
) -> None:
    assert told(settings, carrier_deletes_pictures=False) == 0
    assert (len(came.media), came.body) == (2, "my insurance card")


def test_pictures_are_deleted_at_once_and_words_after_their_days(
    came: WireMessage, settings: Settings, queued: OutboxText, carrier: Carrier
) -> None:
    send(queued, settings)
    attempt = db.session.scalars(select(SendAttempt)).one()
    [ours] = carrier.sent_to(PHONE)
    ours.move_on("delivered", clock.now())
    younger = carrier.text_from(PHONE, "yesterday's", media=("ME" + "3" * 32,))
    receive(ArrivedText(younger.sid, PHONE, carrier.number, younger.body, 1, clock.now(), "webhook"))
    db.session.commit()

    told(settings)
    assert (came.media, came.body) == ((), "")
    assert (younger.media, younger.body) == ((), "yesterday's")
    assert ours.body == queued.body

    attempt.started_at = clock.now() - timedelta(days=8)
    assert told(settings) == 1
    assert ours.body == ""
    assert told(settings) == 0
    # Here the words stay.
    assert db.session.scalars(select(InboundText.body).order_by(InboundText.id)).all() == [
        "my insurance card",
        "yesterday's",
    ]


def test_what_is_gone_there_is_forgotten(came: WireMessage, settings: Settings, carrier: Carrier) -> None:
    carrier.messages.clear()

    assert told(settings) == 2
    assert told(settings) == 0


def test_a_message_still_on_its_way_keeps_no_other_from_being_forgotten(
    came: WireMessage, settings: Settings, queued: OutboxText, carrier: Carrier
) -> None:
    came.status = "receiving"
    send(queued, settings)
    db.session.scalars(select(SendAttempt)).one().started_at = clock.now() - timedelta(days=8)
    [ours] = carrier.sent_to(PHONE)
    ours.move_on("delivered", clock.now())
    db.session.commit()

    told(settings)

    assert (came.body, ours.body) == ("my insurance card", "")
    came.status = "received"
    assert told(settings) == 1
    assert came.body == ""


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.TOO_MANY, Fault.FAILS_BEFORE, Fault.RUBBISH, Fault.DROPS])
def test_a_carrier_that_fails_is_told_again_later(
    came: WireMessage, settings: Settings, carrier: Carrier, fault: Fault
) -> None:
    carrier.read_faults = {fault: 1.0}

    with pytest.raises(GatewayError):
        told(settings)

    assert line.is_paused() == (fault == Fault.UNAUTHORIZED)
    carrier.read_faults = {}
    assert told(settings) == 2
