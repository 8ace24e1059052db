"""The survey of a phone, and our last texts to it."""

from datetime import timedelta

from sqlalchemy import select

from intake import clock
from intake.db import db
from intake.sms.models import OutboxText, TextSurvey

# A reaction quotes something that is still on the screen.
QUOTED_WITHIN = timedelta(days=30)
MOST_QUOTED = 8


def survey_of(phone_e164: str) -> TextSurvey | None:
    """Return the open survey of this phone, else the last one, locked."""
    return db.session.scalars(
        select(TextSurvey)
        .where(TextSurvey.phone_e164 == phone_e164)
        .order_by(TextSurvey.closed_at.is_not(None), TextSurvey.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()


def last_texts_to(phone_e164: str) -> list[str]:
    """Return our last texts to this phone, the newest first."""
    since = clock.now() - QUOTED_WITHIN
    ours = select(OutboxText.body).where(OutboxText.phone_e164 == phone_e164, OutboxText.queued_at > since)
    return list(db.session.scalars(ours.order_by(OutboxText.id.desc()).limit(MOST_QUOTED)))
