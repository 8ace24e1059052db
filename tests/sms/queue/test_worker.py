"""The worker goes on: whatever one of its steps meets, the others are done."""

import itertools
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from intake import clock
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier, Fault
from intake.sms.carrier.gateway import TwilioGateway
from intake.sms.models import InboundText, OutboxText, SendAttempt, TextState
from intake.sms.queue import line, polling, receiving
from intake.sms.queue.receiving import ArrivedText
from intake.sms.queue.spool import spool, waiting
from intake.sms.queue.worker import Worker
from tests.making import Make
from tests.sms.carriers import PHONE, queue, visit_of_phone

pytestmark = pytest.mark.on("sqlite")

READ_FAULTS = (Fault.FORBIDDEN, Fault.TOO_MANY, Fault.FAILS_BEFORE, Fault.RUBBISH, Fault.MALFORMED, Fault.DROPS)


@pytest.fixture
def worker(settings: Settings) -> Callable[..., Worker]:
    def made(*chores: Callable[[], int]) -> Worker:
        db.session.commit()
        return Worker(TwilioGateway(settings), settings, chores=chores, settle_seconds=0)

    return made


@pytest.fixture
def uncertain(make: Make, queued: OutboxText) -> OutboxText:
    """A text of which nobody knows whether it left; the carrier would have to be asked."""
    text: OutboxText = make.text(visit_of_phone(make), state=TextState.UNCERTAIN, sent_at=None)
    begun = clock.now().replace(microsecond=0)
    db.session.add(SendAttempt(id="6f1c8f0e-0000-4000-8000-00000000000b", outbox_id=text.id, started_at=begun))
    return text


@pytest.mark.parametrize("fault", READ_FAULTS)
def test_texts_leave_though_the_carrier_can_be_asked_nothing(
    uncertain: OutboxText, queued: OutboxText, carrier: Carrier, worker: Callable[..., Worker], fault: Fault
) -> None:
    carrier.read_faults = {fault: 1.0}

    worker().run(until_idle=True)

    assert queued.state == TextState.SENT
    assert uncertain.state == TextState.UNCERTAIN
    assert not line.is_paused()
    assert line.state().polled_until is None


def test_credentials_that_are_refused_when_asking_pause_the_line(
    uncertain: OutboxText, queued: OutboxText, carrier: Carrier, worker: Callable[..., Worker]
) -> None:
    carrier.read_faults = {Fault.UNAUTHORIZED: 1.0}

    worker().run(until_idle=True)

    assert line.status().paused_because == "credentials"
    assert (queued.state, queued.tries) == (TextState.QUEUED, 0)


def test_a_carrier_that_cannot_be_asked_is_asked_less_and_less_often(
    uncertain: OutboxText, carrier: Carrier, worker: Callable[..., Worker]
) -> None:
    carrier.read_faults = {Fault.TOO_MANY: 1.0}
    at_work = worker()
    pauses = []
    for _ in range(4):
        at_work._due.clear()
        at_work.round()
        pauses.append(max(at_work._due[what] for what in ("resolve", "poll")))

    assert [round(later - sooner) > 0 for sooner, later in itertools.pairwise(pauses)] == [True] * 3


def test_a_step_that_fails_leaves_the_others_their_turn(queued: OutboxText, worker: Callable[..., Worker]) -> None:
    def broken() -> int:
        raise KeyError("no such thing")

    def refused_by_the_database() -> int:
        db.session.execute(select(InboundText.id).where(InboundText.id == OutboxText.id).with_only_columns(1 / 0))
        return 0

    worker(broken, refused_by_the_database).run(until_idle=True)

    assert queued.state == TextState.SENT


def test_an_event_that_cannot_be_handled_is_set_aside_and_the_next_one_is_read(
    queued: OutboxText, settings: Settings, worker: Callable[..., Worker]
) -> None:
    sound = {"kind": "inbound", "MessageSid": "SM1", "From": PHONE, "To": "+15185550100", "Body": "2", "NumMedia": "0"}
    spool(settings.spool_folder, {"kind": "inbound", "MessageSid": "SM0"})
    spool(settings.spool_folder, {**sound, "received_at": clock.now().isoformat()})

    worker().run(until_idle=True)

    assert db.session.scalars(select(InboundText.message_sid)).all() == ["SM1"]
    assert waiting(settings.spool_folder) == 0
    assert len(list(settings.spool_folder.glob("*.unreadable"))) == 1
    assert queued.state == TextState.SENT


def test_while_the_days_limit_holds_only_answers_leave(
    queued: OutboxText, make: Make, carrier: Carrier, worker: Callable[..., Worker]
) -> None:
    answer = queue(visit_of_phone(make), "reply:1")
    answer.purpose = "reply"
    line.hold("daily_limit", until=line.tomorrow())

    worker().run(until_idle=True)

    assert (queued.state, answer.state) == (TextState.QUEUED, TextState.SENT)


def test_without_a_carrier_every_chore_has_its_turn(queued: OutboxText, settings: Settings) -> None:
    done: list[str] = []

    def broken() -> int:
        db.session.execute(text("INSERT INTO text_stop (phone_e164) VALUES (NULL)"))
        return 1

    def mails() -> int:
        done.append("mailed")
        return int(len(done) == 1)

    Worker(None, settings, chores=(broken, mails)).run(until_idle=True)

    assert done == ["mailed", "mailed"]
    assert queued.state == TextState.QUEUED


def test_a_listed_text_that_cannot_be_kept_hides_no_other(
    queued: OutboxText, carrier: Carrier, worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    def receive(arrived: ArrivedText) -> int | None:
        if arrived.body == "poison":
            db.session.execute(text("INSERT INTO text_stop (phone_e164) VALUES (NULL)"))
        return receiving.receive(arrived)

    monkeypatch.setattr(polling, "receive", receive)
    carrier.text_from(PHONE, "google")
    carrier.text_from(PHONE, "poison")

    worker().run(until_idle=True)

    assert db.session.scalars(select(InboundText.body)).all() == ["google"]
    assert line.state().polled_until is not None
