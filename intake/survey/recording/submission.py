"""Plain values that a door records: the ask, the answer with its mentions, and what recording returns."""

from dataclasses import dataclass
from datetime import datetime

from intake.survey.models import Channel, Evidence, MatchState, Outcome
from intake.survey.recording.secret_numbers import without_secret_numbers


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
    """One source named in an answer; `Submission.mentions` holds them in rank order."""

    source_id: int | None
    detail: str = ""
    role: str | None = None
    physician_id: int | None = None
    referring_patient_id: int | None = None
    referrer_name: str = ""
    match_state: str = MatchState.EXACT
    confidence: int | None = None
    evidence: str = Evidence.PATIENT_STATED
    # A referring practice of which no physician is named.
    practice_id: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", without_secret_numbers(self.detail))


@dataclass(frozen=True)
class Submission:
    """An answer as it arrives through a door.

    `ask` is the id of the ask that it answers, or a new one to keep with it. `corrects` is for staff who change an
    answer, whichever door it came through; without it a second door's answer is kept as history only.
    `visit_id` answers a caller's ask for a visit, once the caller is matched.
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
    # How many of the options stood on the first screen.
    in_view: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "verbatim", without_secret_numbers(self.verbatim))


@dataclass(frozen=True)
class RecordedAnswer:
    """A recorded answer. `is_current`: it is what counts now. `repeated`: it had been recorded before."""

    answer_id: int
    is_current: bool
    repeated: bool
