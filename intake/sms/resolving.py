"""Finding out what became of texts that may have left: ask the carrier; what it can't tell, a person decides."""

from datetime import datetime, timedelta

from sqlalchemy import select

from intake import clock, log
from intake.accounts import audit
from intake.db import db
from intake.sms import outbox
from intake.sms.gateway import Carried, Gateway, GatewayError
from intake.sms.models import OutboxText, SendAttempt, TextState
from intake.sms.sending import fail, note_carried
from intake.sms.statuses import LOST

# Long past every time limit of ours: by then the carrier's list shows what it took.
SETTLE_SECONDS = 120
CLOCK_SKEW = timedelta(minutes=2)


def resolve_uncertain(gateway: Gateway, *, settle_seconds: float = SETTLE_SECONDS) -> dict[str, int]:
    """Ask the carrier about each uncertain text. Commits after each. Returns counts: found, not_there, unanswered.

    Found: it is sent (or failed). Not there, though the list was read: it never left, and waits to be sent again.
    No list to be had: it stays uncertain, for the next round or a person.
    """
    counts = {"found": 0, "not_there": 0, "unanswered": 0}
    for text in outbox.uncertain_since(clock.now() - timedelta(seconds=settle_seconds)):
        outbox_id, phone, body = text.id, text.phone_e164, text.body
        first_try, asked_about = min(_started(outbox_id)), _last_attempt(outbox_id).id
        # No transaction stays open while the carrier is asked.
        db.session.commit()
        try:
            listed = gateway.messages_to(phone, since=first_try - CLOCK_SKEW)
        except GatewayError:
            counts["unanswered"] += 1
            continue
        counts[_resolve(outbox_id, asked_about, body, first_try, listed)] += 1
        db.session.commit()
    return counts


def decide_uncertain(outbox_id: int, *, left: bool) -> None:
    """A person decides what nobody could find out: it arrived, or it did not. Neither sends anything again. Flushes."""
    text = outbox.locked_text(outbox_id)
    if text is None or text.state != TextState.UNCERTAIN:
        return
    if left:
        text.state, text.sent_at = TextState.SENT, max(_started(outbox_id))
    else:
        # A person can be wrong, and a second text to the same phone can't be taken back.
        text.state, text.reason, text.closed_at = TextState.FAILED, "not_arrived", clock.now()
        text.claimed_by = text.claim_expires_at = None
    audit.record("text.decided", subject_kind="outbox_text", subject_id=outbox_id, left=left)


def _resolve(outbox_id: int, asked_about: str, body: str, first_try: datetime, listed: list[Carried]) -> str:
    text = outbox.locked_text(outbox_id)
    # Another worker may have resolved it meanwhile, sent it again and be uncertain anew: this list knows nothing of
    # that attempt, and its silence must not send the text a third time.
    if text is None or text.state != TextState.UNCERTAIN or _last_attempt(outbox_id).id != asked_about:
        return "found"
    known = set(
        db.session.scalars(
            select(SendAttempt.message_sid)
            .where(SendAttempt.message_sid.is_not(None))
            .where(SendAttempt.message_sid.in_([message.sid for message in listed]))
        )
    )
    for message in listed:
        early = message.created_at is not None and message.created_at < first_try - CLOCK_SKEW
        if message.sid in known or message.direction == "inbound" or message.body != body or early:
            continue
        attempt = _last_attempt(outbox_id)
        note_carried(text, attempt, message, known_by="listing")
        if message.status in LOST:
            fail(text, message.error_code)
        log.logger().info("text_resolved", outbox=outbox_id, by="listing")
        return "found"
    _send_again(text)
    log.logger().info("text_resolved", outbox=outbox_id, by="absence")
    return "not_there"


def _send_again(text: OutboxText) -> None:
    text.state, text.not_before = TextState.QUEUED, clock.now()
    text.claimed_by = text.claim_expires_at = None


def _last_attempt(outbox_id: int) -> SendAttempt:
    return db.session.scalars(
        select(SendAttempt).where(SendAttempt.outbox_id == outbox_id).order_by(SendAttempt.started_at.desc()).limit(1)
    ).one()


def _started(outbox_id: int) -> list[datetime]:
    return list(db.session.scalars(select(SendAttempt.started_at).where(SendAttempt.outbox_id == outbox_id)))
