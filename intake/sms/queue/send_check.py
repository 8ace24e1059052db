"""The check before a text leaves: whether it still may, and whether its visit may be asked again."""

from typing import Any

from sqlalchemy import delete, select

from intake.db import db
from intake.directory.models import DID_NOT_COME, Patient, Visit
from intake.sms.carrier.carrier_errors import ErrorSubject, carrier_error
from intake.sms.consent.consent import is_stopped, may_be_texted
from intake.sms.consent.textable import why_not_textable
from intake.sms.models import DESPITE_STOP, OutboxText, SendAttempt, TextPurpose, TextState, TextSurvey
from intake.survey.answers.counted_reply import answered_visits

ASKING = (TextPurpose.SURVEY, TextPurpose.REMINDER)
# Cancelled for one of these, a survey was never asked: its visit may be asked again, when and where it should be now.
ASKED_NOBODY = frozenset(
    {"mobile_changed", "visit_cancelled", "visit_moved", "no_consent", "not_textable", "window_closed"}
)


def cancel_reason(text: OutboxText) -> str | None:
    """Return a static word for why it must not leave, or None. Reads only."""
    if text.purpose in DESPITE_STOP:
        return None
    if why_not_textable(text.phone_e164):
        return "not_textable"
    asked = _asked(text)
    # What is about a patient doesn't leave once the phone is no longer theirs; whoever has it may ask for help.
    patient_id = asked.patient_id if asked and text.purpose != TextPurpose.HELP else None
    if is_stopped(text.phone_e164, patient_id=patient_id):
        return "stopped"
    if text.purpose not in (*ASKING, TextPurpose.STAFF):
        return None
    return _changed_since(text, asked) or (
        None if may_be_texted(text.phone_e164, patient_id=patient_id) else "no_consent"
    )


def forget_unasked_survey(text: OutboxText) -> None:
    """Delete a survey whose text was cancelled unsent, so that its visit doesn't count as asked. Flushes.

    The text stays, under a key of its own.
    """
    asked_nobody = text.purpose == TextPurpose.SURVEY and text.reason in ASKED_NOBODY
    if asked_nobody and not _may_have_left(text) and not _was_replied_to(text.visit_id):
        _put_aside(text)


def may_be_asked_again(visit_id: int, *, mobile_e164: str | None) -> bool:
    """Return whether the visit's survey reached nobody, for a reason that need not last.

    A number that can't be texted is asked again only once the chart holds another.
    """
    text = _survey_text(visit_id)
    if text is None or text.state not in (TextState.FAILED, TextState.CANCELLED) or _was_replied_to(visit_id):
        return False
    if text.phone_e164 != mobile_e164:
        return True
    if text.state == TextState.CANCELLED:
        return text.reason in ASKED_NOBODY
    return carrier_error(text.error_code).about != ErrorSubject.NUMBER and text.reason != "not_arrived"


def set_survey_aside(visit_id: int) -> None:
    """Put a survey aside that reached nobody, so that its visit can be asked again. Flushes."""
    text = _survey_text(visit_id)
    if text is not None:
        _put_aside(text)


def _put_aside(text: OutboxText) -> None:
    text.once_key = f"{text.once_key}:{text.id}"
    db.session.execute(delete(TextSurvey).where(TextSurvey.visit_id == text.visit_id))
    db.session.flush()


def _survey_text(visit_id: int) -> OutboxText | None:
    return db.session.scalars(select(OutboxText).where(OutboxText.once_key == f"survey:{visit_id}")).one_or_none()


def _was_replied_to(visit_id: int | None) -> bool:
    replied = select(TextSurvey.id).where(TextSurvey.visit_id == visit_id, TextSurvey.last_inbound_at.is_not(None))
    return db.session.scalar(replied.limit(1)) is not None


def _changed_since(text: OutboxText, asked: Any) -> str | None:
    """Return why a visit needs no question any more; nothing of that concerns what staff write."""
    if text.purpose == TextPurpose.STAFF:
        return None
    if asked is not None and (changed := asked.closed_because or _what_changed(text, asked)):
        return changed
    return "answered_elsewhere" if text.visit_id in answered_visits([text.visit_id or 0]) else None


def _what_changed(text: OutboxText, asked: Any) -> str | None:
    if asked.status in DID_NOT_COME:
        return "visit_cancelled"
    if asked.asked_about is not None and asked.asked_about != asked.visit_date:
        return "visit_moved"
    return "mobile_changed" if asked.mobile_e164 != text.phone_e164 else None


def _asked(text: OutboxText) -> Any:
    """Return the patient, visit and survey of a text as they are now; None when its visit is gone."""
    return db.session.execute(
        select(
            Visit.patient_id,
            Patient.mobile_e164,
            Visit.status,
            Visit.visit_date,
            TextSurvey.visit_date.label("asked_about"),
            TextSurvey.closed_because,
        )
        .join(Patient, Patient.id == Visit.patient_id)
        .outerjoin(TextSurvey, TextSurvey.visit_id == Visit.id)
        .where(Visit.id == text.visit_id)
    ).one_or_none()


def _may_have_left(text: OutboxText) -> bool:
    """Return whether the carrier took it, or may have."""
    taken = select(SendAttempt.id).where(
        SendAttempt.outbox_id == text.id,
        SendAttempt.message_sid.is_not(None) | SendAttempt.finished_at.is_(None),
    )
    return db.session.scalar(taken.limit(1)) is not None
