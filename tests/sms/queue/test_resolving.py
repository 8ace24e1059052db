"""What became of a text that may have left, told by whom it went to and when, whatever its words have become."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from intake import clock
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier, Fault
from intake.dev.fake_carrier.wire import WireMessage
from intake.sms.carrier.gateway import TwilioGateway
from intake.sms.models import OutboxText, SendAttempt, TextState
from intake.sms.queue.resolving import resolve_uncertain
from intake.sms.queue.retrying import SendStep
from tests.making import Make
from tests.sms.carriers import PHONE, queue, send, visit_of_phone

pytestmark = pytest.mark.on("sqlite")


@pytest.fixture
def unclear(queued: OutboxText, settings: Settings, carrier: Carrier) -> OutboxText:
    """Taken by the carrier, which then broke off."""
    carrier.trial = True
    carrier.faults = {Fault.FAILS_AFTER: 1.0}
    assert send(queued, settings) == SendStep.UNCERTAIN
    carrier.faults = {}
    return queued


def resolve(settings: Settings) -> dict[str, int]:
    db.session.commit()
    found = resolve_uncertain(TwilioGateway(settings), settle_seconds=0)
    return {name: count for name, count in found.items() if count}


def another_text(carrier: Carrier, body: str, **values: object) -> WireMessage:
    """What other software of the practice sent from the same number to the same phone."""
    given = {"sid": "SM" + "9" * 32, "to": PHONE, "sender": carrier.number, "body": body, "direction": "outbound-api"}
    message = WireMessage(**(given | {"created_at": clock.now(), "status": "delivered"} | values))  # type: ignore[arg-type]
    carrier.messages.append(message)
    return message


def test_a_trial_accounts_sentence_before_it_makes_it_no_other_text(unclear: OutboxText, settings: Settings) -> None:
    assert resolve(settings) == {"found": 1}
    assert unclear.state == TextState.SENT


def test_a_text_whose_words_were_wiped_out_is_still_ours(
    unclear: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    carrier.hides_bodies = True

    assert resolve(settings) == {"found": 1}
    assert unclear.state == TextState.SENT
    assert len(carrier.sent_to(PHONE)) == 1


def test_quotes_and_spaces_that_the_carrier_replaced_make_it_no_other_text(
    unclear: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    carrier.messages[0].body = carrier.messages[0].body.replace(" ", "\u00a0").replace("?", "\u203d")

    assert resolve(settings) == {"found": 1}


def test_where_numbers_are_masked_silence_proves_nothing(
    unclear: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    carrier.hides_numbers = True
    # As they are kept there, no list of this phone's texts finds it.
    carrier.messages[0].to = PHONE[:-4] + "XXXX"

    assert resolve(settings) == {"unanswered": 1}
    assert unclear.state == TextState.UNCERTAIN


@pytest.mark.parametrize("body", ["Your appointment is tomorrow at 9.", ""])
def test_a_text_of_somebody_elses_is_neither_taken_for_ours_nor_for_silence(
    queued: OutboxText, settings: Settings, carrier: Carrier, body: str
) -> None:
    carrier.faults = {Fault.FAILS_BEFORE: 1.0}
    assert send(queued, settings) == SendStep.UNCERTAIN
    # Long after ours could have been made; with words, it may be of any time.
    another_text(carrier, body, created_at=clock.now() + timedelta(minutes=0 if body else 20))

    assert resolve(settings) == {"undecided": 1}
    assert queued.state == TextState.UNCERTAIN
    # Asked about again, but not at once.
    assert resolve(settings) == {}


def test_ours_is_known_by_its_words_among_others(unclear: OutboxText, settings: Settings, carrier: Carrier) -> None:
    another_text(carrier, "Your appointment is tomorrow at 9.")

    assert resolve(settings) == {"found": 1}
    assert unclear.state == TextState.SENT


def test_of_two_texts_without_words_neither_is_guessed(
    unclear: OutboxText, make: Make, settings: Settings, carrier: Carrier
) -> None:
    carrier.hides_bodies = True
    other = queue(visit_of_phone(make), "reply:1")
    other.state = TextState.UNCERTAIN
    db.session.add(SendAttempt(id="6f1c8f0e-0000-4000-8000-00000000000c", outbox_id=other.id, started_at=clock.now()))

    assert resolve(settings) == {"undecided": 2}


def second_in_doubt(make: Make, tried_at: datetime) -> OutboxText:
    other = queue(visit_of_phone(make), "reply:1")
    other.state = TextState.UNCERTAIN
    db.session.add(SendAttempt(id="6f1c8f0e-0000-4000-8000-00000000000c", outbox_id=other.id, started_at=tried_at))
    return other


def test_as_many_texts_without_words_as_are_in_doubt_have_all_left(
    unclear: OutboxText, make: Make, settings: Settings, carrier: Carrier
) -> None:
    carrier.hides_bodies = True
    earlier = timedelta(seconds=20)
    db.session.scalars(select(SendAttempt)).one().started_at -= earlier
    carrier.messages[0].created_at -= earlier
    other = second_in_doubt(make, clock.now() - timedelta(seconds=5))
    another_text(carrier, "", created_at=clock.now() - timedelta(seconds=4))

    assert resolve(settings) == {"found": 2}
    assert (unclear.state, other.state) == (TextState.SENT, TextState.SENT)
    assert [message.sid for message in carrier.messages] == list(
        db.session.scalars(select(SendAttempt.message_sid).order_by(SendAttempt.started_at))
    )


def test_a_text_without_words_of_a_time_at_which_one_alone_was_tried_is_that_ones(
    unclear: OutboxText, make: Make, settings: Settings, carrier: Carrier
) -> None:
    carrier.hides_bodies = True
    other = second_in_doubt(make, clock.now() - timedelta(hours=1))

    assert resolve(settings) == {"found": 1, "not_there": 1}
    assert (unclear.state, other.state) == (TextState.SENT, TextState.QUEUED)


@pytest.mark.parametrize("values", [{"direction": "outbound-reply"}, {"sender": "+15185550177"}])
def test_what_was_not_sent_by_us_stands_in_nobodys_way(
    queued: OutboxText, settings: Settings, carrier: Carrier, values: dict[str, str]
) -> None:
    carrier.faults = {Fault.FAILS_BEFORE: 1.0}
    assert send(queued, settings) == SendStep.UNCERTAIN
    carrier.faults = {}
    another_text(carrier, "", **values)

    assert resolve(settings) == {"not_there": 1}
    assert send(queued, settings) == SendStep.SENT
