"""Receiving texts and delivery statuses: once each, in any order, however often."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, text

from intake import clock, log
from intake.db import UtcDateTime, db
from intake.directory.models import Visit
from intake.phone import NotAPhoneNumber, to_e164
from intake.sms.carrier.carrier_errors import OPTED_OUT
from intake.sms.carrier.gateway import ARRIVED, LOST, CarrierMessage, rank_of
from intake.sms.consent import consent
from intake.sms.consent.keywords import is_carrier_stop
from intake.sms.models import InboundText, OutboxText, SendAttempt, TextState, TextSurvey
from intake.sms.queue import outbox
from intake.sms.queue.line_answers import answer_emergency, confirm_stop
from intake.sms.queue.retrying import handle_loss
from intake.sms.queue.sending import record_carried, was_tried_since
from intake.sms.queue.surveys_of_phone import last_question, last_texts_to, survey_of, visit_of_owner
from intake.survey.recording.secret_numbers import without_secret_numbers
from intake.survey.text_kind.judge import judge
from intake.survey.text_kind.kinds import Judged, LastQuestion, TextKind
from intake.survey.text_kind.opt_outs import OptOut
from intake.survey.text_kind.reply_words import plain_form

# "whatsapp:+15185550123", "rcs:+15185550123".
_CHANNEL = re.compile(r"(?P<channel>[a-z]{2,10}):(?P<number>\+?\d[\d ()-]*)$")
# A short code, or a sender that is a word: a machine, which may not be answerable.
_SHORT_CODE = re.compile(r"\d{3,8}|(?=.*[A-Za-z]).*")


@dataclass(frozen=True)
class ArrivedText:
    """A text from a person, as the carrier delivered it; `from_e164` may name another channel before the number."""

    message_sid: str
    from_e164: str
    to_number: str
    body: str
    media_count: int
    received_at: datetime
    arrived_by: str
    # 'STOP', 'START' or 'HELP' when the carrier took it for one, by words that the practice set up there.
    opt_out_type: str = ""


_INSERT = text(
    "INSERT INTO inbound_text (message_sid, from_e164, channel, to_number, body, media_count, received_at, arrived_by)"
    " VALUES (:message_sid, :from_e164, :channel, :to_number, :body, :media_count, :received_at, :arrived_by)"
    " ON CONFLICT (message_sid) DO NOTHING RETURNING id"
).bindparams(bindparam("received_at", type_=UtcDateTime))


def receive(arrived: ArrivedText) -> int | None:
    """Keep a text from a person; returns its id, or None when it had arrived before. Flushes.

    STOP, START, a wrong number and an emergency take effect here, in the same transaction, so that nothing leaves
    between the word and the deed. What else the text says is read later, by a worker.
    """
    channel, sender = _sender(arrived.from_e164)
    values = {name: getattr(arrived, name) for name in arrived.__dataclass_fields__ if name != "opt_out_type"}
    values |= {"from_e164": sender[:20], "channel": channel, "to_number": _sender(arrived.to_number)[1][:20]}
    # PostgreSQL keeps no text with a NUL in it.
    values["body"] = without_secret_numbers(arrived.body.replace("\x00", ""))
    inbound_id = db.session.scalar(_INSERT, values)
    if inbound_id is None:
        return None
    inbound = db.session.get_one(InboundText, inbound_id)
    phone = _phone(sender)
    if phone is None:
        _handled(inbound, "short_code")
        return int(inbound_id)
    survey = survey_of(phone)
    _act_upon(inbound, phone, survey, _judged(arrived, phone, survey), arrived.opt_out_type)
    if channel != "sms" and inbound.handled_at is None:
        # Nothing that we text reaches them where they wrote.
        _handled(inbound, inbound.outcome or "other_channel")
    return int(inbound_id)


def _judged(arrived: ArrivedText, phone: str, survey: TextSurvey | None) -> Judged:
    judged = judge(
        arrived.body,
        asked=last_question(survey) if survey is not None else LastQuestion.QUESTION,
        language=survey.language if survey is not None else None,
        sent=last_texts_to(phone),
    )
    if arrived.opt_out_type == "STOP" and judged.opt_out not in (OptOut.WORD, OptOut.SENTENCE):
        return Judged(TextKind.STOP, judged.danger, OptOut.WORD)
    return judged


def _act_upon(inbound: InboundText, phone: str, survey: TextSurvey | None, judged: Judged, opt_out_type: str) -> None:
    if judged.kind == TextKind.STOP:
        _stop(inbound, phone, survey, judged, opt_out_type)
    elif judged.kind == TextKind.WRONG_NUMBER:
        _end_for_the_patient(inbound, phone, survey, judged)
    elif judged.kind == TextKind.START or opt_out_type == "START":
        _start(inbound, phone)
    elif opt_out_type == "HELP":
        # The carrier has answered by the words that the practice set up there.
        _handled(inbound, "help")
    if judged.danger is not None:
        owner = None if survey else visit_of_owner(phone)
        answer_emergency(inbound, phone, judged.danger, survey or owner)
        inbound.visit_id = survey.visit_id if survey else owner.id if owner else None
        _handled(inbound, "emergency")


def _stop(inbound: InboundText, phone: str, survey: TextSurvey | None, judged: Judged, opt_out_type: str) -> None:
    by_carrier = opt_out_type == "STOP" or is_carrier_stop(inbound.body)
    reason = "word" if by_carrier or judged.opt_out == OptOut.WORD else "phrase"
    new = consent.record_opt_out(phone, reason=reason, inbound_id=inbound.id)
    # The carrier has confirmed its own words already; one confirmation is the most there may be.
    if new and not by_carrier and inbound.channel == "sms":
        confirm_stop(inbound.id, phone, survey, key="condolence" if judged.death else "stopped", said=inbound.body)
    if judged.wrong_phone or judged.death:
        inbound.visit_id = survey.visit_id if survey else None
        _handled(inbound, "died" if judged.death else "wrong_number")
    elif judged.rest and survey is not None:
        # What they say beside it is an answer, which the worker counts.
        inbound.outcome = "stop"
    else:
        _handled(inbound, "stop")


def _end_for_the_patient(inbound: InboundText, phone: str, survey: TextSurvey | None, judged: Judged) -> None:
    """Stop texts to this phone about this patient, after a wrong number or a death; all, where that was wished too."""
    reason = "died" if judged.death else "wrong_number"
    patient_id = None
    if survey is not None and judged.opt_out != OptOut.SENTENCE:
        patient_id = db.session.get_one(Visit, survey.visit_id).patient_id
    new = consent.record_opt_out(phone, reason=reason, inbound_id=inbound.id, patient_id=patient_id)
    if new and inbound.channel == "sms":
        confirm_stop(inbound.id, phone, survey, key="condolence" if judged.death else "wrong_number", said=inbound.body)
    inbound.visit_id = survey.visit_id if survey else None
    _handled(inbound, reason)


def _start(inbound: InboundText, phone: str) -> None:
    by_yes = plain_form(inbound.body) == "yes"
    stopped = consent.is_stopped(phone)
    if by_yes and not stopped:
        # Said to the question, which it doesn't answer; the conversation says so.
        return
    consent.record_opt_in(phone, by_yes=by_yes)
    _handled(inbound, "start" if not consent.is_stopped(phone) else "stopped")


def record_status(*, attempt_id: str, message_sid: str, status: str, error_code: int | None) -> bool:
    """Record the status of an attempt. Late, repeated and reordered ones change nothing. Flushes.

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
    record_carried(sent, attempt, CarrierMessage(message_sid, status), known_by="callback")
    _settle(sent, attempt, status, error_code)
    return True


def _settle(sent: OutboxText, attempt: SendAttempt, status: str, error_code: int | None) -> None:
    now = clock.now()
    if status in ARRIVED:
        sent.state, sent.delivered_at, sent.closed_at = TextState.DELIVERED, sent.delivered_at or now, now
    elif status in LOST:
        attempt.error_code = error_code
        if was_tried_since(sent, attempt):
            return
        step = handle_loss(sent, error_code)
        log.logger().info("text_lost", outbox=sent.id, code=error_code, step=str(step))
    elif error_code == OPTED_OUT:
        consent.record_opt_out(sent.phone_e164, reason="carrier")


def _handled(inbound: InboundText, outcome: str) -> None:
    inbound.handled_at, inbound.outcome = clock.now(), outcome


def _sender(given: str) -> tuple[str, str]:
    """Return the channel and the number or name on it."""
    match = _CHANNEL.fullmatch(given.strip())
    return (match["channel"], match["number"]) if match else ("sms", given)


def _phone(sender: str) -> str | None:
    """Return the number in E.164; None for a short code or a sender that is no number."""
    if _SHORT_CODE.fullmatch(sender):
        return None
    try:
        return to_e164(sender)
    except NotAPhoneNumber:
        # A number of nowhere, which the carrier has had a text from all the same.
        return sender[:16]
