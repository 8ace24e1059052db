"""Planning of survey texts: one survey a new patient, one open survey a phone, reminders where the plan has them."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from intake import clock, log
from intake.accounts.audit import audit_trail
from intake.capture.patient_flow.handover import language_of
from intake.capture.patient_flow.links import issue_link, link_url
from intake.capture.text.planning.eligibility import refusal_reason
from intake.capture.text.planning.wording import (
    TextTooLong,
    compose,
    compose_with_link,
    current_wording,
    practice_name,
    say_day,
)
from intake.config import Settings
from intake.db import db, raise_if_away
from intake.directory.models import ELIGIBLE_STATUSES, Patient, Visit, VisitStatus, VisitType
from intake.directory.patients.new_patients import visits_to_ask
from intake.id_filters import among
from intake.sms.consent.consent import consent_holds
from intake.sms.models import OutboxText, TextConsent, TextPlan, TextPurpose, TextState, TextStop, TextSurvey
from intake.sms.queue.outbox import queue_survey_text
from intake.sms.queue.send_check import set_survey_aside
from intake.survey.answers.counted_reply import answered_visits, is_answered
from intake.survey.models import Ask, Channel
from intake.survey.question.choices import choices, drawn_order
from intake.survey.recording.record_answer import NewAsk, save_ask

# Whoever came longer ago than this isn't asked by text any more: the memory has faded and the text would surprise.
LATEST = timedelta(days=3)
# An unanswered survey makes room for another one on the same phone after this long; a late reply still lands on it.
EXPIRES = timedelta(days=2)
# Where another patient of the phone waits, so that several children are all asked before LATEST.
MAKES_ROOM = timedelta(hours=20)
REMINDER_WITHIN = timedelta(days=1)
AT_ONCE = 50
# Of the options; where fewer fit into a text, what is hidden would be chosen less, and the link shows them all.
LEAST_SHARE = 0.5
# So long after a text its phone's owner may take the next one for it.
REMEMBERED = timedelta(days=30)
# Visits that can't be asked, such as those with a number from abroad, keep no others from their turn.
MOST_TRIED = 500
MOST_DUE = 1_000
# Who is new again after years may be asked again; before that nobody is.
ASKED_ONCE_WITHIN = timedelta(days=300)


class NotTextable(Exception):
    """This visit can't be asked by text; the message says why, for staff."""


def plan_surveys(settings: Settings) -> int:
    """Queue a text for every visit that is due, and close surveys that are over. Commits each; returns how many."""
    if not settings.texting:
        return 0
    close_finished()
    planned = 0
    db.session.commit()
    for plan in db.session.scalars(select(TextPlan).where(TextPlan.enabled)).all():
        planned += _plan_location(plan)
    return planned + plan_reminders()


def plans_by_location(location_ids: Collection[int]) -> dict[int, TextPlan]:
    """Location id → how it texts; locations that never texted are absent."""
    query = select(TextPlan).where(TextPlan.location_id.in_(location_ids))
    return {plan.location_id: plan for plan in db.session.scalars(query)}


def _plan_location(plan: TextPlan) -> int:
    """Plan one visit at a time and commit each: on the embedded database a writer keeps all others waiting.

    A visit that another worker holds is passed over. To wait for it would be to stand in one queue with all workers,
    and with the connections of those that were killed, which give up their places only when their turn has come.
    """
    planned = 0
    tried: list[int] = []
    found = db.session.scalars(_due(plan).with_only_columns(Visit.id).limit(MOST_DUE)).all()
    due = _due(plan).where(among(Visit.id, sorted(visits_to_ask(found) - answered_visits(found))))
    while found and planned < AT_ONCE and len(tried) < MOST_TRIED:
        free = due.where(Visit.id.not_in(tried)).limit(1)
        free = free.with_for_update(of=Visit, skip_locked=True, key_share=True)
        visit = db.session.scalars(free).one_or_none()
        if visit is None:
            break
        tried.append(visit.id)
        try:
            with db.session.begin_nested():
                start_survey(visit, plan=plan)
            planned += 1
        except (NotTextable, IntegrityError):
            # Answered, stopped or planned by another worker since it was found.
            pass
        except Exception as error:
            raise_if_away(error)
            # One visit that trips us must not keep the others from being asked.
            log.logger().error("survey_not_planned", visit=tried[-1], kind=type(error).__name__)
        db.session.commit()
    return planned


def start_survey(visit: Visit, *, plan: TextPlan | None, staff_id: int | None = None) -> TextSurvey:
    """Ask this visit by text, now or at the next allowed hour. Flushes. Raises NotTextable, in words for staff."""
    reason = refusal_reason(visit)
    if reason:
        raise NotTextable(reason)
    phone = visit.patient.mobile_e164
    assert phone is not None
    language = language_of(visit)
    set_survey_aside(visit.id)
    ask, body = _question(visit, phone, language, includes_link=bool(plan and plan.includes_link), staff_id=staff_id)
    survey = TextSurvey(
        visit_id=visit.id,
        ask_id=ask,
        phone_e164=phone,
        location_id=visit.location_id,
        language=language,
        visit_date=visit.visit_date,
        step="asked",
        opened_at=clock.now(),
    )
    db.session.add(survey)
    db.session.flush()
    queued = queue_survey_text(f"survey:{visit.id}", TextPurpose.SURVEY, phone, body, survey, within=EXPIRES)
    audit_trail.record("text.queued", **audit_trail.about(visit), text=queued)
    return survey


def _question(visit: Visit, phone: str, language: str, *, includes_link: bool, staff_id: int | None) -> tuple[int, str]:
    drawn = drawn_order(choices(clock.clinic_today(visit.location.time_zone), language))
    own = current_wording(visit.location_id, language)
    opening = _opening(visit, phone, language, "survey")
    link = link_url(issue_link(visit, None)) if includes_link else None
    # The practice's own words don't say which of two visits is meant; ours do.
    words = own.body if own and opening["opening"] == "survey" else None
    may_do_without = words is None and opening["opening"] == "survey"
    composed = None
    try:
        with suppress(*[TextTooLong] if may_do_without else []):
            composed = compose(
                drawn, practice=practice_name(), language=language, own_wording=words, link=link, **opening
            )
        if composed is None or (may_do_without and len(composed.options) < LEAST_SHARE * len(drawn)):
            link = link or link_url(issue_link(visit, None))
            composed = compose_with_link(practice=practice_name(), language=language, link=link)
    except TextTooLong as error:
        raise NotTextable(
            "The wording for this location is too long for two texts. Shorten it under Texting."
        ) from error
    ask = save_ask(
        NewAsk(
            channel=Channel.TEXT,
            language=language,
            asked_at=clock.now(),
            visit_id=visit.id,
            options=composed.options,
            staff_id=staff_id,
        )
    )
    return ask.id, composed.body


def _is_shared(visit: Visit, phone: str) -> bool:
    """Return whether another visit was asked about on this phone lately, or waits to be."""
    other = select(TextSurvey.id).where(
        TextSurvey.phone_e164 == phone,
        TextSurvey.visit_id != visit.id,
        TextSurvey.opened_at > clock.now() - REMEMBERED,
    )
    waits = _waiting_on(phone).where(Visit.id != visit.id)
    return any(db.session.scalar(query.limit(1)) is not None for query in (other, waits))


def _opening(visit: Visit, phone: str, language: str, alone: str) -> dict[str, str]:
    """Return the opening `alone`, or where the phone is shared the one that says whose visit it is about."""
    if not _is_shared(visit, phone):
        return {"opening": alone}
    about = {"initials": _initials(visit.patient, phone), "day": say_day(visit.visit_date, language)}
    return {"opening": "survey_again", **about}


def plan_reminders() -> int:
    """Queue one reminder for surveys without a reply for as long as their location's plan says. Flushes."""
    planned = 0
    rows = db.session.execute(
        select(TextSurvey, TextPlan.reminder_hours, OutboxText.sent_at)
        .join(TextPlan, TextPlan.location_id == TextSurvey.location_id)
        .join(OutboxText, (OutboxText.visit_id == TextSurvey.visit_id) & (OutboxText.purpose == TextPurpose.SURVEY))
        .where(
            TextPlan.enabled,
            TextPlan.reminder_hours.is_not(None),
            TextSurvey.closed_at.is_(None),
            TextSurvey.last_inbound_at.is_(None),
            OutboxText.state.in_((TextState.SENT, TextState.DELIVERED)),
            ~select(OutboxText.id)
            .where(OutboxText.purpose == TextPurpose.REMINDER, OutboxText.visit_id == TextSurvey.visit_id)
            .correlate(TextSurvey)
            .exists(),
        )
        .limit(AT_ONCE)
    )
    now = clock.now()
    for survey, hours, sent_at in rows.all():
        if sent_at is not None and hours is not None and now - sent_at >= timedelta(hours=hours):
            planned += _remind(survey)
    return planned


def _remind(survey: TextSurvey) -> int:
    visit = db.session.get_one(Visit, survey.visit_id)
    codes = _options_of(survey)
    available = {
        choice.code: choice for choice in choices(clock.clinic_today(visit.location.time_zone), survey.language)
    }
    if not codes or any(code not in available for code in codes):
        # The list changed since: the numbers of the first text would mean something else now.
        return 0
    # In the very order of the first text, so that a number means the same in both.
    shown = [replace(available[code], position=0) for code in codes]
    opening = _opening(visit, survey.phone_e164, survey.language, "reminder")
    try:
        composed = compose(shown, practice=practice_name(), language=survey.language, **opening)
    except TextTooLong:
        return 0
    if composed.options != tuple(codes):
        return 0
    key, phone = f"reminder:{survey.visit_id}", survey.phone_e164
    queued = queue_survey_text(key, TextPurpose.REMINDER, phone, composed.body, survey, within=REMINDER_WITHIN)
    return int(queued is not None)


def close_finished() -> None:
    """Close surveys answered through another door, or without a reply for two days. Flushes.

    One without a reply makes room for another patient of the same phone already after MAKES_ROOM.
    """
    still_open = select(TextSurvey).where(TextSurvey.closed_at.is_(None)).limit(500)
    answered = still_open.where(TextSurvey.step == "asked", is_answered(TextSurvey.visit_id))
    for survey in db.session.scalars(answered):
        survey.close("answered_elsewhere")
    now = clock.now()
    unreplied = TextSurvey.last_inbound_at.is_(None) & (TextSurvey.opened_at < now - MAKES_ROOM)
    others = _waiting_on(TextSurvey.phone_e164).where(Visit.id != TextSurvey.visit_id).correlate(TextSurvey)
    over = (TextSurvey.opened_at < now - EXPIRES) | (unreplied & others.exists())
    for survey in db.session.scalars(still_open.where(over)):
        survey.close("expired")
        log.logger().info("text_survey_expired", survey=survey.id)


def _due(plan: TextPlan) -> Select[Visit]:
    """Select visits of new patients of this location that are due, agreed to, and not asked by text yet."""
    now = clock.now()
    if plan.minutes_after >= 0:
        came = now - timedelta(minutes=plan.minutes_after)
        moment = Visit.status.in_(ELIGIBLE_STATUSES) & (Visit.arrived_at <= came) & (Visit.arrived_at > came - LATEST)
    else:
        ahead = now - timedelta(minutes=plan.minutes_after)
        moment = (Visit.status == VisitStatus.SCHEDULED) & (Visit.scheduled_at <= ahead) & (Visit.scheduled_at > now)
    agreed = select(TextConsent.id).where(consent_holds(Patient.mobile_e164, Patient.id)).exists()
    stopped = select(TextStop.id).where(TextStop.phone_e164 == Patient.mobile_e164, TextStop.resumed_at.is_(None))
    other = aliased(Visit)
    asked = (
        select(TextSurvey.id)
        .join(other, other.id == TextSurvey.visit_id)
        .where(other.patient_id == Visit.patient_id, TextSurvey.visit_date > clock.now().date() - ASKED_ONCE_WITHIN)
    )
    busy = select(TextSurvey.id).where(TextSurvey.phone_e164 == Patient.mobile_e164, TextSurvey.closed_at.is_(None))
    return (
        select(Visit)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(
            Visit.location_id == plan.location_id,
            Visit.visit_type == VisitType.NEW,
            moment,
            Patient.mobile_e164.is_not(None),
            agreed,
            ~stopped.exists(),
            ~asked.exists(),
            ~busy.exists(),
            ~is_answered(Visit.id),
        )
        .order_by(Visit.scheduled_at, Visit.id)
    )


def _options_of(survey: TextSurvey) -> list[str]:
    return list(db.session.get_one(Ask, survey.ask_id).options)


def _waiting_on(phone: Any) -> Select[int]:
    """Select visits of this phone, a number or a column, that are due or soon will be and were not asked by text."""
    asked = select(TextSurvey.id).where(TextSurvey.visit_id == Visit.id)
    return (
        select(Visit.id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(
            Patient.mobile_e164 == phone,
            Visit.visit_type == VisitType.NEW,
            Visit.status.in_(ELIGIBLE_STATUSES),
            Visit.arrived_at > clock.now() - LATEST,
            select(TextConsent.id).where(consent_holds(Patient.mobile_e164, Patient.id)).exists(),
            ~asked.exists(),
            ~is_answered(Visit.id),
        )
    )


def _initials(patient: Patient, phone: str) -> str:
    """Return 'M. F.'; the given name instead of its letter where another patient of the phone has the same."""
    namesakes = select(Patient.first_name, Patient.last_name).where(
        Patient.mobile_e164 == phone, Patient.id != patient.id
    )
    own = _letters(patient.first_name, patient.last_name)
    same = any(_letters(*names) == own for names in db.session.execute(namesakes))
    if same and patient.first_name:
        return " ".join(filter(None, (patient.first_name, _letters(patient.last_name))))
    return own


def _letters(*names: str) -> str:
    return " ".join(f"{name.strip()[0].upper()}." for name in names if name.strip())
