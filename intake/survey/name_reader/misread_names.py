"""Surnames that look like something else: Ingram isn't Instagram, Mehta isn't Meta, and a Mr. Banner is no billboard.

Only where a word stands alone or beside a name: in "my docter" and "saw your baner" the rest says what is meant.
"""

from intake.survey.name_reader.lookups import SENDS
from intake.survey.name_reader.name_words import is_ordinary
from intake.survey.spotting import kinds
from intake.survey.spotting.lexicon import FIRST_NAMES, SMALL_WORDS
from intake.survey.spotting.practice_sources import SourceIndex, lexicon
from intake.survey.spotting.spotter import Marked, SpottedTerm
from intake.survey.spotting.surnames import is_common_surname, is_surname

_BRANDS = kinds.SOCIAL | kinds.REVIEWS | kinds.ENGINES | kinds.INSURERS - {"insurance"}
_FEW = 3
_SURELY_MISSPELLED = 6


def judge_names(marked: Marked, index: SourceIndex, hits: list[SpottedTerm]) -> list[SpottedTerm]:
    """The hits without those that are rather surnames; what may be either is left as a proposal."""
    hits = [hit for hit in hits if not _is_a_sender(marked, hit)]
    if len(marked.tokens) > _FEW:
        return hits
    kept = []
    for hit in hits:
        alone = hit.first == hit.last and _stands_alone(marked, hit)
        if not alone or not _may_be_a_name(marked, index, hit):
            kept.append(hit)
        elif not hit.concept.isupper() and not (hit.letters_off and _is_rather_a_name(marked, hit)):
            hit.proposed = True
            kept.append(hit)
    return kept


def _is_a_sender(marked: Marked, hit: SpottedTerm) -> bool:
    """ "Mehta referred me": a surname that is a letter off a brand."""
    said = hit.letters_off and hit.first == hit.last and marked.word(hit.last + 1) in SENDS
    return bool(said) and not hit.concept.isupper() and is_surname(marked.tokens[hit.first].stem)


def _is_rather_a_name(marked: Marked, hit: SpottedTerm) -> bool:
    brand = hit.concept in _BRANDS or hit.letters_off > 1
    return is_surname(marked.tokens[hit.first].stem) and (
        brand or len(marked.tokens[hit.first].stem) < _SURELY_MISSPELLED
    )


def _stands_alone(marked: Marked, hit: SpottedTerm) -> bool:
    """Whether nothing is said beside it, or a word that nobody knows."""
    others = [marked.tokens[at].stem for at in range(len(marked.tokens)) if at != hit.first]
    return all(_is_strange(word) for word in others)


def _is_strange(word: str) -> bool:
    known = word in SMALL_WORDS or word in lexicon().words or is_ordinary(word)
    return word in FIRST_NAMES or (word.isalpha() and not known)


def _may_be_a_name(marked: Marked, index: SourceIndex, hit: SpottedTerm) -> bool:
    word = marked.tokens[hit.first].stem
    if hit.concept.isupper():
        return bool(hit.letters_off) and is_surname(word)
    if hit.letters_off:
        # A letter off a word of the list or a brand is no name that the census has forgotten.
        usual = hit.source or hit.concept in _BRANDS or hit.phrase in index.labels.words
        surely = usual and hit.letters_off == 1 and len(word) >= _SURELY_MISSPELLED and len(marked.tokens) == 1
        return is_surname(word) or not surely
    if word in index.labels.words:
        return len(marked.tokens) > 1 and is_common_surname(word)
    # "Temples" is a surname, "temple" the word.
    return is_common_surname(word) or (word not in lexicon().root.children and is_surname(word))
