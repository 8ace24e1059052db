"""The conversation of one visit: our texts, the replies, and how they were read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from intake.accounts.models import Staff
from intake.capture.answer_form.readable_answers import ReadableAnswer, answers_of_visit
from intake.capture.text.conversation.steps import submission_id_of
from intake.capture.text.messages import delivery_sentence, reply_sentence
from intake.db import db
from intake.directory.models import Visit
from intake.sms.models import InboundText, OutboxText, TextSurvey

MOST_SHOWN = 12


@dataclass(frozen=True)
class ThreadMessage:
    """One text. `state`: how far ours has come, or how theirs was read; `answer`: the answer it became."""

    ours: bool
    at: datetime
    body: str
    state: str
    kind: str = ""
    answer: ReadableAnswer | None = None
    outbox_id: int | None = None
    pictures: int = 0
    # Who of the practice wrote it; empty for what was sent by itself.
    writer: str = ""


def thread_of(visit_id: int, *, language: str, time_zone: str) -> list[ThreadMessage]:
    """Return every text of the visit by time, STOP and START of the same phone among them."""
    ours = db.session.scalars(select(OutboxText).where(OutboxText.visit_id == visit_id)).all()
    answers = answers_of_visit(visit_id, language=language)
    return _by_time(ours, _inbound(visit_id), answers, time_zone)


def thread_with(
    phone_e164: str, *, within: Collection[int], language: str, time_zone: str, most: int = MOST_SHOWN
) -> list[ThreadMessage]:
    """Return the last texts from and to a phone by time, of visits at these locations and of none."""

    def here(visit_id: Any) -> ColumnElement[bool]:
        # Asked of each of the few texts: a list of all visits here would be made first.
        return visit_id.is_(None) | exists().where(Visit.id == visit_id, Visit.location_id.in_(within))

    ours = db.session.scalars(
        select(OutboxText)
        .where(OutboxText.phone_e164 == phone_e164, here(OutboxText.visit_id))
        .order_by(OutboxText.id.desc())
        .limit(most)
    ).all()
    theirs = db.session.scalars(
        select(InboundText)
        .where(InboundText.from_e164 == phone_e164, here(InboundText.visit_id))
        .order_by(InboundText.id.desc())
        .limit(most)
    ).all()
    visits = {text.visit_id for text in theirs if text.visit_id is not None}
    answers = [answer for visit_id in sorted(visits) for answer in answers_of_visit(visit_id, language=language)]
    return _by_time(ours, theirs, answers, time_zone)[-most:]


def _by_time(
    ours: Sequence[OutboxText], theirs: Sequence[InboundText], answers: Sequence[ReadableAnswer], time_zone: str
) -> list[ThreadMessage]:
    became = {answer.submission_id: answer for answer in answers}
    ids = {text.staff_id for text in ours if text.staff_id is not None}
    writers = {row.id: row.name for row in db.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids)))}
    messages = [
        ThreadMessage(
            True,
            text.sent_at or text.queued_at,
            text.body,
            delivery_sentence(text, time_zone),
            kind=text.state,
            outbox_id=text.id,
            writer=writers.get(text.staff_id or 0, ""),
        )
        for text in ours
    ]
    for text in theirs:
        answer = became.get(submission_id_of(text.message_sid))
        state = reply_sentence(text.outcome, answer is not None)
        kind = text.outcome or ""
        messages.append(
            ThreadMessage(False, text.received_at, text.body, state, kind, answer=answer, pictures=text.media_count)
        )
    return sorted(messages, key=lambda message: (message.at, message.ours))


def _inbound(visit_id: int) -> list[InboundText]:
    found = list(db.session.scalars(select(InboundText).where(InboundText.visit_id == visit_id)))
    survey = db.session.scalars(select(TextSurvey).where(TextSurvey.visit_id == visit_id)).one_or_none()
    if survey is not None:
        # STOP and its kin belong to the phone; shown with every survey that they came after.
        loose = select(InboundText).where(
            InboundText.from_e164 == survey.phone_e164,
            InboundText.visit_id.is_(None),
            InboundText.received_at >= survey.opened_at,
        )
        found += list(db.session.scalars(loose))
    return found
