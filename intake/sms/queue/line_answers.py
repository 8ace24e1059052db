"""Automatic answers at any hour: that texts have ended, whom to call in an emergency."""

from datetime import timedelta

from sqlalchemy import func, select

from intake import clock
from intake.db import db
from intake.directory.models import Location, Practice, Visit
from intake.phone import national
from intake.sms.carrier.segments import in_gsm
from intake.sms.models import InboundText, OutboxText, TextPurpose, TextSurvey
from intake.sms.queue.outbox import queue_survey_text
from intake.survey.question import wording
from intake.survey.text_kind.emergencies import Danger
from intake.survey.text_kind.text_language import language_of_a_stop, plain_language

# 47 CFR 64.1200(a)(12): a confirmation within five minutes counts as part of the request.
STOP_CONFIRMATION_WITHIN = timedelta(minutes=5)
EMERGENCY_WITHIN = timedelta(minutes=30)
# Whoever writes again within this knows the number by then.
SAID_WITHIN = timedelta(minutes=10)


def confirm_stop(inbound_id: int, phone_e164: str, survey: TextSurvey | None, *, key: str, said: str) -> None:
    """Say once, with the practice's name, that nothing more will come. Flushes.

    In the survey's language; where nobody was asked in that of what was `said`, if the words tell it. `key`: 'stopped',
    'wrong_number' or 'condolence'.
    """
    language = language_of_a_stop(said) if survey is None else None
    body, within = _sentence(key, survey, language=language), STOP_CONFIRMATION_WITHIN
    queue_survey_text(f"stop:{inbound_id}", TextPurpose.STOP_CONFIRMATION, phone_e164, body, survey, within=within)


def answer_emergency(inbound: InboundText, phone_e164: str, danger: Danger, about: TextSurvey | Visit | None) -> None:
    """Say at once that texts are not read right away, and to call 911 (988), unless it has just been said. Flushes.

    In the language of the survey or, where nobody was asked, of the visit that it is about, or in English or Spanish
    where the text is plainly that.
    """
    said = select(OutboxText.id).where(
        OutboxText.phone_e164 == phone_e164,
        OutboxText.purpose == TextPurpose.EMERGENCY,
        OutboxText.queued_at > clock.now() - SAID_WITHIN,
    )
    if db.session.scalar(said.limit(1)) is not None and danger == Danger.MEDICAL:
        return
    language, within = plain_language(inbound.body), EMERGENCY_WITHIN
    phone = office_phone(about.location_id if about else None)
    body = _sentence(str(danger), about, phone, language=language)
    survey = about if isinstance(about, TextSurvey) else None
    queue_survey_text(f"emergency:{inbound.id}", TextPurpose.EMERGENCY, phone_e164, body, survey, within=within)


def office_phone(location_id: int | None) -> str:
    """Return the telephone of the location, else the practice's; empty when there is none."""
    at = db.session.scalar(select(Location.phone_e164).where(Location.id == location_id)) if location_id else None
    return national(at or db.session.scalar(select(Practice.phone_e164)))


def _sentence(key: str, about: TextSurvey | Visit | None, phone: str = "", *, language: str | None = None) -> str:
    charted = about.language or (about.patient.language if isinstance(about, Visit) else None) if about else None
    language = language or wording.find_language(charted) or wording.DEFAULT_LANGUAGE
    practice = db.session.scalar(select(func.coalesce(Practice.text_name, Practice.name))) or ""
    sentence = wording.text(f"text.{key}", language, practice=practice).removeprefix(": ")
    office = wording.text("text.office", language, phone=phone) if phone else ""
    return in_gsm(" ".join(filter(None, (sentence, office))))
