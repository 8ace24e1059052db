"""Resolving uncertain texts: the carrier is asked; what it can't tell, a person decides.

By recipient, sender and time, never by the words alone: a trial account's texts begin with a sentence of the carrier's,
and a practice may have the words wiped out there. Only a list without any text that nobody here knows of says that a
text never left. One such text is ours if its words are, or if nothing else can be; in doubt a person is asked.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from intake import clock, log
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.sms.carrier.gateway import LOST, CarrierMessage, Gateway
from intake.sms.carrier.gateway_errors import GatewayError
from intake.sms.models import IS_OPEN, OutboxText, SendAttempt, TextState
from intake.sms.queue import line, outbox
from intake.sms.queue.retrying import handle_loss
from intake.sms.queue.sending import record_carried

# Long past every time limit of ours: by then the carrier's list shows what it took.
SETTLE_SECONDS = 120
CLOCK_SKEW = timedelta(minutes=2)
# From noting a try to the carrier making a text of it, however slow the way.
LONGEST_CALL = timedelta(minutes=5)
# Sending doesn't wait for longer than this and one more answer of the carrier.
LONGEST_SECONDS = 5.0
# How soon something undecided is asked about again: the longer it has been, the later.
SOONEST_AGAIN, LATEST_AGAIN = timedelta(seconds=20), timedelta(minutes=30)


def resolve_uncertain(
    gateway: Gateway, *, settle_seconds: float = SETTLE_SECONDS, most_seconds: float = LONGEST_SECONDS
) -> dict[str, int]:
    """Ask the carrier about each uncertain text. Commits after each. Returns counts of what came of it.

    found: it is sent (or failed). not_there, though the list was read: it never left, and waits to be sent again.
    Otherwise it stays uncertain, for a later round or a person: undecided, or unanswered where no list was to be had.
    After one of these nothing more is asked: the next would fare no better, and texts wait to be sent.
    """
    counts = {"found": 0, "not_there": 0, "undecided": 0, "unanswered": 0}
    until = time.monotonic() + most_seconds
    for text in outbox.uncertain_since(clock.now() - timedelta(seconds=settle_seconds)):
        outbox_id, phone = text.id, text.phone_e164
        first_try, asked_about = min(_started(outbox_id)), _last_attempt(outbox_id).id
        # No transaction stays open while the carrier is asked.
        db.session.commit()
        try:
            listed = gateway.messages_to(phone, since=first_try - CLOCK_SKEW)
        except GatewayError as error:
            counts["unanswered"] += 1
            line.note_unanswered(error, asked_for="uncertain texts")
            break
        counts[_resolve(outbox_id, asked_about, first_try, listed)] += 1
        db.session.commit()
        if time.monotonic() > until:
            break
    return counts


def decide_uncertain(outbox_id: int, *, left: bool) -> None:
    """Record a person's decision whether an uncertain text left. Nothing is sent again. Flushes."""
    text = outbox.locked_text(outbox_id)
    if text is None or text.state != TextState.UNCERTAIN:
        return
    if left:
        text.state, text.sent_at = TextState.SENT, max(_started(outbox_id))
    else:
        # A person can be wrong, and a second text to the same phone can't be taken back.
        text.end(TextState.FAILED, "not_arrived")
    audit_trail.record("text.decided", subject_kind="outbox_text", subject_id=outbox_id, left=left)


def _resolve(outbox_id: int, asked_about: str, first_try: datetime, listed: list[CarrierMessage]) -> str:
    text = outbox.locked_text(outbox_id)
    # Another worker may have resolved it meanwhile, sent it again and be uncertain anew: this list knows nothing of
    # that attempt, and its silence must not send the text a third time.
    if text is None or text.state != TextState.UNCERTAIN or _last_attempt(outbox_id).id != asked_about:
        return "found"
    unclaimed = _unclaimed(listed, first_try)
    ours = _ours(text, unclaimed)
    if ours is not None:
        record_carried(text, _last_attempt(outbox_id), ours, known_by="listing")
        if ours.status in LOST:
            handle_loss(text, ours.error_code)
        log.logger().info("text_resolved", outbox=outbox_id, by="listing")
        return "found"
    if unclaimed:
        waited = clock.now() - first_try
        text.not_before = clock.now() + min(max(waited / 4, SOONEST_AGAIN), LATEST_AGAIN)
        log.logger().info("text_undecided", outbox=outbox_id)
        return "undecided"
    _send_again(text)
    log.logger().info("text_resolved", outbox=outbox_id, by="absence")
    return "not_there"


def _unclaimed(listed: list[CarrierMessage], first_try: datetime) -> list[CarrierMessage]:
    """Return messages of the carrier's list that may be this text: recent enough, and of no known attempt."""
    known = set(
        db.session.scalars(
            select(SendAttempt.message_sid).where(SendAttempt.message_sid.in_([message.sid for message in listed]))
        )
    )
    return [
        message
        for message in listed
        if message.sid not in known
        and message.direction != "inbound"
        and (message.created_at is None or message.created_at >= first_try - CLOCK_SKEW)
    ]


def _ours(text: OutboxText, unclaimed: Sequence[CarrierMessage]) -> CarrierMessage | None:
    """Return the message that this text became; None where that is uncertain."""
    if _others(text, TextState.SENDING):
        return None
    words = _letters(text.body)
    with_our_words = [message for message in unclaimed if words and words in _letters(message.body)]
    if with_our_words:
        return with_our_words[0]
    if any(_letters(message.body) for message in unclaimed):
        return None
    return _by_time(text, unclaimed)


def _by_time(text: OutboxText, unclaimed: Sequence[CarrierMessage]) -> CarrierMessage | None:
    """Return the one of these messages without words that only this text can have become.

    Of as many messages as there are uncertain texts to the phone all have left, whichever is which: the earlier tried
    is the earlier made.
    """
    tries = {each: _started(each) for each in _rivals(text)}
    may_be = [
        (message, [each for each, begun in tries.items() if _is_near(message.created_at, begun)])
        for message in unclaimed
    ]
    near = [(message, rivals) for message, rivals in may_be if text.id in rivals]
    if len(near) == 1 and near[0][1] == [text.id]:
        return near[0][0]
    if len(unclaimed) != len(tries) or any(message.created_at is None for message in unclaimed):
        return None
    in_order = sorted(unclaimed, key=lambda message: message.created_at or clock.now())
    pairs = dict(zip(sorted(tries, key=lambda each: max(tries[each])), in_order, strict=True))
    return pairs[text.id] if all(_is_near(pairs[each].created_at, tries[each]) for each in tries) else None


def _rivals(text: OutboxText) -> list[int]:
    """Return the uncertain texts to its phone, itself among them."""
    same_phone = select(OutboxText.id).where(
        IS_OPEN, OutboxText.phone_e164 == text.phone_e164, OutboxText.state == TextState.UNCERTAIN
    )
    return list(db.session.scalars(same_phone.order_by(OutboxText.id)))


def _is_near(moment: datetime | None, tries: list[datetime]) -> bool:
    return moment is None or any(begun - CLOCK_SKEW <= moment <= begun + LONGEST_CALL for begun in tries)


def _letters(body: str) -> str:
    """Return the letters alone: carriers replace quotes, dashes and spaces."""
    return "".join(character for character in body.casefold() if character.isalnum())


def _others(text: OutboxText, state: TextState) -> bool:
    """Return whether another text to the same phone is in this state."""
    others = select(OutboxText.id).where(
        IS_OPEN, OutboxText.phone_e164 == text.phone_e164, OutboxText.state == state, OutboxText.id != text.id
    )
    return db.session.scalar(others.limit(1)) is not None


def _send_again(text: OutboxText) -> None:
    text.state, text.not_before = TextState.QUEUED, clock.now()
    text.claimed_by = text.claim_expires_at = None


def _last_attempt(outbox_id: int) -> SendAttempt:
    return db.session.scalars(
        select(SendAttempt).where(SendAttempt.outbox_id == outbox_id).order_by(SendAttempt.started_at.desc()).limit(1)
    ).one()


def _started(outbox_id: int) -> list[datetime]:
    return list(db.session.scalars(select(SendAttempt.started_at).where(SendAttempt.outbox_id == outbox_id)))
