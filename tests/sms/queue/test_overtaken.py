"""Two that know different things about one text: whoever is late must not undo what the other found out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from intake import clock
from intake.config import Settings
from intake.db import db
from intake.sms.carrier.gateway import CarrierMessage
from intake.sms.carrier.gateway_errors import Busy
from intake.sms.models import OutboxText, SendAttempt, TextPurpose, TextState
from intake.sms.queue.outbox import NewText, claim_due, queue_text
from intake.sms.queue.resolving import resolve_uncertain
from intake.sms.queue.sending import send_one
from tests.making import Make

pytestmark = pytest.mark.both

PHONE = "+15185550123"


class Interrupted:
    """A carrier that takes nothing; while it is asked, something else happens to the text."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.meanwhile = meanwhile

    def send(self, **_asked: object) -> CarrierMessage:
        self.meanwhile()
        raise Busy(20429, 429)

    def messages_to(self, _phone: str, *, since: datetime) -> list[CarrierMessage]:
        self.meanwhile()
        return []


@pytest.fixture
def reply(app: Flask, make: Make) -> OutboxText:
    make.practice()
    queue_text(NewText("reply:1", TextPurpose.REPLY, PHONE, "Thank you.", clock.now()))
    db.session.commit()
    return db.session.scalars(select(OutboxText)).one()


def test_a_refusal_that_comes_too_late_does_not_send_again_what_was_found_to_have_left(
    app: Flask, reply: OutboxText
) -> None:
    def found_by_another() -> None:
        text = db.session.get_one(OutboxText, reply.id)
        text.state, text.sent_at = TextState.SENT, clock.now()
        db.session.commit()

    claim_due(worker="w", most=1)
    db.session.commit()
    settings: Settings = app.config["SETTINGS"]
    send_one(reply.id, worker="w", gateway=Interrupted(found_by_another), settings=settings)  # type: ignore[arg-type]

    assert reply.state == TextState.SENT
    assert claim_due(worker="other", most=1) == []


def test_a_list_that_was_read_before_the_last_attempt_does_not_speak_about_it(reply: OutboxText) -> None:
    def tried(ago: timedelta) -> None:
        db.session.add(SendAttempt(id=str(uuid4()), outbox_id=reply.id, started_at=clock.now() - ago))
        db.session.commit()

    reply.state = TextState.UNCERTAIN
    tried(timedelta(minutes=10))

    resolve_uncertain(Interrupted(lambda: tried(timedelta(0))))  # type: ignore[arg-type]

    assert reply.state == TextState.UNCERTAIN


def test_answers_leave_before_a_queue_of_surveys(reply: OutboxText, make: Make) -> None:
    visit = make.visit()
    earlier = clock.now() - timedelta(hours=1)
    for number in range(3):
        queue_text(NewText(f"survey:{number}", TextPurpose.SURVEY, PHONE, "…", earlier, visit_id=visit.id))
    db.session.commit()

    first, *others = claim_due(worker="w", most=3)

    assert first == reply.id
    assert len(others) == 2


def test_a_worker_that_stood_still_between_two_steps_does_not_call(
    app: Flask, reply: OutboxText, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[bool] = []
    at = iter([0.0, 45.0])
    monkeypatch.setattr("intake.sms.queue.sending.time.monotonic", lambda: next(at))
    claim_due(worker="w", most=1)
    db.session.commit()
    settings: Settings = app.config["SETTINGS"]

    send_one(reply.id, worker="w", gateway=Interrupted(lambda: called.append(True)), settings=settings)  # type: ignore[arg-type]

    assert called == []
    assert reply.state == TextState.QUEUED


@pytest.mark.parametrize("trips", ["read_reply", "take"])
def test_one_text_that_trips_the_reader_holds_up_nobody(
    app: Flask, reply: OutboxText, make: Make, monkeypatch: pytest.MonkeyPatch, trips: str
) -> None:
    from intake.capture.text.conversation import reply as text_reply
    from tests.capture.text.replying import Reply, Texting

    texting = Texting(app.config["SETTINGS"], make)
    real = getattr(text_reply, trips)

    def trip(said: object, *arguments: object, **named: object) -> object:
        if "poison" in getattr(said, "words", said):
            raise RuntimeError
        return real(said, *arguments, **named)

    monkeypatch.setattr(text_reply, trips, trip)
    step = "asked" if trips == "read_reply" else "which_person"

    assert texting.becomes(Reply("en", step, "poison", ())) in ("failed", "still at which_person")
    assert texting.becomes(Reply("en", "asked", "4", ())) == "insurance"
