"""What follows a refused or lost text: another try, a pause, or the end."""

import random
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select

from intake import clock
from intake.db import db
from intake.sms.carrier.carrier_errors import OPTED_OUT, UNLISTED, CarrierError, ErrorAction, carrier_error
from intake.sms.carrier.gateway import LOST
from intake.sms.carrier.gateway_errors import GatewayError, Locked, TextRefused
from intake.sms.consent.consent import record_opt_out
from intake.sms.models import ANSWERING, IS_OPEN, OutboxText, SendAttempt, TextState
from intake.sms.queue import line

# At the longest pause between two tries this is most of a day: a carrier that is away for hours costs no text.
MOST_TRIES = 60
FIRST_BACKOFF_SECONDS = 5.0
LONGEST_BACKOFF_SECONDS = 900.0
# A text that the carrier took and then lost was paid for: tried again less often, and after longer.
MOST_LOST = 5
FIRST_WAIT = timedelta(minutes=10)
ONCE_MORE_AFTER = timedelta(hours=2)
# Where only this text may be at fault, others go first once the line is open again.
ASIDE = timedelta(hours=1)
# All of them at once would be too many again.
SPREAD = timedelta(minutes=15)


class SendStep(StrEnum):
    """What became of a text that a worker took up."""

    SENT = "sent"
    LATER = "later"
    DROPPED = "dropped"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    PAUSED = "paused"


def handle_refusal(text: OutboxText, outcome: GatewayError) -> SendStep:
    """Handle a text that the carrier did not take."""
    kind = carrier_error(outcome.code)
    if isinstance(outcome, TextRefused):
        fail(text, outcome.code)
        return SendStep.FAILED
    text.error_code = outcome.code
    if isinstance(outcome, Locked):
        # Nothing is used up: the text waits as it was until somebody has mended the account.
        text.tries -= 1
        return _wait_for_a_person(text, kind)
    if kind.next == ErrorAction.TOMORROW and text.purpose not in ANSWERING:
        return _wait_until_tomorrow(text, kind)
    return _try_later(text)


def handle_loss(text: OutboxText, code: int | None) -> SendStep:
    """Handle a text that the carrier took and lost. Its attempt is marked already."""
    kind = carrier_error(code)
    times = _times_lost(text)
    over = times >= (2 if kind.next == ErrorAction.ONCE else MOST_LOST)
    if (
        kind.next == ErrorAction.END
        or kind is UNLISTED
        or over
        or text.state not in (TextState.SENT, TextState.DELIVERED)
    ):
        fail(text, code)
        return SendStep.FAILED
    text.error_code, text.sent_at, text.delivered_at = code, None, None
    if kind.next in (ErrorAction.PAUSE, ErrorAction.ASK):
        return _wait_for_a_person(text, kind)
    if kind.next == ErrorAction.TOMORROW:
        return _wait_until_tomorrow(text, kind)
    wait = ONCE_MORE_AFTER if kind.next == ErrorAction.ONCE else FIRST_WAIT * 2 ** (times - 1)
    postpone(text, clock.now() + wait * random.uniform(1, 1.25))  # noqa: S311 - no secret
    return SendStep.LATER


def fail(text: OutboxText, code: int | None) -> None:
    """Mark a text as failed. A STOP known to the carrier alone becomes an opt-out here."""
    text.error_code = code
    text.end(TextState.FAILED, carrier_error(code).name)
    if code == OPTED_OUT:
        record_opt_out(text.phone_e164, reason="carrier")


def postpone(text: OutboxText, until: datetime) -> None:
    """Put it back into the queue until then."""
    text.state = TextState.QUEUED
    text.not_before = until
    text.claimed_by = text.claim_expires_at = None


def _try_later(text: OutboxText) -> SendStep:
    if text.tries >= MOST_TRIES:
        text.end(TextState.FAILED, "carrier_busy")
        return SendStep.FAILED
    # Jitter, so that many texts refused at once don't come back at once.
    longest = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (text.tries - 1))
    postpone(text, clock.now() + timedelta(seconds=random.uniform(longest / 2, longest)))  # noqa: S311 - no secret
    return SendStep.LATER


def _wait_until_tomorrow(text: OutboxText, kind: CarrierError) -> SendStep:
    """Hold everything but answers until tomorrow."""
    until = line.tomorrow()
    line.hold(kind.name, until=until)
    postpone(text, until + SPREAD * random.random())  # noqa: S311 - no secret
    return SendStep.LATER


def _wait_for_a_person(text: OutboxText, kind: CarrierError) -> SendStep:
    if kind.next == ErrorAction.ASK and _others_fare_better(text):
        postpone(text, line.tomorrow() + SPREAD * random.random())  # noqa: S311 - no secret
        return SendStep.LATER
    postpone(text, clock.now() + (ASIDE if kind.next == ErrorAction.ASK else timedelta()))
    line.pause(kind.name)
    return SendStep.PAUSED


def _others_fare_better(text: OutboxText) -> bool:
    """Return whether the carrier took others lately and none waits for the same reason."""
    taken = select(OutboxText.id).where(
        OutboxText.sent_at > clock.now() - timedelta(hours=1),
        OutboxText.state.in_((TextState.SENT, TextState.DELIVERED)),
        OutboxText.id != text.id,
    )
    waiting = select(OutboxText.id).where(IS_OPEN, OutboxText.error_code == text.error_code, OutboxText.id != text.id)
    return db.session.scalar(taken.limit(1)) is not None and db.session.scalar(waiting.limit(1)) is None


def _times_lost(text: OutboxText) -> int:
    times = select(func.count()).where(SendAttempt.outbox_id == text.id, SendAttempt.status.in_(LOST))
    return db.session.scalar(times) or 0
