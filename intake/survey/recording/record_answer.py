"""Recording an answer: one transaction, once a submission, nothing overwritten."""

from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.patients.new_patients import lock_people, new_patients
from intake.survey.answers.referrals import refuse_impossible
from intake.survey.ledger import entries
from intake.survey.ledger.crediting import CreditedMention
from intake.survey.models import (
    Answer,
    Ask,
    CoverageEntry,
    CreditEntry,
    Mention,
    Outcome,
    PatientReferral,
    PhysicianReferral,
)
from intake.survey.recording.answer_subject import (
    AnswerSubject,
    earlier_answers,
    locked_subject,
    repeated_answer,
    turn_of,
    with_current_answer,
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
from intake.web.wall.location_wall import whole_practice

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


def save_ask(new: NewAsk) -> Ask:
    """Keep that the question is put, before an answer is known. The visit counts as asked. Flushes."""
    ask = Ask(**_ask_values(new))
    db.session.add(ask)
    db.session.flush()
    if new.visit_id is not None:
        entries.settle([new.visit_id])
    return ask


@whole_practice()
def record_answer(submission: Submission) -> RecordedAnswer:
    """Record an answer with its ask, mentions, links, credit and audit entry, all in the caller's transaction.

    Idempotent on `submission_id`: a repeat changes nothing and returns what was recorded. Safe for any number of
    concurrent callers: the patient's chart is locked first. Flushes; the caller commits before it responds.
    Raises NothingToAnswer, SubmissionReused, SelfReferral or ReferralCycle before anything is written.
    """
    db.session.flush()
    connection = db.session.connection()
    subject = locked_subject(connection, submission)
    earlier = earlier_answers(connection, submission, subject)
    repeated = repeated_answer(submission, subject, earlier)
    if repeated is not None:
        return repeated
    subject = with_current_answer(subject, earlier)
    if subject.patient_id is not None:
        for mention in submission.mentions:
            if mention.referring_patient_id is not None:
                refuse_impossible(patient_id=subject.patient_id, referring_patient_id=mention.referring_patient_id)
    turn = turn_of(submission, subject)
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


@whole_practice()
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
    return bool(mention.detail) and not (
        mention.physician_id or mention.practice_id or mention.referring_patient_id or mention.referrer_name
    )


def _ask_values(new: NewAsk) -> dict[str, Any]:
    return vars(new) | {"options": list(new.options)}


def _insert_ask(connection: Connection, new: NewAsk) -> int:
    return int(connection.execute(_INSERT_ASK, _ask_values(new)).scalar_one())


def _insert_answer(
    connection: Connection, submission: Submission, subject: AnswerSubject, *, ask_id: int, turn: int | None
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
        "in_view": submission.in_view,
    }
    return int(connection.execute(_INSERT_ANSWER, values).scalar_one())


def _insert_mentions(
    connection: Connection, submission: Submission, subject: AnswerSubject, *, answer_id: int, is_current: bool
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
        if mention.physician_id is not None or mention.practice_id is not None:
            practice_id = mention.practice_id if mention.physician_id is None else None
            referrer = {"physician_id": mention.physician_id, "practice_id": practice_id}
            connection.execute(_INSERT_PHYSICIAN_REFERRAL, referrer | link)
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


def _append_to_ledger(connection: Connection, submission: Submission, subject: AnswerSubject) -> None:
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
        mentions = [CreditedMention.of(mention) for mention in submission.mentions]
        connection.execute(_INSERT_CREDIT, entries.credit_rows(visit, asked, mentions))


def _end_links(connection: Connection, subject: AnswerSubject) -> None:
    """End the links of the answer that was just superseded; the rows stay."""
    replaced = select(Mention.id).where(Mention.answer_id == subject.last_answer_id)
    for model in (PhysicianReferral, PatientReferral):
        connection.execute(
            update(model).where(model.mention_id.in_(replaced), model.ended_at.is_(None)).values(ended_at=clock.now())
        )
