"""What arrives: texts from people and news of texts sent. Once each, in any order, however often."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text

from intake import clock, log
from intake.db import UtcDateTime, db
from intake.phone import NotAPhoneNumber, to_e164
from intake.sms import consent, outbox
from intake.sms.carrier_errors import OPTED_OUT
from intake.sms.gateway import Carried
from intake.sms.models import InboundText, OutboxText, SendAttempt, TextPurpose, TextState
from intake.sms.outbox import NewText, queue_text
from intake.sms.retrying import lost
from intake.sms.sending import note_carried, went_on_without
from intake.sms.statuses import ARRIVED, LOST, rank_of
from intake.sms.wishes import Wish, confirmed_by_carrier, resumes_at_carrier, wish_of

STOP_CONFIRMATION_WITHIN = timedelta(minutes=5)
_CARRIER_WISHES = {"STOP": Wish.STOP, "START": Wish.START}


@dataclass(frozen=True)
class Arrived:
    """A text from a person, as the carrier delivered it."""

    message_sid: str
    from_e164: str
    to_number: str
    body: str
    media_count: int
    received_at: datetime
    arrived_by: str
    # 'STOP', 'START' or 'HELP' when the carrier took it for one, by words that the practice set up there.
    carrier_wish: str = ""


_INSERT = text(
    "INSERT INTO inbound_text (message_sid, from_e164, to_number, body, media_count, received_at, arrived_by)"
    " VALUES (:message_sid, :from_e164, :to_number, :body, :media_count, :received_at, :arrived_by)"
    " ON CONFLICT (message_sid) DO NOTHING RETURNING id"
).bindparams(bindparam("received_at", type_=UtcDateTime))


def receive(arrived: Arrived) -> int | None:
    """Keep a text from a person; its id, or None when it had arrived before. Flushes.

    STOP and START take effect here, in the same transaction, so that nothing leaves between the word and the deed.
    What the text says is read later, by a worker.
    """
    values = {name: getattr(arrived, name) for name in arrived.__dataclass_fields__ if name != "carrier_wish"}
    inbound_id = db.session.scalar(_INSERT, values)
    if inbound_id is None:
        return None
    phone = _phone(arrived.from_e164)
    wish = _CARRIER_WISHES.get(arrived.carrier_wish) or wish_of(arrived.body)
    if wish in (Wish.STOP, Wish.WRONG_NUMBER):
        reason = "word" if wish == Wish.STOP else "wrong_number"
        new = consent.record_opt_out(phone, reason=reason, inbound_id=inbound_id)
        # The carrier has confirmed its own words already; one confirmation is the most there may be.
        confirmed = confirmed_by_carrier(arrived.body) or arrived.carrier_wish == "STOP"
        if new and not confirmed:
            _confirm_stop(inbound_id, phone)
        _handled(inbound_id, "stop")
    elif wish == Wish.START or (resumes_at_carrier(arrived.body) and consent.is_stopped(phone)):
        consent.record_opt_in(phone)
        _handled(inbound_id, "start")
    return int(inbound_id)


def note_status(*, attempt_id: str, message_sid: str, status: str, error_code: int | None) -> bool:
    """News of an attempt. Late, repeated and reordered ones change nothing that was further along. Flushes.

    Returns False when there is no such attempt, or it belongs to another message.
    """
    outbox_id = db.session.scalar(select(SendAttempt.outbox_id).where(SendAttempt.id == attempt_id))
    if outbox_id is None:
        return False
    sent = outbox.locked_text(outbox_id)
    attempt = db.session.scalars(
        select(SendAttempt).where(SendAttempt.id == attempt_id).execution_options(populate_existing=True)
    ).one()
    assert sent is not None
    if attempt.message_sid not in (None, message_sid):
        return False
    rank = rank_of(status)
    if rank <= attempt.status_rank:
        return True
    note_carried(sent, attempt, Carried(message_sid, status), known_by="callback")
    _settle(sent, attempt, status, error_code)
    return True


def _settle(sent: OutboxText, attempt: SendAttempt, status: str, error_code: int | None) -> None:
    now = clock.now()
    if status in ARRIVED:
        sent.state, sent.delivered_at, sent.closed_at = TextState.DELIVERED, sent.delivered_at or now, now
    elif status in LOST:
        attempt.error_code = error_code
        if went_on_without(sent, attempt):
            return
        step = lost(sent, error_code)
        log.logger().info("text_lost", outbox=sent.id, code=error_code, step=str(step))
    elif error_code == OPTED_OUT:
        consent.record_opt_out(sent.phone_e164, reason="carrier")


def _confirm_stop(inbound_id: int, phone: str) -> None:
    now = clock.now()
    body = "You won't get any more texts from us. Reply START if you change your mind."
    queue_text(
        NewText(
            once_key=f"stop:{inbound_id}",
            purpose=TextPurpose.STOP_CONFIRMATION,
            phone_e164=phone,
            body=body,
            not_before=now,
            # 47 CFR 64.1200(a)(12): a confirmation within five minutes counts as part of the request.
            not_after=now + STOP_CONFIRMATION_WITHIN,
        )
    )


def _handled(inbound_id: int, outcome: str) -> None:
    inbound = db.session.get_one(InboundText, inbound_id)
    inbound.handled_at, inbound.outcome = clock.now(), outcome


def _phone(given: str) -> str:
    try:
        return to_e164(given)
    except NotAPhoneNumber:
        # A short code or an alphanumeric sender: kept as it came.
        return given[:16]
