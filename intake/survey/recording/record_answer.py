"""Recording an answer: one transaction, once a submission, nothing overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import BigId, db
from intake.directory.models import Caller, Patient, PatientMerge, Visit
from intake.directory.patients.new_patients import PERSON_COLUMNS, PersonVisit, lock_people, new_patients
from intake.survey.answers.referrals import refuse_impossible
from intake.survey.ledger import entries
from intake.survey.ledger.crediting import CreditedMention
from intake.survey.models import (
    Answer,
    Ask,
    Channel,
    CoverageEntry,
    CreditEntry,
    Mention,
    Outcome,
    PatientReferral,
    PhysicianReferral,
)
from intake.survey.recording.decisions import apply_rules, comparable
from intake.survey.recording.submission import (
    NewAsk,
    NewMention,
    NothingToAnswer,
    RecordedAnswer,
    Submission,
    SubmissionReused,
)

__all__ = [
    "NewAsk",
    "NewMention",
    "NothingToAnswer",
    "RecordedAnswer",
    "Submission",
    "SubmissionReused",
    "record_answer",
    "save_ask",
    "withdraw_answer",
]

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
_CURRENT_FOR_VISIT = (
    select(Answer.ask_id, Answer.outcome)
    .where(Answer.visit_id == bindparam("visit_id"), Answer.turn.is_not(None))
    .order_by(Answer.turn.desc())
    .limit(1)
)
_INSERT_ASK = insert(Ask).returning(Ask.id)
_INSERT_ANSWER = insert(Answer).returning(Answer.id)
_INSERT_MENTION = insert(Mention).returning(Mention.id)
_INSERT_PHYSICIAN_REFERRAL = insert(PhysicianReferral)
_INSERT_PATIENT_REFERRAL = insert(PatientReferral)
_INSERT_COVERAGE = insert(CoverageEntry)
_INSERT_CREDIT = insert(CreditEntry)


@dataclass(frozen=True)
class _Subject:
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


def save_ask(new: NewAsk) -> Ask:
    """Keep that the question is put, before an answer is known. The visit counts as asked. Flushes."""
    ask = Ask(**_ask_values(new))
    db.session.add(ask)
    db.session.flush()
    if new.visit_id is not None:
        entries.settle([new.visit_id])
    return ask


def record_answer(submission: Submission) -> RecordedAnswer:
    """Record an answer with its ask, mentions, links, credit and audit entry, all in the caller's transaction.

    Idempotent on `submission_id`: a repeat changes nothing and returns what was recorded. Safe for any number of
    concurrent callers: the patient's chart is locked first. Flushes; the caller commits before it responds.
    Raises NothingToAnswer, SubmissionReused, SelfReferral or ReferralCycle before anything is written.
    """
    db.session.flush()
    connection = db.session.connection()
    subject = _locked_subject(connection, submission)
    key = {
        "submission_id": submission.submission_id,
        "visit_id": subject.visit_id,
        "caller_id": subject.caller_id,
        "patient_id": subject.patient_id,
    }
    earlier = connection.execute(_EARLIER, key).all()
    repeated = _repeated(submission, subject, earlier)
    if repeated is not None:
        return repeated
    subject = _with_current_answer(subject, earlier)
    if subject.patient_id is not None:
        for mention in submission.mentions:
            if mention.referring_patient_id is not None:
                refuse_impossible(patient_id=subject.patient_id, referring_patient_id=mention.referring_patient_id)
    turn = _turn(submission, subject)
    ask_id = subject.ask_id if subject.ask_id is not None else _insert_ask(connection, subject.ask)
    answer_id = _insert_answer(connection, submission, subject, ask_id=ask_id, turn=turn)
    open_words: dict[int, str] = {}
    if submission.outcome == Outcome.ANSWERED:
        open_words = _insert_mentions(connection, submission, subject, answer_id=answer_id, is_current=turn is not None)
    if turn is not None and subject.visit is not None:
        _append_to_ledger(connection, submission, subject)
        if open_words and apply_rules(open_words):
            entries.settle([subject.visit.visit_id])
    audit_trail.record(
        "answer.recorded",
        subject_kind="visit" if subject.visit else "caller",
        subject_id=subject.visit_id or subject.caller_id,
        location_id=subject.location_id,
        answer=answer_id,
        channel=str(subject.ask.channel),
        outcome=str(submission.outcome),
        turn=turn,
    )
    return RecordedAnswer(answer_id, is_current=turn is not None, repeated=False)


def withdraw_answer(*, visit_id: int, submission_id: str, staff_id: int) -> RecordedAnswer | None:
    """Withdraw the visit's current answer: it counts as not asked again, the history stays. None without an answer.

    Raises NothingToAnswer when there is no such visit. Flushes.
    """
    connection = db.session.connection()
    if not lock_people([visit_id]):
        raise NothingToAnswer
    last = connection.execute(_CURRENT_FOR_VISIT, {"visit_id": visit_id}).first()
    if last is None or last.outcome == Outcome.WITHDRAWN:
        return None
    return record_answer(
        Submission(
            submission_id=submission_id,
            ask=last.ask_id,
            visit_id=visit_id,
            outcome=Outcome.WITHDRAWN,
            answered_at=clock.now(),
            staff_id=staff_id,
            corrects=True,
        )
    )


def _has_open_words(mention: NewMention) -> bool:
    """Whether a rule may settle what the words mean; of a person's name it never may."""
    return bool(mention.detail) and not (mention.physician_id or mention.referring_patient_id or mention.referrer_name)


def _locked_subject(connection: Connection, submission: Submission) -> _Subject:
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
        return _Subject(None, caller.location_id, ask, ask_id)
    row = connection.execute(_LOCK_VISIT, {"visit_id": visit_id}).first()
    if row is None:
        raise NothingToAnswer
    return _visit_asked(row, ask, ask_id)


def _visit_asked(row: Any, ask: Any, ask_id: int | None) -> _Subject:
    visit = PersonVisit(*row[: len(PERSON_COLUMNS)])
    return _Subject(visit, visit.location_id, ask, ask_id)


def _repeated(submission: Submission, subject: _Subject, earlier: Sequence[Row[Any]]) -> RecordedAnswer | None:
    """The answer that this submission was recorded as before, if it was."""
    known = next((row for row in earlier if row.submission_id == submission.submission_id), None)
    if known is None:
        return None
    if (known.visit_id, known.caller_id) != (subject.visit_id, subject.caller_id):
        raise SubmissionReused
    return RecordedAnswer(known.id, is_current=known.turn is not None, repeated=True)


def _with_current_answer(subject: _Subject, earlier: Sequence[Row[Any]]) -> _Subject:
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


def _turn(submission: Submission, subject: _Subject) -> int | None:
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


def _ask_values(new: NewAsk) -> dict[str, Any]:
    return vars(new) | {"options": list(new.options)}


def _insert_ask(connection: Connection, new: NewAsk) -> int:
    return int(connection.execute(_INSERT_ASK, _ask_values(new)).scalar_one())


def _insert_answer(
    connection: Connection, submission: Submission, subject: _Subject, *, ask_id: int, turn: int | None
) -> int:
    values = {
        "submission_id": submission.submission_id,
        "ask_id": ask_id,
        "visit_id": subject.visit_id,
        "caller_id": subject.caller_id,
        "turn": turn,
        "supersedes_id": subject.last_answer_id if turn is not None else None,
        "outcome": submission.outcome,
        "verbatim": submission.verbatim,
        "answered_at": submission.answered_at,
        "recorded_at": clock.now(),
        "staff_id": submission.staff_id,
        "device_id": submission.device_id,
    }
    return int(connection.execute(_INSERT_ANSWER, values).scalar_one())


def _insert_mentions(
    connection: Connection, submission: Submission, subject: _Subject, *, answer_id: int, is_current: bool
) -> dict[int, str]:
    """Insert mentions and links; return mention id → its words, for those that a rule may settle."""
    recorded_at = clock.now()
    open_words: dict[int, str] = {}
    for rank, mention in enumerate(submission.mentions, start=1):
        values = {
            "answer_id": answer_id,
            "rank": rank,
            "source_id": mention.source_id,
            "role": mention.role,
            "match_state": mention.match_state,
            "confidence": mention.confidence,
            "detail": mention.detail,
            "detail_normal": comparable(mention.detail),
        }
        mention_id = int(connection.execute(_INSERT_MENTION, values).scalar_one())
        if _has_open_words(mention):
            open_words[mention_id] = str(values["detail_normal"])
        link = {
            "visit_id": subject.visit_id,
            "caller_id": subject.caller_id,
            "evidence": mention.evidence,
            "mention_id": mention_id,
            "recorded_at": recorded_at,
            "staff_id": submission.staff_id,
            # A second door's answer is history: its links never hold.
            "ended_at": None if is_current else recorded_at,
        }
        if mention.physician_id is not None:
            connection.execute(_INSERT_PHYSICIAN_REFERRAL, {"physician_id": mention.physician_id, **link})
        elif mention.referring_patient_id is not None or mention.referrer_name:
            connection.execute(
                _INSERT_PATIENT_REFERRAL,
                {
                    "patient_id": subject.patient_id,
                    "referring_patient_id": mention.referring_patient_id,
                    "referrer_name": mention.referrer_name,
                    **link,
                },
            )
    return open_words


def _append_to_ledger(connection: Connection, submission: Submission, subject: _Subject) -> None:
    visit = subject.visit
    assert visit is not None
    if subject.last_turn is not None:
        _end_links(connection, subject)
    if subject.last_turn is not None or not subject.is_only_visit:
        entries.settle([visit.visit_id])
        return
    if not any(new.counted for new in new_patients([visit])):
        return
    if subject.asks + (subject.ask_id is None) != 1:
        # Asked more than once (tablet, then desk): who asked moves to the ask that was answered.
        entries.settle([visit.visit_id])
        return
    asked = entries.AskKey(subject.ask.channel, subject.ask.staff_id)
    counts = {str(submission.outcome): 1} | ({"asked": 1} if subject.ask_id is None else {})
    connection.execute(_INSERT_COVERAGE, entries.coverage_row(visit, asked, **counts))
    if submission.outcome == Outcome.ANSWERED:
        mentions = [
            CreditedMention(mention.source_id, mention.physician_id, mention.referring_patient_id)
            for mention in submission.mentions
        ]
        connection.execute(_INSERT_CREDIT, entries.credit_rows(visit, asked, mentions))


def _end_links(connection: Connection, subject: _Subject) -> None:
    """End the links of the answer that was just superseded; the rows stay."""
    replaced = select(Mention.id).where(Mention.answer_id == subject.last_answer_id)
    for model in (PhysicianReferral, PatientReferral):
        connection.execute(
            update(model).where(model.mention_id.in_(replaced), model.ended_at.is_(None)).values(ended_at=clock.now())
        )
