"""From claimed to known: each step is committed before the next, so that a kill between any two texts at most once.

claim (committed) → mark sending, with an attempt's id (committed) → call the carrier → write down what came of it
(committed). Who dies before 'sending' leaves a claim that runs out and is taken again. Who dies after leaves a text
that may have left: it becomes *uncertain* and is resolved by a callback or by asking the carrier, never by sending.
"""

import random
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update

from intake import clock, log
from intake.accounts import audit
from intake.config import Settings
from intake.db import db
from intake.directory.models import Visit
from intake.sms import line, outbox
from intake.sms.consent import is_stopped, may_be_texted, record_opt_out
from intake.sms.gateway import OPTED_OUT, Busy, Carried, Gateway, GatewayError, Locked, Unknown
from intake.sms.models import ANSWERING, DESPITE_STOP, OutboxText, SendAttempt, TextPurpose, TextState, TextSurvey
from intake.sms.open_hours import next_open
from intake.sms.statuses import rank_of, reason_for

# At the longest pause between two tries this is most of a day: a carrier that is away for hours costs no text.
MOST_TRIES = 60
FIRST_BACKOFF_SECONDS = 5.0
LONGEST_BACKOFF_SECONDS = 900.0
# A text that would be valid for less than this isn't worth starting.
SHORTEST_VALIDITY_SECONDS = 60


class Step(StrEnum):
    SENT = "sent"
    LATER = "later"
    DROPPED = "dropped"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    PAUSED = "paused"


@dataclass(frozen=True)
class _Prepared:
    attempt_id: str
    to: str
    body: str
    valid_seconds: int


def send_one(outbox_id: int, *, worker: str, gateway: Gateway, settings: Settings) -> Step:
    """Take one claimed text all the way. Commits at every seam; safe to be killed anywhere."""
    began = time.monotonic()
    prepared = _prepare(outbox_id, worker=worker, settings=settings)
    db.session.commit()
    if isinstance(prepared, Step):
        return prepared
    callback = f"{settings.public_url}/sms/status/{prepared.attempt_id}"
    outcome: Carried | GatewayError
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


def _prepare(outbox_id: int, *, worker: str, settings: Settings) -> _Prepared | Step:
    """Last look at whether it may leave, under the row's lock, then 'sending'."""
    text = outbox.locked_text(outbox_id)
    if text is None or text.state != TextState.CLAIMED or text.claimed_by != worker:
        return Step.DROPPED
    now = clock.now()
    reason = _must_not_leave(text, now)
    if reason is not None:
        _cancel(text, reason)
        return Step.DROPPED
    valid_until = _window_end(text, now, settings)
    if isinstance(valid_until, Step):
        return valid_until
    if line.cap_is_reached(text.location_id, settings=settings) and text.purpose not in ANSWERING:
        _put_off(text, now + timedelta(minutes=30))
        return Step.LATER
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
    if text.purpose in DESPITE_STOP:
        return None
    if text.purpose in (TextPurpose.SURVEY, TextPurpose.REMINDER):
        patient_id = db.session.scalar(select(Visit.patient_id).where(Visit.id == text.visit_id))
        if is_stopped(text.phone_e164, patient_id=patient_id):
            return "stopped"
        if not may_be_texted(text.phone_e164, patient_id=patient_id):
            return "no_consent"
        closed = db.session.execute(
            select(TextSurvey.closed_because).where(
                TextSurvey.visit_id == text.visit_id, TextSurvey.closed_at.is_not(None)
            )
        ).first()
        return closed.closed_because if closed else None
    return "stopped" if is_stopped(text.phone_e164) else None


def _window_end(text: OutboxText, now: datetime, settings: Settings) -> datetime | Step:
    if text.purpose in ANSWERING:
        return text.not_after or now + timedelta(hours=4)
    window = next_open(now, phone_e164=text.phone_e164, location_id=text.location_id, settings=settings)
    if window is None:
        _cancel(text, "never_open")
        return Step.DROPPED
    start, end = window
    end = min(end, text.not_after) if text.not_after else end
    if start > now or (end - now).total_seconds() < SHORTEST_VALIDITY_SECONDS:
        _put_off(text, max(start, end) if start <= now else start)
        return Step.LATER
    return end


def _write_down(attempt_id: str, outcome: Carried | GatewayError) -> Step:
    text = outbox.locked_text(
        db.session.scalars(select(SendAttempt.outbox_id).where(SendAttempt.id == attempt_id)).one()
    )
    assert text is not None
    # Read after the lock: a callback may have overtaken the carrier's own reply and filled the attempt in already.
    attempt = db.session.scalars(
        select(SendAttempt).where(SendAttempt.id == attempt_id).execution_options(populate_existing=True)
    ).one()
    attempt.finished_at = attempt.finished_at or clock.now()
    step = Step.SENT if attempt.message_sid else _settle_if_ours(text, attempt, outcome)
    db.session.commit()
    log.logger().info("text_attempt", outbox=text.id, attempt=attempt.id, step=str(step), code=attempt.error_code)
    return step


def _settle_if_ours(text: OutboxText, attempt: SendAttempt, outcome: Carried | GatewayError) -> Step:
    """An answer that came so late that the text has gone on without it may only add that it was carried."""
    later = select(SendAttempt.id).where(
        SendAttempt.outbox_id == text.id, SendAttempt.id != attempt.id, SendAttempt.started_at > attempt.started_at
    )
    overtaken = text.state != TextState.SENDING or db.session.scalar(later.limit(1)) is not None
    if overtaken and isinstance(outcome, GatewayError):
        attempt.error_code = outcome.code
        return Step.UNCERTAIN if isinstance(outcome, Unknown) else Step.FAILED
    return _settle(text, attempt, outcome)


def _settle(text: OutboxText, attempt: SendAttempt, outcome: Carried | GatewayError) -> Step:
    if isinstance(outcome, Carried):
        note_carried(text, attempt, outcome, known_by="response")
        return Step.SENT
    attempt.error_code = outcome.code
    if isinstance(outcome, Unknown):
        text.state = TextState.UNCERTAIN
        text.claimed_by = text.claim_expires_at = None
        return Step.UNCERTAIN
    attempt.known_by = "response"
    if isinstance(outcome, Locked):
        # Nothing is used up: the text waits as it was until somebody has mended the credentials.
        text.tries -= 1
        _put_off(text, clock.now())
        line.pause("credentials")
        return Step.PAUSED
    if isinstance(outcome, Busy):
        return _try_later(text)
    fail(text, outcome.code)
    return Step.FAILED


def note_carried(text: OutboxText, attempt: SendAttempt, carried: Carried, *, known_by: str) -> None:
    """The carrier has this text: write down its number and move the text on. Never moves anything back."""
    attempt.message_sid = carried.sid
    attempt.known_by = attempt.known_by or known_by
    attempt.segments = carried.segments or attempt.segments
    rank = rank_of(carried.status)
    if rank > attempt.status_rank:
        attempt.status, attempt.status_rank = carried.status, rank
    if text.state in (TextState.SENDING, TextState.UNCERTAIN, TextState.CLAIMED, TextState.QUEUED):
        text.state = TextState.SENT
        text.sent_at = text.sent_at or attempt.started_at
        text.claimed_by = text.claim_expires_at = None


def fail(text: OutboxText, code: int | None) -> None:
    """It will never arrive. Said because the phone had stopped: that is an opt-out, wherever it was said."""
    text.state = TextState.FAILED
    text.error_code = code
    text.reason = reason_for(code)
    text.closed_at = clock.now()
    text.claimed_by = text.claim_expires_at = None
    if code == OPTED_OUT:
        record_opt_out(text.phone_e164, reason="carrier")


def _try_later(text: OutboxText) -> Step:
    if text.tries >= MOST_TRIES:
        text.state, text.reason, text.closed_at = TextState.FAILED, "carrier_busy", clock.now()
        text.claimed_by = text.claim_expires_at = None
        return Step.FAILED
    # Jitter, so that many texts refused at once don't come back at once.
    longest = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (text.tries - 1))
    _put_off(text, clock.now() + timedelta(seconds=random.uniform(longest / 2, longest)))  # noqa: S311 - no secret
    return Step.LATER


def _put_off(text: OutboxText, until: datetime) -> None:
    text.state = TextState.QUEUED
    text.not_before = until
    text.claimed_by = text.claim_expires_at = None


def _cancel(text: OutboxText, reason: str) -> None:
    text.state = TextState.CANCELLED
    text.reason = reason
    text.closed_at = clock.now()
    text.claimed_by = text.claim_expires_at = None
    audit.record("text.cancelled", subject_kind="outbox_text", subject_id=text.id, reason=reason)


def doubt_abandoned(*, most: int = 100) -> int:
    """Sends whose worker vanished may have left: from now on they are uncertain. Flushes; returns how many."""
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
