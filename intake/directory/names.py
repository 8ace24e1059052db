"""Names as people write them and as the registry keeps them: one plain form to compare, one to show."""

import re
import unicodedata

# Letters that Unicode doesn't take apart into a plain letter and a mark.
_WHOLE_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
)
# An apostrophe joins (O'Brien, D'Souza); a full stop too, when letters stand alone (M.D.).
_JOINING = re.compile(r"['’‘`´ʼ]|(?<=\b[^\W\d_])\.(?=\s?[^\W\d_]\b)")
_BREAKS = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W\d_]+")

_ROMAN = frozenset({"II", "III", "IV", "VI", "VII", "VIII"})
_SMALL_PARTICLES = frozenset(
    {"de", "del", "della", "der", "den", "la", "las", "los", "van", "von", "y", "da", "di", "dos"}
)


def plain(text: str) -> str:
    """Lower case, no accents, single spaces: `José O'Brien-Núñez` becomes `jose obrien nunez`."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold().translate(_WHOLE_LETTERS))
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _BREAKS.sub(" ", _JOINING.sub("", text.casefold())).strip()


def proper(name: str) -> str:
    """The registry's capitals as people write names: `MCGRAW-O'NEIL` becomes `McGraw-O'Neil`.

    A name that already has small letters was written by a person and stays as it is.
    """
    if any(letter.islower() for letter in name):
        return name
    return _WORD.sub(lambda match: _proper_word(match.group(), match.start()), name)


def _proper_word(word: str, start: int) -> str:
    if word in _ROMAN:
        return word
    low = word.lower()
    if start > 0 and low in _SMALL_PARTICLES:
        return low
    if len(low) > 4 and low.startswith("mc"):
        return "Mc" + low[2:].capitalize()
    return low.capitalize()
