"""The kinds of texts that people send back, and what is known of one."""

from dataclasses import dataclass
from enum import StrEnum

from intake.survey.text_kind.emergencies import Danger
from intake.survey.text_kind.opt_outs import OptOut


class TextKind(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    WRONG_NUMBER = "wrong_number"
    EMERGENCY = "emergency"
    ERRAND = "errand"
    REACTION = "reaction"
    AUTO_REPLY = "auto_reply"
    CORRECTION = "correction"
    ANSWER = "answer"
    # Nothing above, and no reading either; whoever asks what it answers says so.
    UNCLEAR = "unclear"


class LastQuestion(StrEnum):
    """What we asked last: the question itself, which doctor or friend, whether it is this doctor; after our thanks
    nothing any more.
    """

    QUESTION = "question"
    WHO = "who"
    CONFIRM = "confirm"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Judged:
    """What a text is. `rest`: what it says beside a stop, or instead of what is corrected.

    `opt_out` is set for a stop, and as DOUBTFUL beside other kinds when the sender should be asked whether they meant
    it. `wrong_phone` and `death` tell what is wrong with the chart. `surely_answers`: no need to ask again what it
    means, though nothing can be read in it.
    """

    kind: TextKind
    danger: Danger | None = None
    opt_out: OptOut | None = None
    rest: str = ""
    wrong_phone: bool = False
    death: bool = False
    surely_answers: bool = False
