"""The conversation of one visit: our texts, the replies, and how they were read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from intake.capture.answer_form.readable_answers import ReadableAnswer, answers_of_visit
from intake.capture.text.conversation.steps import submission_id_of
from intake.capture.text.messages import delivery_sentence, reply_sentence
from intake.db import db
from intake.sms.models import InboundText, OutboxText, TextSurvey


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


def thread_of(visit_id: int, *, language: str, time_zone: str) -> list[ThreadMessage]:
    """Return every text of the visit by time, STOP and START of the same phone among them."""
    answers = {answer.submission_id: answer for answer in answers_of_visit(visit_id, language=language)}
    ours = [
        ThreadMessage(
            True,
            text.sent_at or text.queued_at,
            text.body,
            delivery_sentence(text, time_zone),
            kind=text.state,
            outbox_id=text.id,
        )
        for text in db.session.scalars(select(OutboxText).where(OutboxText.visit_id == visit_id))
    ]
    theirs = []
    for text in _inbound(visit_id):
        answer = answers.get(submission_id_of(text.message_sid))
        state = reply_sentence(text.outcome, answer is not None)
        kind = text.outcome or ""
        theirs.append(
            ThreadMessage(False, text.received_at, text.body, state, kind, answer=answer, pictures=text.media_count)
        )
    return sorted([*ours, *theirs], key=lambda message: (message.at, message.ours))


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
