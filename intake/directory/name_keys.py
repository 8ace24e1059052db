"""Names as they are compared: without case, accents, punctuation or doubled spaces."""

import re
import unicodedata
from collections.abc import Mapping
from typing import TypeVar

from rapidfuzz.distance import JaroWinkler

Key = TypeVar("Key")
# 0 to 1: Oby and Obi, Lindquist and Lindqvist, Chan and Chen.
ALIKE = 0.8
# Beside Pineda nobody who typed Pinada means Nadia.
MUCH_LESS = 0.05
TITLES = frozenset({"dr", "doctor", "md", "do", "np"})
# Letters that Unicode doesn't take apart into a base letter and an accent.
_SINGLE_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_INSIDE_A_WORD = re.compile(r"['’‘`ʼ´]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def normal(text: str) -> str:
    """Normalise a name: casefolded, unaccented, punctuation as single spaces; other scripts stay as they are.

    Apostrophes vanish, so that O'Brien, O’Brien and Obrien are one.
    """
    plain = _INSIDE_A_WORD.sub("", text.casefold())
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain.translate(_SINGLE_LETTERS))
        plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _BETWEEN_WORDS.sub(" ", plain).strip()


def name_words(text: str) -> frozenset[str]:
    """The words of one name, and all of them run together: people write Garcia-Lopez, Garcia Lopez, Garcialopez."""
    words = normal(text).split()
    return frozenset([*words, "".join(words)]) - {""}


def spelled_alike(text: str, names: Mapping[Key, str], *, most: int = 5) -> list[Key]:
    """Those few of many names that hold a word much like each word of the text, the likest first.

    For whoever looked for a name and found nobody. `names` as `normal` writes them. Likeness: Winkler, "String
    Comparator Metrics", Proceedings of the Section on Survey Research Methods, ASA (1990) 354–359.
    """
    typed = [word for word in normal(text).split() if word not in TITLES]
    # Initials and "MD" say nothing beside a name.
    words = [word for word in typed if len(word) > 2] or typed
    likeness = {
        key: min(max((JaroWinkler.similarity(word, each) for each in name.split()), default=0.0) for word in words)
        for key, name in (names if words else {}).items()
    }
    least = max(ALIKE, max(likeness.values(), default=0.0) - MUCH_LESS)
    best = sorted((key for key, score in likeness.items() if score >= least), key=lambda key: -likeness[key])
    return best[:most]
