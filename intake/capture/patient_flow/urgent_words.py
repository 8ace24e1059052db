"""Words on a tablet or a link that speak of danger, or ask for something: the desk reads them, whatever they answer."""

from datetime import datetime

from intake.capture.patient_flow import text_input
from intake.capture.patient_flow.steps import StepKind
from intake.sms.models import EMERGENCY
from intake.sms.queue.words_here import ERRAND_HERE, keep_words
from intake.survey.free_text.typed_answers import read_text
from intake.survey.models import Channel
from intake.survey.text_kind.emergencies import Danger
from intake.survey.text_kind.errands import is_errand
from intake.survey.text_kind.judge import danger_on_a_page
from intake.survey.text_kind.kinds import LastQuestion
from intake.survey.text_kind.no_answers import Answering, answering
from intake.survey.text_reader.reader import SURE_ENOUGH

# "Emergency", "the ER": where they were sent from, in so many words.
_BARE = 3


class SpokeOfDanger(Exception):
    """The patient is told first whom to call; what they wrote is kept for a person, and answers nothing yet."""

    def __init__(self, danger: Danger) -> None:
        super().__init__(str(danger))
        self.danger = danger


def heed(
    typed: str, visit_id: int | None, *, channel: Channel, submission_id: str, at: datetime, step: str
) -> Danger | None:
    """Keep for a person what the words say beside any answer; without a visit, whose they are isn't known yet. Flushes.

    `step`: key of the page on which they were written. Returns the danger that they speak of; None where the same words
    were kept before, so that whoever means them as their answer may give it.
    """
    text = text_input.tidy(typed)
    asked = LastQuestion.QUESTION if step.startswith(StepKind.WORDS) else LastQuestion.WHO

    def keep(outcome: str) -> bool:
        return keep_words(text, outcome=outcome, visit_id=visit_id, channel=channel, submission_id=submission_id, at=at)

    danger = danger_on_a_page(text, asked=asked)
    if danger is not None and not _names_where(text):
        return danger if keep(EMERGENCY) else None
    if answering(text) is not Answering.YES and is_errand(text):
        keep(ERRAND_HERE)
    return None


def _names_where(text: str) -> bool:
    return len(text.split()) <= _BARE and any(each.confidence >= SURE_ENOUGH for each in read_text(text).mentions)
