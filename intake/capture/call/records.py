"""Records of callers without a chart: their answers, counted once they are matched to a visit."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.capture.call.slip import STILL_TO_CALL, CallerKind, CallResult, ForWhom, WhyNot
from intake.capture.models import CallOutcome, CallSlip
from intake.db import db
from intake.directory.models import Caller, Location, Visit
from intake.survey.answers.effective_answer import current_answers
from intake.survey.models import Answer, Channel, Outcome
from intake.survey.recording.mentions import recorded_mentions
from intake.survey.recording.record_answer import (
    NewAsk,
    NewMention,
    RecordedAnswer,
    Submission,
    record_answer,
    withdraw_answer,
)

# The answer that a visit takes over from a call follows from both, so that matching twice at once copies once.
MATCHING = uuid.UUID("c2f0e0b5-5a44-4f0c-93a5-2f3f0cfb9a1e")


class MatchedElsewhere(ValueError):
    """The caller is matched to another visit already."""


@dataclass(frozen=True)
class Call:
    """Who phoned, and for which location."""

    first_name: str
    last_name: str
    phone_e164: str | None
    location: Location
    slip: "Slip | None" = None


@dataclass(frozen=True)
class Slip:
    """What else was noted; `result` None: it is still open."""

    kind: CallerKind = CallerKind.NEW
    for_whom: ForWhom = ForWhom.SELF
    patient_name: str = ""
    reason: str = ""
    wanted_on: date | None = None
    offered_on: date | None = None
    missed: bool = False
    on_paper: bool = False
    result: CallResult | None = None
    why_not: WhyNot | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class CallerAnswer:
    """An answer given on the telephone."""

    submission_id: str
    outcome: Outcome
    mentions: tuple[NewMention, ...]
    verbatim: str
    options: Sequence[str]
    language: str


def note_call(
    call: Call, spoken: CallerAnswer | None, *, staff: Staff | None, called_at: datetime | None = None
) -> Caller:
    """Record a caller with their slip and, if they were asked, their answer. Flushes and audits.

    Without `staff` nobody noted it: a missed call that a telephone system tells of, with a slip that stays open.

    Raises what `record_answer` raises.
    """
    caller = Caller(
        location_id=call.location.id,
        first_name=call.first_name,
        last_name=call.last_name,
        phone_e164=call.phone_e164,
        called_at=called_at or clock.now(),
        noted_by_id=staff.id if staff else None,
    )
    db.session.add(caller)
    db.session.flush()
    audit_trail.record("caller.noted", **audit_trail.about(caller))
    if call.slip is not None:
        _add_slip(caller, call.slip, staff=staff)
    if spoken is not None and staff is not None:
        answer_of_caller(caller, spoken, staff=staff)
    return caller


def record_outcome(
    caller: Caller, result: CallResult, *, why_not: WhyNot | None, due_on: date | None, staff: Staff | None
) -> None:
    """Record what came of the call, or of calling back; what came before stays as history. Flushes."""
    db.session.add(
        CallOutcome(
            caller_id=caller.id,
            result=result,
            why_not=why_not if result == CallResult.NOT_BOOKED else None,
            due_on=due_on if result in STILL_TO_CALL else None,
            recorded_at=clock.now(),
            recorded_by_id=staff.id if staff else None,
        )
    )
    db.session.flush()
    audit_trail.record("caller.outcome", **audit_trail.about(caller), result=result)


def _add_slip(caller: Caller, slip: Slip, *, staff: Staff | None) -> None:
    noted = {name: value for name, value in vars(slip).items() if name in CallSlip.__table__.c}
    db.session.add(CallSlip(caller_id=caller.id, **noted))
    db.session.flush()
    if slip.result is not None:
        record_outcome(caller, slip.result, why_not=slip.why_not, due_on=slip.due_on, staff=staff)


def correct_call(caller: Caller, spoken: CallerAnswer, *, staff: Staff) -> bool:
    """Record a caller's corrected answer. The visit that took it over follows, unless it has another answer by now.

    Returns whether a visit followed. Flushes. Raises SubmissionReused, SelfReferral, ReferralCycle.
    """
    locked = _locked(caller)
    stands = current_answers([locked.visit_id]).get(locked.visit_id) if locked.visit_id else None
    asks = db.session.scalars(select(Answer.ask_id).where(Answer.caller_id == caller.id)).all()
    recorded = answer_of_caller(caller, spoken, staff=staff, corrects=True)
    if locked.visit_id is None or (stands is not None and stands.ask_id not in asks):
        return False
    if recorded.repeated:
        return True
    _take_over(caller, db.session.get_one(Visit, locked.visit_id), corrects=True)
    return True


def answer_of_caller(caller: Caller, spoken: CallerAnswer, *, staff: Staff, corrects: bool = False) -> RecordedAnswer:
    """Record what the caller said, or correct it. Flushes."""
    now = clock.now()
    return record_answer(
        Submission(
            submission_id=spoken.submission_id,
            ask=NewAsk(
                channel=Channel.CALL,
                language=spoken.language,
                asked_at=now,
                caller_id=caller.id,
                options=tuple(spoken.options),
                staff_id=staff.id,
            ),
            outcome=spoken.outcome,
            answered_at=now,
            mentions=spoken.mentions,
            verbatim=spoken.verbatim,
            staff_id=staff.id,
            corrects=corrects,
        )
    )


def withdraw(caller: Caller, *, staff: Staff) -> bool:
    """Withdraw a caller's answer; False when there is none. Flushes."""
    answer = _current_answer(caller.id)
    if answer is None or answer.outcome == Outcome.WITHDRAWN:
        return False
    record_answer(
        Submission(
            submission_id=str(uuid.uuid5(MATCHING, f"withdraw {answer.id}")),
            ask=answer.ask_id,
            outcome=Outcome.WITHDRAWN,
            answered_at=clock.now(),
            staff_id=staff.id,
            corrects=True,
        )
    )
    return True


def match(caller: Caller, visit: Visit, *, staff: Staff) -> None:
    """Match a caller to a visit, which takes over their answer with the ask and the time of the call.

    Where the visit has an answer already, that one stands and the call's is kept beside it. Flushes.
    Raises MatchedElsewhere, SelfReferral, ReferralCycle.
    """
    locked = _locked(caller)
    if locked.visit_id == visit.id:
        return
    if locked.visit_id is not None:
        raise MatchedElsewhere
    locked.visit_id, locked.matched_at, locked.matched_by_id = visit.id, clock.now(), staff.id
    _take_over(caller, visit)
    audit_trail.record("caller.matched", **audit_trail.about(caller), visit=visit.id)


def unmatch(caller: Caller, *, staff: Staff) -> Visit | None:
    """Undo a match: withdraw what the visit took over from the call, and return the visit. Flushes."""
    locked = _locked(caller)
    if locked.visit_id is None:
        return None
    visit = db.session.get_one(Visit, locked.visit_id)
    locked.visit_id = locked.matched_at = locked.matched_by_id = None
    stands = current_answers([visit.id]).get(visit.id)
    asks = db.session.scalars(select(Answer.ask_id).where(Answer.caller_id == caller.id)).all()
    if stands is not None and stands.ask_id in asks and stands.outcome != Outcome.WITHDRAWN:
        submission_id = str(uuid.uuid5(MATCHING, f"unmatch {stands.id}"))
        withdraw_answer(visit_id=visit.id, submission_id=submission_id, staff_id=staff.id)
    audit_trail.record("caller.unmatched", **audit_trail.about(caller), visit=visit.id)
    return visit


def _take_over(caller: Caller, visit: Visit, *, corrects: bool = False) -> None:
    answer = _current_answer(caller.id)
    if answer is None or answer.outcome == Outcome.WITHDRAWN:
        return
    record_answer(
        Submission(
            submission_id=_submission_id(answer, visit),
            ask=answer.ask_id,
            visit_id=visit.id,
            outcome=Outcome(answer.outcome),
            answered_at=answer.answered_at,
            mentions=recorded_mentions(answer.id),
            verbatim=answer.verbatim,
            staff_id=answer.staff_id,
            corrects=corrects,
        )
    )


def _locked(caller: Caller) -> Caller:
    """Return the caller reread and locked, so that a second match at the same moment waits."""
    db.session.flush()
    query = select(Caller).where(Caller.id == caller.id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _current_answer(caller_id: int) -> Answer | None:
    query = select(Answer).where(Answer.caller_id == caller_id, Answer.turn.is_not(None)).order_by(Answer.turn.desc())
    return db.session.scalars(query.limit(1)).one_or_none()


def _submission_id(answer: Answer, visit: Visit) -> str:
    # Matched, taken apart and matched again: each copy is an answer of its own.
    before = db.session.scalar(
        select(func.count(Answer.id)).where(Answer.visit_id == visit.id, Answer.ask_id == answer.ask_id)
    )
    return str(uuid.uuid5(MATCHING, f"match {answer.id} {visit.id} {before}"))
