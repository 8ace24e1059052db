"""Names as they are compared: without case, accents, punctuation or doubled spaces."""

import re
import unicodedata

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
