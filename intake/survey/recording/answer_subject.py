"""What an answer is about: the locked visit or caller, what was answered before, and whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select

from intake.db import BigId
from intake.directory.models import Caller, Patient, PatientMerge, Visit
from intake.directory.patients.new_patients import PERSON_COLUMNS, PersonVisit
from intake.survey.models import (
    Answer,
    Ask,
    Channel,
    Outcome,
)
from intake.survey.recording.submission import (
    NewAsk,
    NothingToAnswer,
    RecordedAnswer,
    Submission,
    SubmissionReused,
)

# Closer together nobody knows which was first: then the one that arrived first counts.
SAME_MOMENT = timedelta(seconds=1)

# Built once: to compose a statement costs more than to run it.
_ASK = select(Ask.visit_id, Ask.caller_id, Ask.channel, Ask.staff_id).where(Ask.id == bindparam("ask_id"))
_LOCK_CALLER = select(Caller.id, Caller.location_id).where(Caller.id == bindparam("caller_id")).with_for_update()
# Not the visit but its chart is locked: what is said at one visit of a person may count at another.
_VISIT = select(*PERSON_COLUMNS).join(Patient, Patient.id == Visit.patient_id)
_LOCK_VISIT = _VISIT.where(Visit.id == bindparam("visit_id")).with_for_update(of=Patient, key_share=True)
_LOCK_VISIT_ASKED = (
    _VISIT.add_columns(Ask.visit_id.label("asked_visit_id"), Ask.caller_id, Ask.channel, Ask.staff_id)
    .join(Ask, Ask.visit_id == Visit.id)
    .where(Ask.id == bindparam("ask_id"))
    .with_for_update(of=Patient, key_share=True)
)
_OF_PATIENT = bindparam("patient_id", type_=BigId)
_ASKS = select(
    select(func.count(Ask.id))
    .where(Ask.visit_id == bindparam("visit_id", type_=BigId))
    .scalar_subquery()
    .label("asks"),
    select(func.count(Visit.id)).where(Visit.patient_id == _OF_PATIENT).scalar_subquery().label("visits"),
    select(func.count(PatientMerge.id))
    .where(or_(PatientMerge.patient_id == _OF_PATIENT, PatientMerge.into_id == _OF_PATIENT))
    .scalar_subquery()
    .label("merges"),
).subquery()
# Earlier answers about the same visit or caller, and the one of this submission; a row even when there is none.
_EARLIER = select(
    _ASKS.c.asks,
    _ASKS.c.visits,
    _ASKS.c.merges,
    Answer.id,
    Answer.submission_id,
    Answer.visit_id,
    Answer.caller_id,
    Answer.turn,
    Answer.ask_id,
    Answer.outcome,
    Answer.answered_at,
    Answer.staff_id,
).outerjoin_from(
    _ASKS,
    Answer,
    or_(
        Answer.submission_id == bindparam("submission_id"),
        Answer.visit_id == bindparam("visit_id", type_=BigId),
        Answer.caller_id == bindparam("caller_id", type_=BigId),
    ),
)


@dataclass(frozen=True)
class AnswerSubject:
    """The locked visit or caller that an answer is about, with its current answer and how often it was asked."""

    visit: PersonVisit | None
    location_id: int
    ask: NewAsk | Any
    ask_id: int | None
    last_turn: int | None = None
    last_answer_id: int | None = None
    last_ask_id: int | None = None
    last_outcome: str | None = None
    last_answered_at: datetime | None = None
    # Staff looked at what there was and changed it.
    last_is_correction: bool = False
    asks: int = 0
    # The person's only visit, in a chart that was never merged with another.
    is_only_visit: bool = False

    @property
    def patient_id(self) -> int | None:
        return self.visit.patient_id if self.visit else None

    @property
    def visit_id(self) -> int | None:
        return self.visit.visit_id if self.visit else None

    @property
    def caller_id(self) -> int | None:
        return None if self.visit else self.ask.caller_id


def locked_subject(connection: Connection, submission: Submission) -> AnswerSubject:
    """Lock and return what the submission is about; raises NothingToAnswer."""
    ask: Any = submission.ask
    ask_id: int | None = None
    if isinstance(ask, int):
        ask_id = ask
        if submission.visit_id is None:
            row = connection.execute(_LOCK_VISIT_ASKED, {"ask_id": ask_id}).first()
            if row is not None:
                return _visit_asked(row, row, ask_id)
        ask = connection.execute(_ASK, {"ask_id": ask_id}).first()
        if ask is None:
            raise NothingToAnswer
    visit_id = submission.visit_id if submission.visit_id is not None else ask.visit_id
    if visit_id is None:
        caller = connection.execute(_LOCK_CALLER, {"caller_id": ask.caller_id}).first()
        if caller is None:
            raise NothingToAnswer
        return AnswerSubject(None, caller.location_id, ask, ask_id)
    row = connection.execute(_LOCK_VISIT, {"visit_id": visit_id}).first()
    if row is None:
        raise NothingToAnswer
    return _visit_asked(row, ask, ask_id)


def _visit_asked(row: Any, ask: Any, ask_id: int | None) -> AnswerSubject:
    visit = PersonVisit(*row[: len(PERSON_COLUMNS)])
    return AnswerSubject(visit, visit.location_id, ask, ask_id)


def earlier_answers(connection: Connection, submission: Submission, subject: AnswerSubject) -> Sequence[Row[Any]]:
    """The answers so far about the subject and of this submission, one row at least, with how often it was asked."""
    key = {
        "submission_id": submission.submission_id,
        "visit_id": subject.visit_id,
        "caller_id": subject.caller_id,
        "patient_id": subject.patient_id,
    }
    return connection.execute(_EARLIER, key).all()


def repeated_answer(
    submission: Submission, subject: AnswerSubject, earlier: Sequence[Row[Any]]
) -> RecordedAnswer | None:
    """The answer that this submission was recorded as before, if it was."""
    known = next((row for row in earlier if row.submission_id == submission.submission_id), None)
    if known is None:
        return None
    if (known.visit_id, known.caller_id) != (subject.visit_id, subject.caller_id):
        raise SubmissionReused
    return RecordedAnswer(known.id, is_current=known.turn is not None, repeated=True)


def with_current_answer(subject: AnswerSubject, earlier: Sequence[Row[Any]]) -> AnswerSubject:
    """The subject with its current answer, of those that came earlier."""
    alone = earlier[0].visits == 1 and not earlier[0].merges
    subject = replace(subject, asks=earlier[0].asks, is_only_visit=alone)
    last = max((row for row in earlier if row.turn is not None), key=lambda row: row.turn, default=None)
    if last is None:
        return subject
    return replace(
        subject,
        last_turn=last.turn,
        last_answer_id=last.id,
        last_ask_id=last.ask_id,
        last_outcome=last.outcome,
        last_answered_at=last.answered_at,
        last_is_correction=last.turn > 1 and last.staff_id is not None,
    )


def turn_of(submission: Submission, subject: AnswerSubject) -> int | None:
    """The answer's place among those that were current, from 1; None when another door's answer stays current.

    Of two doors the answer that was given first counts, whichever arrives first: a tablet's may have waited for a
    connection. What staff corrected stays; what was said on the telephone never replaces an answer given at the visit.
    """
    if subject.last_turn is None:
        return 1
    continues = subject.ask_id is not None and subject.ask_id == subject.last_ask_id
    given_first = (
        subject.last_answered_at is not None
        and submission.answered_at < subject.last_answered_at - SAME_MOMENT
        and not subject.last_is_correction
        and subject.ask.channel != Channel.CALL
    )
    if continues or given_first or submission.corrects or subject.last_outcome == Outcome.WITHDRAWN:
        return subject.last_turn + 1
    return None
