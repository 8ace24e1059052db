"""The survey of a phone, and our last texts to it."""

from datetime import timedelta

from sqlalchemy import select

from intake import clock
from intake.db import db
from intake.directory.models import Patient, Visit
from intake.sms.models import OutboxText, TextPurpose, TextState, TextSurvey
from intake.survey.answers.counted_reply import is_answered
from intake.survey.text_kind.kinds import LastQuestion

# A reaction quotes something that is still on the screen.
QUOTED_WITHIN = timedelta(days=30)
MOST_QUOTED = 8
# So long after its text a survey without an answer may still be meant.
STILL_MEANT = timedelta(days=7)
# So long after somebody at the practice wrote, what comes back is for them.
IN_CONVERSATION = timedelta(days=2)
_ASKED = {
    "which_physician": LastQuestion.WHO,
    "which_person": LastQuestion.WHO,
    "confirm_physician": LastQuestion.CONFIRM,
    "closed": LastQuestion.NOTHING,
}
_LEFT = (TextState.SENT, TextState.DELIVERED, TextState.UNCERTAIN, TextState.SENDING)


def survey_of(phone_e164: str) -> TextSurvey | None:
    """Return the open survey of this phone, else the last one, locked."""
    return db.session.scalars(
        select(TextSurvey)
        .where(TextSurvey.phone_e164 == phone_e164)
        .order_by(TextSurvey.closed_at.is_not(None), TextSurvey.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()


def last_question(survey: TextSurvey) -> LastQuestion:
    """Return what the survey asked last."""
    return _ASKED.get(survey.step, LastQuestion.QUESTION)


def last_texts_to(phone_e164: str) -> list[str]:
    """Return our last texts to this phone, the newest first."""
    since = clock.now() - QUOTED_WITHIN
    ours = select(OutboxText.body).where(OutboxText.phone_e164 == phone_e164, OutboxText.queued_at > since)
    return list(db.session.scalars(ours.order_by(OutboxText.id.desc()).limit(MOST_QUOTED)))


def unanswered_beside(survey: TextSurvey) -> list[TextSurvey]:
    """Return other surveys of its phone that lately ended without an answer, though their text left: either is meant.

    None once `survey` itself has been answered or replied to, which says that this one is meant.
    """
    if survey.closed_at is not None or survey.last_inbound_at is not None:
        return []
    left = select(OutboxText.id).where(
        OutboxText.visit_id == TextSurvey.visit_id,
        OutboxText.purpose == TextPurpose.SURVEY,
        OutboxText.state.in_(_LEFT),
    )
    others = select(TextSurvey).where(
        TextSurvey.phone_e164 == survey.phone_e164,
        TextSurvey.id != survey.id,
        TextSurvey.closed_because == "expired",
        TextSurvey.opened_at > clock.now() - STILL_MEANT,
        left.exists(),
        ~is_answered(TextSurvey.visit_id),
    )
    return list(db.session.scalars(others.order_by(TextSurvey.id)))


def follows_a_colleague(phone_e164: str) -> bool:
    """Return whether the last text that left to this phone was written by somebody at the practice, lately."""
    last = (
        select(OutboxText.purpose, OutboxText.queued_at)
        .where(OutboxText.phone_e164 == phone_e164, OutboxText.state.in_(_LEFT))
        .order_by(OutboxText.id.desc())
        .limit(1)
    )
    row = db.session.execute(last).one_or_none()
    return row is not None and row.purpose == TextPurpose.STAFF and row.queued_at > clock.now() - IN_CONVERSATION


def visit_of_owner(phone_e164: str) -> Visit | None:
    """Return the last visit of the one patient whose number this is, where no survey says whom a text is about."""
    owners = list(db.session.scalars(select(Patient.id).where(Patient.mobile_e164 == phone_e164).limit(2)))
    visits = select(Visit).where(Visit.patient_id.in_(owners)).order_by(Visit.scheduled_at.desc(), Visit.id.desc())
    return db.session.scalars(visits.limit(1)).first() if len(owners) == 1 else None
