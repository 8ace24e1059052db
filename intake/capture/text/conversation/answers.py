"""Replies to texts: thanks, a question back, whom to call. Each at most once for a text."""

from datetime import timedelta

from sqlalchemy import func, select

from intake import clock
from intake.capture.text.planning.wording import practice_name, say
from intake.db import db
from intake.sms.models import REPLY_KEY, InboundText, OutboxText, TextPurpose, TextSurvey
from intake.sms.queue.line_answers import office_phone
from intake.sms.queue.outbox import queue_survey_text

REPLY_WITHIN = timedelta(hours=4)
# Two machines that answer each other would never end; a person who asks again within this knows the number by then.
HELPED_WITHIN = timedelta(minutes=10)
# Passive replies to one phone in a day, until we have something new to say.
MOST_PASSIVE = 3
PASSIVE_WITHIN = timedelta(days=1)


def queue_reply(
    inbound: InboundText, survey: TextSurvey | None, body: str, *, purpose: TextPurpose = TextPurpose.REPLY
) -> None:
    """Queue our reply to this text. Flushes."""
    key = f"{REPLY_KEY}{inbound.message_sid}"
    queue_survey_text(key, purpose, inbound.from_e164, body, survey, within=REPLY_WITHIN)


def thank(inbound: InboundText, survey: TextSurvey) -> None:
    queue_reply(inbound, survey, say("thanks", survey.language, practice=practice_name()))


def send_help(inbound: InboundText, survey: TextSurvey | None) -> None:
    """Say who we are and whom to call, each time that they text HELP, up to MOST_PASSIVE times a day."""
    if _passive_replies(inbound, PASSIVE_WITHIN) < MOST_PASSIVE:
        queue_reply(inbound, survey, _with_phone("help", survey), purpose=TextPurpose.HELP)


def refer_to_office(inbound: InboundText, survey: TextSurvey) -> None:
    """Say whom to call, and that a person will read it, unless that was said within HELPED_WITHIN."""
    if not _passive_replies(inbound, HELPED_WITHIN) and _passive_replies(inbound, PASSIVE_WITHIN) < MOST_PASSIVE:
        queue_reply(inbound, survey, _with_phone("errand", survey), purpose=TextPurpose.HELP)


def ask_if_stop_meant(survey: TextSurvey) -> None:
    """Ask, once a survey, whether a text meant that no more texts are wanted."""
    body = say("stop_doubt", survey.language, practice=practice_name())
    key = f"stop_doubt:{survey.visit_id}"
    queue_survey_text(key, TextPurpose.REPLY, survey.phone_e164, body, survey, within=REPLY_WITHIN)


def _with_phone(key: str, survey: TextSurvey | None) -> str:
    phone = office_phone(survey.location_id if survey else None)
    language = survey.language if survey else "en"
    return say(key if phone else f"{key}_without_phone", language, practice=practice_name(), phone=phone)


def _passive_replies(inbound: InboundText, within: timedelta) -> int:
    helped = select(func.count()).where(
        OutboxText.phone_e164 == inbound.from_e164,
        OutboxText.purpose == TextPurpose.HELP,
        OutboxText.queued_at > clock.now() - within,
    )
    return db.session.scalar(helped) or 0
