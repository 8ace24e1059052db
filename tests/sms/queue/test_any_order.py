"""Outbox, consent, callbacks, crashes, STOP, START and the clock in any order: nothing is sent twice or after STOP.

Each step of a send is a step here, so that a worker may die between any two, and anything may happen in between.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, update

from intake import clock
from intake.config import Settings
from intake.db import db
from intake.directory.models import Visit
from intake.sms.carrier.gateway import LOST, CarrierMessage
from intake.sms.carrier.gateway_errors import Busy, GatewayError, Locked, TextRefused, Unknown
from intake.sms.consent import consent
from intake.sms.models import (
    InboundText,
    LineState,
    OutboxText,
    SendAttempt,
    TextConsent,
    TextPurpose,
    TextState,
    TextStop,
)
from intake.sms.queue import outbox, sending
from intake.sms.queue.line import resume
from intake.sms.queue.outbox import NewText, queue_text
from intake.sms.queue.receiving import ArrivedText, receive, record_status
from intake.sms.queue.resolving import SETTLE_SECONDS, resolve_uncertain
from intake.sms.queue.retrying import SendStep
from tests.drawing import examples
from tests.making import Make

pytestmark = pytest.mark.both

PHONES = ("+15185550121", "+15185550122", "+15185550123", "+15185550124")
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
# Longer than any call to the carrier may take: whoever still hasn't called by then is dead, or won't call any more.
LONGEST_CALL = 20
STOPPING = ("STOP", "please stop texting me", "ya no me manden", "wrong number")
ANSWERS = ("taken", "taken, no answer", "lost on the way", 429, "taken, no answer", "taken", 401, 21614, 21610)
STATUSES = ("queued", "sent", "delivered", "undelivered", "failed")
EXAMPLES = int(os.environ.get("INTAKE_ORDERS") or examples(usual=12, everything=100))
_sids = itertools.count(1)


@dataclass
class OnTheWire:
    """A send that a worker has begun: noted in the database, its call not made yet or its outcome not written down."""

    prepared: Any
    outcome: CarrierMessage | GatewayError | None = None


@dataclass
class Log:
    """What the carrier accepted, and when, and when each phone's STOP stood."""

    accepted: list[tuple[CarrierMessage, str, datetime]] = field(default_factory=list)
    reachable: bool = True

    def messages_to(self, phone_e164: str, *, since: datetime) -> list[CarrierMessage]:
        if not self.reachable:
            raise Busy
        newest_first = reversed([carried for carried, _, _ in self.accepted])
        return [each for each in newest_first if each.to == phone_e164 and (each.created_at or since) >= since]


# Several rules of the same kind, because each is drawn as often as any other.
USUAL = rule(
    answers=st.lists(st.sampled_from(ANSWERS), min_size=2, max_size=3),
    between=st.sampled_from(("nothing", "nothing", "doubt", "news", "stop")),
    later=st.sampled_from((15, 70, 200)),
)


class AnyOrder(RuleBasedStateMachine):
    make: Make
    settings: Settings
    visits: list[Visit]
    set_now: Callable[[datetime], None]

    def __init__(self) -> None:
        super().__init__()
        for table in (SendAttempt, OutboxText, TextStop, InboundText, TextConsent, LineState):
            db.session.execute(delete(table))
        for visit, phone in zip(self.visits, PHONES, strict=True):
            consent.record_consent(
                phone_e164=phone, patient_id=visit.patient_id, source="desk", wording_version="1", given_at=NOON
            )
        db.session.commit()
        self.log = Log()
        self.wire: list[OnTheWire] = []
        self.stopped_at: dict[str, datetime] = {}
        self.moment = NOON
        self._pass(0)

    def _pass(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.set_now(self.moment)

    @initialize(
        answers=st.lists(st.sampled_from(ANSWERS), min_size=2, max_size=4),
        between=st.sampled_from(("nothing", "doubt", "news")),
        later=st.sampled_from((15, 70, 200)),
    )
    def surveys_are_queued_and_some_leave(self, answers: list[str | int], between: str, later: int) -> None:
        for visit, phone in zip(self.visits, PHONES, strict=True):
            self._queue(f"survey:{visit.id}", TextPurpose.SURVEY, phone, visit)
        self._all_the_way(answers, between, later)

    @rule(which=st.sampled_from(range(len(PHONES))))
    def the_same_survey_is_queued_again(self, which: int) -> None:
        visit = self.visits[which]
        self._queue(f"survey:{visit.id}", TextPurpose.SURVEY, PHONES[which], visit)

    @rule(which=st.sampled_from(range(len(PHONES))))
    def a_reminder_is_queued(self, which: int) -> None:
        visit = self.visits[which]
        self._queue(f"reminder:{visit.id}", TextPurpose.REMINDER, PHONES[which], visit)

    def _queue(self, key: str, purpose: TextPurpose, phone: str, visit: Visit) -> None:
        queue_text(NewText(key, purpose, phone, f"How did you hear about us? {key}", clock.now(), visit_id=visit.id))
        db.session.commit()

    @rule(worker=st.sampled_from(("one", "two")), most=st.integers(1, 3), goes_on=st.booleans())
    def a_worker_claims_and_begins(self, worker: str, most: int, goes_on: bool) -> None:
        claimed = outbox.claim_due(worker=worker, most=most)
        db.session.commit()
        for outbox_id in claimed if goes_on else ():
            prepared = sending._prepare(outbox_id, worker=worker, settings=self.settings)
            db.session.commit()
            if not isinstance(prepared, SendStep):
                self.wire.append(OnTheWire(prepared))

    def _all_the_way(self, answers: list[str | int], between: str, later: int) -> None:
        """The usual course, with something happening before its outcome is written down."""
        # What others left lying about comes to an end first.
        self._pass(outbox.CLAIM_SECONDS + 1)
        self.wire.clear()
        for answer in answers:
            self.a_worker_claims_and_begins("one", 3, True)
            while any(each.outcome is None for each in self.wire):
                self.the_carrier_is_called(answer, 1.0)
            if between == "stop" and self.log.accepted:
                self.somebody_says_stop(self.log.accepted[-1][0].to, STOPPING[1], 1)
            elif between == "doubt":
                self._pass(outbox.CLAIM_SECONDS + 1)
                self.what_was_abandoned_is_doubted()
            elif between == "news" and self.log.accepted:
                carried, attempt_id, _ = self.log.accepted[-1]
                record_status(attempt_id=attempt_id, message_sid=carried.sid, status="delivered", error_code=None)
                db.session.commit()
            while self.wire:
                self.the_outcome_is_written_down()
            self._pass(later)
            if later > SETTLE_SECONDS:
                self.the_carrier_is_asked(True)

    @USUAL
    def a_worker_goes_all_the_way(self, answers: list[str | int], between: str, later: int) -> None:
        self._all_the_way(answers, between, later)

    @USUAL
    def a_worker_goes_all_the_way_again(self, answers: list[str | int], between: str, later: int) -> None:
        self._all_the_way(answers, between, later)

    @USUAL
    def another_worker_goes_all_the_way(self, answers: list[str | int], between: str, later: int) -> None:
        self._all_the_way(answers, between, later)

    @precondition(lambda self: any(each.outcome is None for each in self.wire))
    @rule(answer=st.sampled_from(ANSWERS), takes=st.floats(0, 8))
    def the_carrier_is_called(self, answer: str | int, takes: float) -> None:
        call = next(each for each in self.wire if each.outcome is None)
        prepared = call.prepared
        if isinstance(answer, str) and answer.startswith("taken"):
            sid = f"SM{next(_sids):032x}"
            carried = CarrierMessage(sid, "queued", to=prepared.to, body=prepared.body, created_at=clock.now())
            self.log.accepted.append((carried, prepared.attempt_id, clock.now()))
            call.outcome = carried if answer == "taken" else Unknown(status=500)
        else:
            errors = {"lost on the way": Unknown(), 429: Busy(20429, 429), 401: Locked(20003, 401)}
            call.outcome = errors.get(answer) or TextRefused(int(answer), 400)
        self._pass(takes)

    @precondition(lambda self: any(each.outcome is not None for each in self.wire))
    @rule()
    def the_outcome_is_written_down(self) -> None:
        call = next(each for each in self.wire if each.outcome is not None)
        self.wire.remove(call)
        sending._write_down(call.prepared.attempt_id, call.outcome)
        resume()
        db.session.commit()

    @precondition(lambda self: self.wire)
    @rule(data=st.data())
    def a_worker_is_killed(self, data: st.DataObject) -> None:
        self.wire.remove(data.draw(st.sampled_from(self.wire)))
        db.session.rollback()

    @precondition(lambda self: self.log.accepted)
    @rule(data=st.data(), status=st.sampled_from(STATUSES), code=st.sampled_from((None, 30003, 21610)))
    def news_arrives(self, data: st.DataObject, status: str, code: int | None) -> None:
        carried, attempt_id, _ = data.draw(st.sampled_from(self.log.accepted))
        lost = status in ("undelivered", "failed")
        record_status(attempt_id=attempt_id, message_sid=carried.sid, status=status, error_code=code if lost else None)
        db.session.commit()

    @rule(phone=st.sampled_from(PHONES), words=st.sampled_from(STOPPING), times=st.integers(1, 2))
    def somebody_says_stop(self, phone: str, words: str, times: int) -> None:
        sid = f"SM{next(_sids):032x}"
        for _ in range(times):
            receive(ArrivedText(sid, phone, "+15185550100", words, 0, clock.now(), "webhook"))
            db.session.commit()

    @rule(phone=st.sampled_from(PHONES))
    def somebody_says_start(self, phone: str) -> None:
        receive(ArrivedText(f"SM{next(_sids):032x}", phone, "+15185550100", "START", 0, clock.now(), "webhook"))
        db.session.commit()

    @rule(which=st.sampled_from(range(len(PHONES))))
    def consent_is_withdrawn_at_the_desk(self, which: int) -> None:
        db.session.execute(
            update(TextConsent).where(TextConsent.phone_e164 == PHONES[which]).values(withdrawn_at=clock.now())
        )
        db.session.commit()

    @rule(seconds=st.sampled_from((1, 10, 61, 130, 900, 3600, 6 * 3600, 24 * 3600)))
    def time_passes(self, seconds: int) -> None:
        if seconds > LONGEST_CALL:
            # Nobody is still calling after that; those who have an answer may write it down however late.
            self.wire = [each for each in self.wire if each.outcome is not None]
        self._pass(seconds)

    @rule()
    def what_was_abandoned_is_doubted(self) -> None:
        sending.mark_abandoned_uncertain()
        db.session.commit()

    @rule(reachable=st.booleans())
    def the_carrier_is_asked(self, reachable: bool) -> None:
        self.log.reachable = reachable
        resolve_uncertain(self.log, settle_seconds=SETTLE_SECONDS)  # type: ignore[arg-type]
        db.session.commit()

    @invariant()
    def nothing_was_sent_twice(self) -> None:
        # What the carrier took and then lost reached nobody, and is tried once more after hours.
        lost = set(db.session.scalars(select(SendAttempt.id).where(SendAttempt.status.in_(LOST))))
        taken = [attempt_id for _, attempt_id, _ in self.log.accepted if attempt_id not in lost]
        keys = [self._text_of(attempt_id).once_key for attempt_id in taken]
        assert len(keys) == len(set(keys)), keys

    @invariant()
    def nothing_began_to_leave_after_stop_or_without_consent_or_at_night(self) -> None:
        for _, attempt_id, at in self.log.accepted:
            text = self._text_of(attempt_id)
            began = db.session.scalars(select(SendAttempt.started_at).where(SendAttempt.id == attempt_id)).one()
            if text.purpose == TextPurpose.STOP_CONFIRMATION:
                continue
            stops = db.session.scalars(select(TextStop).where(TextStop.phone_e164 == text.phone_e164)).all()
            # At the very same moment they may have crossed.
            standing = [stop for stop in stops if stop.stopped_at < began < (stop.resumed_at or self.moment)]
            assert not standing, (text.once_key, began)
            given = db.session.scalars(select(TextConsent).where(TextConsent.phone_e164 == text.phone_e164)).one()
            assert given.withdrawn_at is None or began <= given.withdrawn_at
            local = clock.local(at, "America/New_York")
            assert self.settings.quiet_until.hour <= local.hour < self.settings.quiet_from.hour, local

    @invariant()
    def stop_is_confirmed_once(self) -> None:
        confirmed = db.session.scalars(
            select(OutboxText.once_key).where(OutboxText.purpose == TextPurpose.STOP_CONFIRMATION)
        ).all()
        assert len(confirmed) <= db.session.query(TextStop).count()

    @invariant()
    def what_is_delivered_stays_delivered(self) -> None:
        for text in db.session.scalars(select(OutboxText).where(OutboxText.delivered_at.is_not(None))):
            assert text.state == TextState.DELIVERED

    def _text_of(self, attempt_id: str) -> OutboxText:
        return db.session.scalars(
            select(OutboxText)
            .join(SendAttempt, SendAttempt.outbox_id == OutboxText.id)
            .where(SendAttempt.id == attempt_id)
        ).one()


@pytest.fixture
def machine(app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[AnyOrder]]:
    visits = [make.visit(patient=make.patient(mobile_e164=phone)) for phone in PHONES]
    db.session.commit()
    given = {"make": make, "settings": app.config["SETTINGS"], "visits": visits}

    def set_now(_machine: Any, moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    yield type("AnyOrderHere", (AnyOrder,), {**given, "set_now": set_now})


def test_nothing_is_sent_twice_or_after_stop_in_any_order(machine: type[AnyOrder]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=15,
            deadline=None,
            database=None,
            # What fails is told at once; shrinking it would take longer than reading it.
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
