"""Whether what was written where an answer was asked for is one at all; one judgement for desk, tablet, link and text.

"Insurance card attached", "standing all day at my job" and "I am here for my mom" name things that send patients, and
say nothing of how the writer heard of us.
"""

from enum import Enum

from intake.survey.text_kind.errands import is_errand
from intake.survey.text_kind.reply_words import phrases, plain_form, sentences


class Answering(Enum):
    """Whether a text answers the question."""

    YES = 1
    # It may; nothing in it counts before a person has said so.
    DOUBTFUL = 2
    NO = 3


_SHORTEST_ERRAND = 3
# Whoever writes more than this tells a story, and a story has its answer in words that nobody foresaw; an errand may be
# the beginning of one sooner.
_A_STORY, _ERRAND_IN_A_STORY = 14, 9


def answering(text: str) -> Answering:
    """Whether a text answers "How did you hear about us?". Linear in its length."""
    said = [plain_form(sentence) for sentence in sentences(text)]
    told = [phrases("led").search(sentence) is not None for sentence in said]
    if any(told):
        return Answering.YES
    length = len(plain_form(text).split())
    if any(phrases("no_answer").search(sentence) for sentence in said):
        return Answering.NO if length <= _A_STORY else Answering.DOUBTFUL
    if length >= _SHORTEST_ERRAND and is_errand(text):
        return Answering.NO if length <= _ERRAND_IN_A_STORY else Answering.DOUBTFUL
    if any(phrases("doubtful_answer").search(sentence) for sentence in said):
        return Answering.DOUBTFUL
    return Answering.YES


def leaves_it_to_another(text: str) -> bool:
    """ "Idk, my wife handles that": they don't know, and whoever is spoken of sent nobody."""
    return phrases("left_to_another").search(plain_form(text)) is not None
