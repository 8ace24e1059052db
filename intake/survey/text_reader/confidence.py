"""The confidence that something read in an answer is right, from what can be seen of the reading.

A logistic model over a score of plain facts. Its weights, in `confidence.toml`, are fitted and written by
`./dev bench confidence` on labelled answers, read three times with a third of the phrases taken away each time: an
answer that nobody has seen fails where a phrase is missing, and the words left over are what gives it away. Nothing
here knows a phrase or a source.
"""

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
    "every day days week time times year years ago how great talking talk talks offered take "
    "stop raving raves swears couldnt wouldnt "
    "y o e pero me lo la le les se por para con en a que como fue es era dijo vi soy ya si pues gracias"
)
_DENIES = words("not no never didnt dont wasnt couldnt isnt cant doesnt without except nunca sin")
# Who is said to have done one of these is a source; whoever did something else may only have been there.
_LEADS = words(
    "told tells said says sent sends recommended recommends recommend referred refers suggested mentioned heard saw "
    "seen found had has did does came comes went goes uses used works is was and who gave posted shared got loves "
    "dijo mando recomendo refirio vino fue conto hablo"
)
_A_SENTENCE = 6
_DENIAL_REACH = 8
_LOWEST, _HIGHEST = 0.05, 0.995
FITTED = Path(__file__).with_suffix(".toml")


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
    unread_beside: float
    denied_nearby: float
    asks: float
    somebody_idle: float
    touching: float


@cache
def weights() -> tuple[ReadingFacts, float]:
    """The fitted weights and the intercept, of `confidence.toml`."""
    fitted = tomllib.loads(FITTED.read_text(encoding="utf-8"))
    return ReadingFacts(**fitted["weights"]), fitted["intercept"]


def facts(hit: SpottedTerm, hits: list[SpottedTerm], marked: Marked) -> ReadingFacts:
    """The facts of one of the `hits` that an answer is read as."""
    unread = {
        at
        for at, token in enumerate(marked.tokens)
        if at not in marked.understood and token.word not in _SAID_AROUND and not token.word.isdigit()
    }
    said = len(marked.tokens)
    idle = hit.concept in kinds.SOMEBODY and not _LEADS & set(marked.words(hit.last + 1, hit.last + 4))
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
        unread_beside=float(not unread.isdisjoint((hit.first - 1, hit.last + 1))),
        denied_nearby=float(_is_denied_nearby(marked, hit)),
        asks=float("?" in marked.text),
        somebody_idle=float(idle and said > _A_SENTENCE),
        touching=float(_touches_another(marked, hit)),
    )


def _is_denied_nearby(marked: Marked, hit: SpottedTerm) -> bool:
    """Whether something is denied in the same breath; "couldn't stop raving about you" denies nothing."""
    near = range(max(hit.first - _DENIAL_REACH, 0), min(hit.last + _DENIAL_REACH + 1, len(marked.tokens)))
    return any(
        marked.word(at) in _DENIES
        and marked.word(at + 1) != "stop"
        and marked.segments[at] == marked.segments[hit.first]
        for at in near
    )


def _touches_another(marked: Marked, hit: SpottedTerm) -> bool:
    """Whether something else is named right beside it: the words together may mean a third thing ("ER doctor")."""
    return any(
        other.concept != hit.concept
        and not other.concept.isupper()
        and 1 in (other.first - hit.last, hit.first - other.last)
        for other in (*marked.hits, *marked.gone)
        if not marked.joints[max(other.first, hit.first)]
    )


def likelihood(known: ReadingFacts) -> float:
    """Between 0 and 1, never quite either."""
    fitted, weighed = weights()
    for name in ReadingFacts.__slots__:
        weighed += getattr(fitted, name) * getattr(known, name)
    return min(max(1 / (1 + math.exp(-weighed)), _LOWEST), _HIGHEST)
