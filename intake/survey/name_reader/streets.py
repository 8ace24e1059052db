"""Streets named to say where something is: "that clinic on preston highway", "la clínica de la avenida preston"."""

from intake.survey.name_reader.name_words import is_ordinary
from intake.survey.spotting.lexicon import FIRST_NAMES, SMALL_WORDS, words
from intake.survey.spotting.practice_sources import lexicon
from intake.survey.spotting.spotter import Marked

STREETS = words(
    "st street ave avenue rd road blvd boulevard lane ln pkwy parkway highway hwy pike route rt rte interstate "
    "turnpike calle avenida carretera autopista"
)
_NAME_FOLLOWS = words("calle avenida carretera autopista av ave esquina boulevard blvd")
# As often somebody's surname: "Linda St. Clair", "Joanne Pike".
_NAMES_AS_WELL = words("st lane pike")
_PLACING = words("on at off near across en sobre de cerca por")
_ARTICLES = words("the that la el las los esa ese de")
_LONGEST = 3


def street_places(marked: Marked) -> set[int]:
    """The words of the names of streets, and of what is only said to be "en la preston"."""
    found: set[int] = set()
    for at in range(len(marked.tokens)):
        word = marked.word(at)
        if word in STREETS:
            found |= _before(marked, at)
        if word in _NAME_FOLLOWS:
            found |= _after(marked, at)
        if word in ("en", "sobre") and marked.word(at + 1) in ("la", "el"):
            found |= _after(marked, at + 1)
    return found


def _before(marked: Marked, at: int) -> set[int]:
    """The name that ends at a word for a street, back to the word that places it there."""
    for first in range(at - 1, max(at - 2 - _LONGEST, -1), -1):
        if marked.word(first) in _PLACING:
            return set(range(first + 1, at))
        if marked.joints[first + 1]:
            break
    alone = marked.word(at) not in _NAMES_AS_WELL and at > 0 and not marked.joints[at]
    return {at - 1} if alone else set()


def _after(marked: Marked, at: int) -> set[int]:
    first = at + 1
    while marked.word(first) in _ARTICLES:
        first += 1
    last = first
    while last < min(first + _LONGEST, len(marked.tokens)) and not marked.joints[last] and _may_name(marked.word(last)):
        last += 1
    return set(range(first, last))


def _may_name(word: str) -> bool:
    return word in FIRST_NAMES or not (word in SMALL_WORDS or is_ordinary(word) or word in lexicon().words)
