"""What doors hand to recording, and what they get back."""

from dataclasses import dataclass
from datetime import datetime

from intake.survey.models import Channel, Evidence, MatchState, Outcome


class NothingToAnswer(LookupError):
    """The visit, caller or ask that the submission names is not there."""


class SubmissionReused(ValueError):
    """The submission id already belongs to the answer of another visit."""


@dataclass(frozen=True)
class NewAsk:
    """The question as it was put. Exactly one of `visit_id` and `caller_id`; `options` are codes in the order shown."""

    channel: Channel
    language: str
    asked_at: datetime
    visit_id: int | None = None
    caller_id: int | None = None
    options: tuple[str, ...] = ()
    staff_id: int | None = None
    device_id: int | None = None


@dataclass(frozen=True)
class NewMention:
    """One source named in an answer, in rank order within `Submission.mentions`."""

    source_id: int | None
    detail: str = ""
    role: str | None = None
    physician_id: int | None = None
    referring_patient_id: int | None = None
    referrer_name: str = ""
    match_state: str = MatchState.EXACT
    confidence: int | None = None
    evidence: str = Evidence.PATIENT_STATED


@dataclass(frozen=True)
class Submission:
    """What arrives through a door.

    `ask` is the id of the ask that this answers, or a new one to be kept with it. `corrects` is for staff who change
    an answer that came through any door; without it a second door's answer is kept as history only.
    A caller's ask may be answered for a visit (`visit_id` given) once the caller is matched.
    """

    submission_id: str
    ask: int | NewAsk
    outcome: Outcome
    answered_at: datetime
    mentions: tuple[NewMention, ...] = ()
    verbatim: str = ""
    visit_id: int | None = None
    staff_id: int | None = None
    device_id: int | None = None
    corrects: bool = False


@dataclass(frozen=True)
class RecordedAnswer:
    """`is_current`: it is what counts now. `repeated`: the same submission had been recorded before."""

    answer_id: int
    is_current: bool
    repeated: bool
