"""One text, taken all the way, through the real client and a carrier that misbehaves."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, text

from intake import clock
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier, Fault
from intake.directory.models import Visit
from intake.sms.carrier.gateway import TwilioGateway
from intake.sms.consent.consent import is_stopped, record_consent, record_opt_out
from intake.sms.models import OutboxText, TextPurpose, TextState
from intake.sms.queue import line, outbox
from intake.sms.queue.outbox import NewText, claim_due, queue_text
from intake.sms.queue.receiving import record_status
from intake.sms.queue.resolving import resolve_uncertain
from intake.sms.queue.retrying import SendStep
from tests.making import Make
from tests.sms.carriers import PHONE, queue, send, visit_of_phone

pytestmark = pytest.mark.both


def test_a_text_leaves_once_and_is_delivered(queued: OutboxText, settings: Settings, carrier: Carrier) -> None:
    assert send(queued, settings) == SendStep.SENT

    (message,) = carrier.sent_to(PHONE)
    attempt_id = message.status_callback.rpartition("/")[2]
    assert message.status_callback.startswith(f"{settings.public_url}/sms/status/")
    assert record_status(attempt_id=attempt_id, message_sid=message.sid, status="delivered", error_code=None)
    assert queued.state == TextState.DELIVERED


def test_a_status_that_comes_late_moves_nothing_back(queued: OutboxText, settings: Settings, carrier: Carrier) -> None:
    send(queued, settings)
    (message,) = carrier.sent_to(PHONE)
    attempt_id = message.status_callback.rpartition("/")[2]
    for status in ("delivered", "sent", "queued", "delivered"):
        record_status(attempt_id=attempt_id, message_sid=message.sid, status=status, error_code=None)

    assert queued.state == TextState.DELIVERED


def test_the_same_thing_is_queued_once(queued: OutboxText) -> None:
    visit = db.session.get_one(Visit, queued.visit_id)
    new = NewText("survey:1", TextPurpose.SURVEY, PHONE, "again", clock.now(), visit_id=visit.id)

    assert queue_text(new) is None


def test_too_many_at_once_is_tried_again_later(queued: OutboxText, settings: Settings, carrier: Carrier) -> None:
    carrier.faults = {Fault.TOO_MANY: 1.0}
    assert send(queued, settings) == SendStep.LATER
    assert queued.state == TextState.QUEUED
    assert queued.not_before > clock.now()

    carrier.faults = {}
    assert send(queued, settings) == SendStep.SENT
    assert len(carrier.sent_to(PHONE)) == 1


@pytest.mark.parametrize("fault", [Fault.FAILS_AFTER, Fault.HANGS_AFTER])
def test_what_may_have_left_is_never_sent_again_but_asked_for(
    queued: OutboxText, settings: Settings, carrier: Carrier, fault: Fault
) -> None:
    carrier.faults = {fault: 1.0}
    assert send(queued, settings) == SendStep.UNCERTAIN
    carrier.faults = {}
    assert claim_due(worker="another", most=5) == []

    assert resolve_uncertain(TwilioGateway(settings), settle_seconds=0)["found"] == 1

    assert queued.state == TextState.SENT
    assert len(carrier.sent_to(PHONE)) == 1


def test_what_the_carrier_never_took_is_sent_after_asking(
    queued: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    carrier.faults = {Fault.FAILS_BEFORE: 1.0}
    assert send(queued, settings) == SendStep.UNCERTAIN
    carrier.faults = {}

    assert resolve_uncertain(TwilioGateway(settings), settle_seconds=0)["not_there"] == 1
    assert send(queued, settings) == SendStep.SENT
    assert len(carrier.sent_to(PHONE)) == 1


def test_a_callback_resolves_what_was_uncertain(queued: OutboxText, settings: Settings, carrier: Carrier) -> None:
    carrier.faults = {Fault.FAILS_AFTER: 1.0}
    send(queued, settings)
    (message,) = carrier.sent_to(PHONE)

    record_status(
        attempt_id=message.status_callback.rpartition("/")[2], message_sid=message.sid, status="sent", error_code=None
    )

    assert queued.state == TextState.SENT


def test_wrong_credentials_pause_the_line_and_burn_nothing(
    queued: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    carrier.auth_token = "another"

    assert send(queued, settings) == SendStep.PAUSED

    assert line.is_paused()
    assert (queued.state, queued.tries) == (TextState.QUEUED, 0)


def test_a_phone_that_stopped_at_the_carrier_is_stopped_here_too(
    queued: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    carrier.stopped.add(PHONE)

    assert send(queued, settings) == SendStep.FAILED

    assert is_stopped(PHONE)
    assert queued.reason == "stopped"


def test_a_number_that_can_not_be_texted_is_not_tried_again(
    queued: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    carrier.refused[PHONE] = 21614

    assert send(queued, settings) == SendStep.FAILED
    assert (queued.state, queued.reason) == (TextState.FAILED, "not_a_mobile")
    assert not is_stopped(PHONE)


def test_who_said_stop_after_it_was_queued_is_not_texted(
    queued: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    record_opt_out(PHONE, reason="word")
    db.session.commit()

    assert claim_due(worker="w", most=5) == []
    assert queued.state == TextState.CANCELLED
    assert carrier.messages == []


def test_who_never_agreed_is_not_texted(settings: Settings, make: Make, noon: None, carrier: Carrier) -> None:
    text = queue(visit_of_phone(make), "survey:none")

    assert send(text, settings) == SendStep.DROPPED
    assert (text.state, text.reason) == (TextState.CANCELLED, "no_consent")
    assert carrier.messages == []


def test_nothing_leaves_in_the_quiet_hours(
    settings: Settings, make: Make, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = visit_of_phone(make)
    record_consent(phone_e164=PHONE, patient_id=visit.patient_id, source="desk", wording_version="1")
    # 22:30 in New York.
    late = clock.now().replace(hour=3, minute=30, second=0)
    monkeypatch.setattr(clock, "now", lambda: late)
    text = queue(visit)

    assert send(text, settings) == SendStep.LATER

    assert carrier.messages == []
    local = clock.local(text.not_before, "America/New_York")
    assert (local.hour, local.minute) == (8, 0)


def test_the_days_cap_holds(make: Make, queued: OutboxText, settings: Settings, carrier: Carrier) -> None:
    capped = settings.model_copy(update={"texts_per_day": 1})
    second = queue(db.session.get_one(Visit, queued.visit_id), "survey:2")

    assert [send(text, capped) for text in (queued, second)] == [SendStep.SENT, SendStep.LATER]
    assert len(carrier.messages) == 1


def test_a_claim_that_ran_out_is_taken_again(queued: OutboxText, monkeypatch: pytest.MonkeyPatch) -> None:
    assert claim_due(worker="killed", most=5) == [queued.id]
    db.session.commit()
    assert claim_due(worker="other", most=5) == []
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert claim_due(worker="other", most=5) == [queued.id]
    assert db.session.scalar(select(OutboxText.claimed_by)) == "other"


def test_every_question_about_the_queue_uses_its_index(app: Flask, make: Make) -> None:
    """Rows that are long delivered outnumber the open ones a thousandfold."""
    visit = make.visit()
    now = clock.now()
    old = {"purpose": "survey", "phone_e164": PHONE, "body": "…", "state": "delivered", "tries": 1, "queued_at": now}
    rows = [
        {**old, "once_key": f"old:{n}", "not_before": now, "sent_at": now, "claim_expires_at": now} for n in range(3000)
    ]
    db.session.execute(insert(OutboxText), rows)
    queue(visit)
    db.session.execute(text("ANALYZE"))
    questions = [
        lambda: claim_due(worker="w", most=20),
        outbox.abandoned_sends,
        lambda: outbox.uncertain_since(now),
        outbox.counts_by_state,
    ]

    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        if statement.startswith("SELECT") and "outbox_text" in statement:
            asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    for question in questions:
        question()
    event.remove(db.engine, "before_cursor_execute", note)

    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    assert len(asked) >= 5
    for statement, values in asked:
        plan = str(db.session.connection().exec_driver_sql(explain + statement, values).all())
        assert "ix_outbox_text_open" in plan, plan


def help_answer(make: Make, carrier: Carrier, body: str) -> OutboxText:
    """Our answer to a text, which waits."""
    asked = carrier.text_from(PHONE, body)
    make.reply(None, body, message_sid=asked.sid, from_e164=PHONE, outcome="help")
    return queue(visit_of_phone(make), f"reply:{asked.sid}", purpose=TextPurpose.HELP)


@pytest.mark.parametrize("fault", [None, Fault.TOO_MANY])
def test_help_that_the_carrier_answers_is_not_answered_twice(
    make: Make, settings: Settings, carrier: Carrier, noon: None, fault: Fault | None
) -> None:
    carrier.replies_itself = True
    answer = help_answer(make, carrier, "HELP")
    if fault:
        carrier.read_faults = {fault: 1.0}

    send(answer, settings)

    sent = [message.direction for message in carrier.sent_to(PHONE)]
    assert sent == (["outbound-reply", "outbound-api"] if fault else ["outbound-reply"])
    assert (answer.reason == "carrier_answered") == (fault is None)


@pytest.mark.parametrize(("body", "replies_itself"), [("HELP", False), ("what is this?", True), ("ayuda", True)])
def test_help_that_the_carrier_leaves_to_us_is_answered(
    make: Make, settings: Settings, carrier: Carrier, noon: None, body: str, replies_itself: bool
) -> None:
    carrier.replies_itself = replies_itself
    answer = help_answer(make, carrier, body)

    assert send(answer, settings) == SendStep.SENT
