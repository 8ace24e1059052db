"""What the conversation answers to a text: thanks, a question back, whom to call. Each at most once for a text."""

from datetime import timedelta

from sqlalchemy import func, select

from intake import clock
from intake.capture.text.planning.wording import practice_name, say
from intake.db import db
from intake.sms.models import InboundText, OutboxText, TextPurpose, TextSurvey
from intake.sms.queue.line_answers import office_phone
from intake.sms.queue.outbox import NewText, queue_text

REPLY_WITHIN = timedelta(hours=4)
# Two machines that answer each other would never end; a person who asks again within this knows the number by then.
HELPED_WITHIN = timedelta(minutes=10)
# Passive replies to one phone in a day, until we have something new to say.
MOST_PASSIVE = 3
PASSIVE_WITHIN = timedelta(days=1)


def answer(
    inbound: InboundText, survey: TextSurvey | None, body: str, *, purpose: TextPurpose = TextPurpose.REPLY
) -> None:
    """Queue our reply to this text. Flushes."""
    now = clock.now()
    queue_text(
        NewText(
            once_key=f"reply:{inbound.message_sid}",
            purpose=purpose,
            phone_e164=inbound.from_e164,
            body=body,
            not_before=now,
            not_after=now + REPLY_WITHIN,
            location_id=survey.location_id if survey else None,
            visit_id=survey.visit_id if survey else None,
        )
    )


def thank(inbound: InboundText, survey: TextSurvey) -> None:
    answer(inbound, survey, say("thanks", survey.language, practice=practice_name()))


def help_with(inbound: InboundText, survey: TextSurvey | None) -> None:
    """Who we are, and whom to call; to the word HELP as often as it is said, within the day's measure."""
    if _passive_replies(inbound, PASSIVE_WITHIN) < MOST_PASSIVE:
        answer(inbound, survey, _with_phone("help", survey), purpose=TextPurpose.HELP)


def point_to_the_office(inbound: InboundText, survey: TextSurvey) -> None:
    """They asked the practice something: whom to call, and that a person will read it. Said once in a while."""
    if not _passive_replies(inbound, HELPED_WITHIN) and _passive_replies(inbound, PASSIVE_WITHIN) < MOST_PASSIVE:
        answer(inbound, survey, _with_phone("errand", survey), purpose=TextPurpose.HELP)


def ask_whether_to_stop(survey: TextSurvey) -> None:
    """Once a survey, where a text may or may not have asked for no more texts."""
    now = clock.now()
    queue_text(
        NewText(
            once_key=f"stop_doubt:{survey.visit_id}",
            purpose=TextPurpose.REPLY,
            phone_e164=survey.phone_e164,
            body=say("stop_doubt", survey.language, practice=practice_name()),
            not_before=now,
            not_after=now + REPLY_WITHIN,
            location_id=survey.location_id,
            visit_id=survey.visit_id,
        )
    )


def _with_phone(key: str, survey: TextSurvey | None) -> str:
    phone = office_phone(survey)
    language = survey.language if survey else "en"
    return say(key if phone else f"{key}_without_phone", language, practice=practice_name(), phone=phone)


def _passive_replies(inbound: InboundText, within: timedelta) -> int:
    helped = select(func.count()).where(
        OutboxText.phone_e164 == inbound.from_e164,
        OutboxText.purpose == TextPurpose.HELP,
        OutboxText.queued_at > clock.now() - within,
    )
    return db.session.scalar(helped) or 0
