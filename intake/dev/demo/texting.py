"""The demo's texts: plans, who agreed to be texted, and the conversations behind answers that came by text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import func, insert, select

from intake import clock
from intake.capture.text.conversation.steps import submission_id_of
from intake.capture.text.planning.eligibility import CONSENT_VERSION
from intake.capture.text.planning.wording import compose, practice_name, say
from intake.db import Base, db
from intake.dev.demo.plan import PlannedReply
from intake.directory.models import Location, Patient, Visit
from intake.sms.models import InboundText, OutboxText, SendAttempt, TextConsent, TextPlan, TextStop, TextSurvey
from intake.survey.models import Outcome
from intake.survey.question.choices import SourceChoice, choices

TEXTING = "NOR"
# Toll-free and reserved for fiction: no patient of the demo has it.
PRACTICE_NUMBER = "+18005550100"
WORDS = {Outcome.DONT_REMEMBER: "I don't remember", Outcome.DECLINED: "rather not say"}
# Of those who never reply: why, by the visit's number, so that every start tells the same.
LOST = {0: (30006, "landline"), 1: (30003, "unreachable"), 2: (30007, "filtered")}


@dataclass(frozen=True)
class TextedVisit:
    """A visit of the story that was asked by text; `reply` None while nothing came back."""

    visit_id: int
    patient_id: int
    location_id: int
    ask_id: int
    phone: str
    language: str
    options: tuple[str, ...]
    body: str
    at: datetime
    reply: PlannedReply | None

    @property
    def sid(self) -> str:
        return sid_of(self.visit_id)

    @property
    def answered_at(self) -> datetime:
        return self.at + timedelta(minutes=minutes_until_answered(self.visit_id))


def sid_of(visit_id: int) -> str:
    """The carrier's number of the reply of this visit."""
    return f"SM{visit_id:032x}"


def submission_of(visit_id: int) -> str:
    """The id under which that reply is recorded as an answer."""
    return submission_id_of(sid_of(visit_id))


def minutes_until_answered(visit_id: int) -> int:
    """Most reply while they still hold the phone, a few in the evening."""
    return 2 + visit_id % 9 if visit_id % 5 else 45 + visit_id % 180


def worded(codes: Sequence[str], language: str, day: date) -> tuple[str, tuple[str, ...]]:
    """The survey's text with these sources in this order, and those there was room for."""
    offered = _offered(day.replace(day=1), language)
    composed = compose([offered[code] for code in codes if code in offered], practice=_practice(), language=language)
    return composed.body, composed.options


def write_conversations(texted: Sequence[TextedVisit]) -> None:
    """Everything that the line would have kept of these texts. Flushes."""
    if not texted:
        return
    sent = [each for each in texted if not _lost(each)]
    insert_rows(TextConsent, [_consent(each.phone, each.patient_id, each.at - timedelta(days=9)) for each in texted])
    insert_rows(TextSurvey, [_survey(each) for each in texted])
    ids = insert_rows(OutboxText, [_asked(each) for each in texted])
    attempts = [_attempt(outbox_id, each) for outbox_id, each in zip(ids, texted, strict=True)]
    db.session.execute(insert(SendAttempt), attempts)
    came = [each for each in sent if each.reply or _stops(each)]
    insert_rows(InboundText, [_came(each) for each in came])
    insert_rows(OutboxText, [_thanks(each) for each in came if each.reply])
    stops = {each.phone: each for each in came if not each.reply}
    stopped = set(db.session.scalars(select(TextStop.phone_e164).where(TextStop.resumed_at.is_(None))))
    rows = [{"phone_e164": phone, "stopped_at": each.answered_at, "reason": "word"} for phone, each in stops.items()]
    insert_rows(TextStop, [row for row in rows if row["phone_e164"] not in stopped])


def add_plans() -> None:
    """One location texts by itself, the others by hand; left alone once there are plans. Flushes."""
    if db.session.scalar(select(func.count()).select_from(TextPlan)):
        return
    for location in db.session.scalars(select(Location)):
        db.session.add(TextPlan(location_id=location.id, enabled=location.code == TEXTING, minutes_after=45))
    db.session.flush()


def note_todays_consent() -> None:
    """Two in three of today's patients agreed when they made their appointment. Flushes."""
    today = {clock.clinic_today(zone) for zone in db.session.scalars(select(Location.time_zone))}
    rows = db.session.execute(
        select(Patient.id, Patient.mobile_e164, Visit.created_at)
        .join(Visit, Visit.patient_id == Patient.id)
        .where(
            Visit.visit_date.in_(today),
            Patient.mobile_e164.is_not(None),
            Visit.id % 3 != 0,
            ~select(TextConsent.id).where(TextConsent.patient_id == Patient.id).exists(),
        )
        .distinct()
    ).all()
    insert_rows(TextConsent, [_consent(phone or "", patient_id, at) for patient_id, phone, at in rows])


@cache
def _practice() -> str:
    return practice_name()


@cache
def _offered(day: date, language: str) -> Mapping[str, SourceChoice]:
    return {choice.code: choice for choice in choices(day, language)}


def _lost(each: TextedVisit) -> tuple[int, str] | None:
    return None if each.reply else LOST.get(each.visit_id % 12)


def _stops(each: TextedVisit) -> bool:
    return each.reply is None and each.visit_id % 12 == 3


def _consent(phone: str, patient_id: int, at: datetime) -> dict[str, Any]:
    return {
        "phone_e164": phone,
        "patient_id": patient_id,
        "given_at": at,
        "source": "schedule",
        "wording_version": CONSENT_VERSION,
    }


def _survey(each: TextedVisit) -> dict[str, Any]:
    because = "answered" if each.reply else "stopped" if _stops(each) else "expired"
    ended = each.answered_at if each.reply or _stops(each) else each.at + timedelta(days=2)
    return {
        "visit_id": each.visit_id,
        "ask_id": each.ask_id,
        "phone_e164": each.phone,
        "location_id": each.location_id,
        "language": each.language,
        "step": "closed",
        "opened_at": each.at,
        "last_inbound_at": each.answered_at if each.reply else None,
        "closed_at": ended,
        "closed_because": because,
    }


def _asked(each: TextedVisit) -> dict[str, Any]:
    lost = _lost(each)
    return {
        "once_key": f"survey:{each.visit_id}",
        "purpose": "survey",
        "phone_e164": each.phone,
        "body": each.body,
        "location_id": each.location_id,
        "visit_id": each.visit_id,
        "state": "failed" if lost else "delivered",
        "queued_at": each.at,
        "not_before": each.at,
        "not_after": each.at + timedelta(days=2),
        "tries": 1,
        "error_code": lost[0] if lost else None,
        "reason": lost[1] if lost else None,
        "sent_at": each.at + timedelta(seconds=2),
        "delivered_at": None if lost else each.at + timedelta(seconds=6),
        "closed_at": each.at + timedelta(seconds=6),
    }


def _attempt(outbox_id: int, each: TextedVisit) -> dict[str, Any]:
    lost = _lost(each)
    return {
        "id": f"{each.visit_id:08x}-0000-4000-8000-{outbox_id:012x}",
        "outbox_id": outbox_id,
        "started_at": each.at + timedelta(seconds=2),
        "finished_at": each.at + timedelta(seconds=3),
        "message_sid": f"SM{outbox_id:031x}f",
        "status": "undelivered" if lost else "delivered",
        "status_rank": 6,
        "error_code": lost[0] if lost else None,
        "segments": 2,
        "known_by": "response",
    }


def _came(each: TextedVisit) -> dict[str, Any]:
    return {
        "message_sid": each.sid,
        "from_e164": each.phone,
        "to_number": PRACTICE_NUMBER,
        "body": _said(each),
        "received_at": each.answered_at,
        "arrived_by": "webhook",
        "visit_id": each.visit_id if each.reply else None,
        "handled_at": each.answered_at,
        "outcome": "answer" if each.reply else "stop",
    }


def _said(each: TextedVisit) -> str:
    if each.reply is None:
        return "STOP"
    if each.reply.outcome != Outcome.ANSWERED:
        return WORDS[each.reply.outcome]
    numbers = [str(each.options.index(said.code) + 1) for said in each.reply.mentions if said.code in each.options]
    return " and ".join(numbers) or each.reply.mentions[0].words or "a sign somewhere"


def _thanks(each: TextedVisit) -> dict[str, Any]:
    at = each.answered_at + timedelta(seconds=2)
    return {
        "once_key": f"reply:{each.sid}",
        "purpose": "reply",
        "phone_e164": each.phone,
        "body": say("thanks", each.language, practice=_practice()),
        "location_id": each.location_id,
        "visit_id": each.visit_id,
        "state": "delivered",
        "queued_at": at,
        "not_before": at,
        "not_after": at + timedelta(hours=4),
        "tries": 1,
        "sent_at": at,
        "delivered_at": at,
        "closed_at": at,
    }


def insert_rows(model: type[Base], rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert the rows and return their ids, in the order of the rows."""
    if not rows:
        return []
    key = model.__table__.c.id
    return list(db.session.scalars(insert(model).returning(key, sort_by_parameter_order=True), list(rows)))
