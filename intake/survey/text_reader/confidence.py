"""The confidence that something read in an answer is right, from what can be seen of the reading.

A logistic model over a dozen plain facts. Its weights are fitted by `bench/confidence.py` on the labelled answers,
read three times with a third of the phrases taken away each time: an answer that nobody has seen fails where a phrase
is missing, and the words left over are what gives it away. Nothing here knows a phrase or a source.
"""

import math
from dataclasses import dataclass

from intake.survey.spotting import kinds
from intake.survey.spotting.lexicon import SMALL_WORDS, words
from intake.survey.spotting.phrases import LIKELY, SURE
from intake.survey.spotting.spotter import Marked, SpottedTerm

# What people say around an answer without meaning anything by it.
_SAID_AROUND = SMALL_WORDS | words(
    "i me we us you it its he she they him them was were is are am be been from by at in on to of for with about as "
    "and or but so because through via who that this there here when then just also only too very well oh yes yeah "
    "hi hello please thank thanks told said says heard saw found recommended referred sent go come came got had have "
    "has did do one two three four five couple few several both mine yours dos tres varios "
    "every day days week time times year years "
    "y o e pero me lo la le les se por para con en a que como fue es era dijo vi soy ya si pues gracias"
)
_LOWEST, _HIGHEST = 0.05, 0.995


@dataclass(frozen=True, slots=True)
class ReadingFacts:
    """What is known of one thing read; each number is multiplied with the weight of the same name."""

    sure_phrase: float
    likely_phrase: float
    letters_off: float
    long_phrase: float
    own_source: float
    named: float
    unread: float
    unread_share: float
    words_said: float
    story: float
    others_read: float
    taken_away: float
    whole_answer: float
    person: float
    place_or_sign: float
    steered: float


WEIGHTS = ReadingFacts(
    sure_phrase=0.864,
    likely_phrase=-0.450,
    letters_off=-0.755,
    long_phrase=0.611,
    own_source=0.355,
    named=0.643,
    unread=-0.506,
    unread_share=-1.532,
    words_said=-0.095,
    story=-0.376,
    others_read=-0.305,
    taken_away=0.118,
    whole_answer=0.979,
    person=-0.535,
    place_or_sign=-0.705,
    steered=0.110,
)
INTERCEPT = 3.305


def facts(hit: SpottedTerm, hits: list[SpottedTerm], marked: Marked) -> ReadingFacts:
    """The facts of one of the `hits` that an answer is read as."""
    unread = [
        token.word
        for at, token in enumerate(marked.tokens)
        if at not in marked.understood and token.word not in _SAID_AROUND
    ]
    said = len(marked.tokens)
    base = hit.confidence + 0.04 * hit.letters_off
    return ReadingFacts(
        sure_phrase=float(base >= SURE - 0.01),
        likely_phrase=float(LIKELY - 0.1 <= base < SURE - 0.01),
        letters_off=float(min(hit.letters_off, 2)),
        long_phrase=float(hit.last > hit.first and not hit.person),
        own_source=float(hit.source is not None),
        named=float(hit.person is not None),
        unread=math.log1p(len(unread)),
        unread_share=len(unread) / said,
        words_said=math.log(said),
        story=float(said >= 12),
        others_read=float(len(hits) > 1),
        taken_away=math.log1p(len(marked.gone)),
        whole_answer=float(hit.last - hit.first + 1 == said),
        person=float(hit.concept in kinds.SOMEBODY),
        place_or_sign=float(hit.concept in ("drove_by", "returning", "event", "advertising")),
        steered=float(any(other.concept in ("NEGATION", "CORRECTION", "REFUSES_TO_SEND") for other in marked.hits)),
    )


def likelihood(known: ReadingFacts) -> float:
    """Between 0 and 1, never quite either."""
    weighed = INTERCEPT + sum(getattr(WEIGHTS, name) * getattr(known, name) for name in ReadingFacts.__slots__)
    return min(max(1 / (1 + math.exp(-weighed)), _LOWEST), _HIGHEST)
