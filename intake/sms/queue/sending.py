"""Sending one text: each step is committed before the next, so that a kill between any two texts at most once.

claim (committed) → mark sending, with an attempt's id (committed) → call the carrier → write down what came of it
(committed). Who dies before 'sending' leaves a claim that runs out and is taken again. Who dies after leaves a text
that may have left: it becomes *uncertain* and is resolved by a callback or by asking the carrier, never by sending.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from intake import clock, log
from intake.accounts.audit import audit_trail
from intake.config import Settings
from intake.db import db
from intake.sms.carrier.gateway import CarrierMessage, Gateway, rank_of
from intake.sms.carrier.gateway_errors import Busy, GatewayError, Unknown
from intake.sms.consent.keywords import is_carrier_help
from intake.sms.consent.location_hours import next_open
from intake.sms.models import ANSWERING, REPLY_KEY, InboundText, OutboxText, SendAttempt, TextPurpose, TextState
from intake.sms.queue import line, outbox
from intake.sms.queue.retrying import SendStep, handle_refusal, postpone
from intake.sms.queue.send_check import cancel_reason, forget_unasked_survey

# A text that would be valid for less than this isn't worth starting.
SHORTEST_VALIDITY_SECONDS = 60
# What the carrier answers by itself it does within moments; its clock may be a little off.
CLOCK_SKEW = timedelta(seconds=30)


@dataclass(frozen=True)
class _Prepared:
    attempt_id: str
    to: str
    body: str
    valid_seconds: int


def send_one(outbox_id: int, *, worker: str, gateway: Gateway, settings: Settings) -> SendStep:
    """Send one claimed text. Commits at every seam; safe to be killed anywhere."""
    if _carrier_has_answered(outbox_id, gateway):
        return _drop_answered(outbox_id, worker=worker)
    began = time.monotonic()
    prepared = _prepare(outbox_id, worker=worker, settings=settings)
    db.session.commit()
    if isinstance(prepared, SendStep):
        return prepared
    callback = f"{settings.public_url}/sms/status/{prepared.attempt_id}"
    outcome: CarrierMessage | GatewayError
    try:
        if time.monotonic() - began > outbox.CLAIM_SECONDS / 2:
            # This process stood still for so long that others may already doubt the text; it has not left.
            raise Busy
        outcome = gateway.send(
            to=prepared.to, body=prepared.body, status_callback=callback, valid_seconds=prepared.valid_seconds
        )
    except GatewayError as error:
        outcome = error
    return _write_down(prepared.attempt_id, outcome)


def _carrier_has_answered(outbox_id: int, gateway: Gateway) -> bool:
    """Return whether this is our answer to the bare HELP, and the carrier has given one already.

    One that can't be asked hasn't: two answers to HELP are better than none.
    """
    key = db.session.scalar(
        select(OutboxText.once_key).where(OutboxText.id == outbox_id, OutboxText.purpose == TextPurpose.HELP)
    )
    asked = db.session.execute(
        select(InboundText.from_e164, InboundText.received_at, InboundText.body).where(
            InboundText.message_sid == (key or "").removeprefix(REPLY_KEY)
        )
    ).one_or_none()
    db.session.commit()
    if asked is None or not is_carrier_help(asked.body):
        return False
    try:
        return gateway.has_answered_itself(asked.from_e164, since=asked.received_at - CLOCK_SKEW)
    except GatewayError:
        return False


def _drop_answered(outbox_id: int, *, worker: str) -> SendStep:
    text = outbox.locked_text(outbox_id)
    if text is not None and text.state == TextState.CLAIMED and text.claimed_by == worker:
        _cancel(text, "carrier_answered")
    db.session.commit()
    return SendStep.DROPPED


def _prepare(outbox_id: int, *, worker: str, settings: Settings) -> _Prepared | SendStep:
    """Check under the row's lock whether it may leave, then mark it as sending."""
    text = outbox.locked_text(outbox_id)
    if text is None or text.state != TextState.CLAIMED or text.claimed_by != worker:
        return SendStep.DROPPED
    now = clock.now()
    reason = _must_not_leave(text, now)
    if reason is not None:
        _cancel(text, reason)
        return SendStep.DROPPED
    valid_until = _window_end(text, now, settings)
    if isinstance(valid_until, SendStep):
        return valid_until
    if line.cap_is_reached(text.location_id, settings=settings) and text.purpose not in ANSWERING:
        postpone(text, now + timedelta(minutes=30))
        return SendStep.LATER
    text.state = TextState.SENDING
    text.tries += 1
    text.claim_expires_at = now + timedelta(seconds=outbox.CLAIM_SECONDS)
    attempt = SendAttempt(id=str(uuid.uuid4()), outbox_id=text.id, started_at=now)
    db.session.add(attempt)
    valid_seconds = int((valid_until - now).total_seconds())
    return _Prepared(attempt.id, text.phone_e164, text.body, valid_seconds)


def _must_not_leave(text: OutboxText, now: datetime) -> str | None:
    if text.not_after is not None and now >= text.not_after - timedelta(seconds=SHORTEST_VALIDITY_SECONDS):
        return "window_closed"
    return cancel_reason(text)


def _window_end(text: OutboxText, now: datetime, settings: Settings) -> datetime | SendStep:
    if text.purpose in ANSWERING:
        return text.not_after or now + timedelta(hours=4)
    window = next_open(now, phone_e164=text.phone_e164, location_id=text.location_id, settings=settings)
    if window is None:
        _cancel(text, "never_open")
        return SendStep.DROPPED
    start, end = window
    end = min(end, text.not_after) if text.not_after else end
    if start > now or (end - now).total_seconds() < SHORTEST_VALIDITY_SECONDS:
        postpone(text, max(start, end) if start <= now else start)
        return SendStep.LATER
    return end


def _write_down(attempt_id: str, outcome: CarrierMessage | GatewayError) -> SendStep:
    text = outbox.locked_text(
        db.session.scalars(select(SendAttempt.outbox_id).where(SendAttempt.id == attempt_id)).one()
    )
    assert text is not None
    # Read after the lock: a callback may have overtaken the carrier's own reply and filled the attempt in already.
    attempt = db.session.scalars(
        select(SendAttempt).where(SendAttempt.id == attempt_id).execution_options(populate_existing=True)
    ).one()
    attempt.finished_at = attempt.finished_at or clock.now()
    step = SendStep.SENT if attempt.message_sid else _settle_if_ours(text, attempt, outcome)
    db.session.commit()
    log.logger().info("text_attempt", outbox=text.id, attempt=attempt.id, step=str(step), code=attempt.error_code)
    return step


def _settle_if_ours(text: OutboxText, attempt: SendAttempt, outcome: CarrierMessage | GatewayError) -> SendStep:
    """Apply the carrier's answer; one that came too late may only add that the text was taken."""
    overtaken = text.state != TextState.SENDING or was_tried_since(text, attempt)
    if overtaken and isinstance(outcome, GatewayError):
        attempt.error_code = outcome.code
        return SendStep.UNCERTAIN if isinstance(outcome, Unknown) else SendStep.FAILED
    return _settle(text, attempt, outcome)


def was_tried_since(text: OutboxText, attempt: SendAttempt) -> bool:
    """Return whether the text was tried again since, so that this attempt's failure isn't the text's."""
    later = select(SendAttempt.id).where(
        SendAttempt.outbox_id == text.id, SendAttempt.id != attempt.id, SendAttempt.started_at > attempt.started_at
    )
    return db.session.scalar(later.limit(1)) is not None


def _settle(text: OutboxText, attempt: SendAttempt, outcome: CarrierMessage | GatewayError) -> SendStep:
    if isinstance(outcome, CarrierMessage):
        record_carried(text, attempt, outcome, known_by="response")
        return SendStep.SENT
    attempt.error_code = outcome.code
    if isinstance(outcome, Unknown):
        text.state = TextState.UNCERTAIN
        text.claimed_by = text.claim_expires_at = None
        return SendStep.UNCERTAIN
    attempt.known_by = "response"
    return handle_refusal(text, outcome)


def record_carried(text: OutboxText, attempt: SendAttempt, carried: CarrierMessage, *, known_by: str) -> None:
    """Record that the carrier has this text. Never moves a status back."""
    attempt.message_sid = carried.sid
    attempt.known_by = attempt.known_by or known_by
    attempt.segments = carried.segments or attempt.segments
    rank = rank_of(carried.status)
    if rank > attempt.status_rank:
        attempt.status, attempt.status_rank = carried.status, rank
    if text.state in (TextState.SENDING, TextState.UNCERTAIN, TextState.CLAIMED, TextState.QUEUED):
        text.state = TextState.SENT
        text.sent_at = text.sent_at or attempt.started_at
        text.claimed_by = text.claim_expires_at = text.error_code = None


def _cancel(text: OutboxText, reason: str) -> None:
    text.end(TextState.CANCELLED, reason)
    audit_trail.record("text.cancelled", **audit_trail.about(text), reason=reason)
    forget_unasked_survey(text)


def mark_abandoned_uncertain(*, most: int = 100) -> int:
    """Mark sends whose worker vanished as uncertain. Flushes; returns how many."""
    ids = outbox.abandoned_sends(most=most)
    if ids:
        db.session.execute(
            update(OutboxText)
            .where(
                OutboxText.id.in_(ids),
                OutboxText.state == TextState.SENDING,
                OutboxText.claim_expires_at < clock.now(),
            )
            .values(state=TextState.UNCERTAIN, claimed_by=None, claim_expires_at=None)
        )
    return len(ids)
