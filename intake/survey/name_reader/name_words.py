"""Whether a word can be part of a name where it stands."""

from intake.survey.spotting.lexicon import FIRST_NAMES, NAMES_NOT_ALONE, ORDINARY, ORDINARY_SPANISH, SMALL_WORDS
from intake.survey.spotting.practice_sources import SourceIndex, lexicon
from intake.survey.spotting.spotter import Marked

MOST_NAMES = 3
_SHORT = 6


def is_ordinary(word: str) -> bool:
    return word in ORDINARY or word in ORDINARY_SPANISH


def is_cased(marked: Marked, at: int) -> bool:
    """Written with a capital where capitals say something."""
    return marked.tokens[at].capital and not marked.flat


def is_given_name(marked: Marked, at: int) -> bool:
    word = marked.tokens[at].stem
    everyday = word in NAMES_NOT_ALONE or is_ordinary(word)
    return word in FIRST_NAMES and (not everyday or is_cased(marked, at))


def is_meaningful(marked: Marked, index: SourceIndex, at: int) -> bool:
    """Whether the word means something else here, as typed or respelled."""
    word = marked.tokens[at].stem
    return (
        word in lexicon().root.children
        or word in index.labels.words
        or any(option.letters_off for option in marked.options[at])
    )


def is_meant_otherwise(marked: Marked, index: SourceIndex, at: int) -> bool:
    """Whether a word with a capital right after "my buddy" is no name after all: short words respell too easily."""
    token = marked.tokens[at]
    plainly = token.stem in lexicon().root.children or token.stem in index.labels.words
    return plainly or (len(token.stem) > _SHORT and is_meaningful(marked, index, at))


def is_name_like(marked: Marked, index: SourceIndex, at: int, *, cased: bool = False) -> bool:
    """Whether the word may be a name: a given name, or no word that is known. `cased`: only if written as one."""
    word = marked.tokens[at].stem
    if not word.isalpha() or word in SMALL_WORDS:
        return False
    if is_given_name(marked, at):
        return True
    if is_ordinary(word) or word in lexicon().words:
        return False
    if is_cased(marked, at):
        return True
    return not cased and not index.speller.knows(word) and index.speller.respell(word) is None


def is_initial(marked: Marked, at: int) -> bool:
    token = marked.tokens[at]
    return len(token.word) == 1 and token.word.isalpha() and (is_cased(marked, at) or token.word not in "aeiouy")


def quoted_name(marked: Marked, first: int, last: int) -> str:
    """The name as typed, without a possessive ending and with the full stop of a final initial ("Linda M.")."""
    piece = marked.piece(first, last)
    end = marked.tokens[last].end
    if len(marked.tokens[last].word) == 1 and marked.text[end : end + 1] == ".":
        return f"{piece}."
    return piece.removesuffix("'s").removesuffix("’s")
