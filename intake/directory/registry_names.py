"""Names of the registry, which are in capitals, as people write them."""

import re

_WORD = re.compile(r"[^\W\d_]+")
_NUMERALS = frozenset({"II", "III", "IV", "VI", "VII", "VIII"})
_SMALL_WORDS = frozenset({"de", "del", "della", "der", "den", "la", "las", "los", "da", "di", "dos", "y", "of", "and"})
# As the registry abbreviates them, without dots: of physicians, and of others who hold a doctorate.
_DOCTOR = re.compile(
    r"MD|DO|DPM|DDS|DMD|OD|DC|MBBS|MBCHB|MBBCH|ND|NMD|DVM|VMD|PHARMD|PHD|DNP|DPT|PSYD|AUD|EDD|SCD|DRPH|DMSC|OTD"
)


def proper(name: str) -> str:
    """Write a name in capitals as people do: `MCGRAW-O'NEIL` becomes `McGraw-O'Neil`.

    A name that already has small letters was written by a person and stays as it is.
    """
    if any(letter.islower() for letter in name):
        return name
    return _WORD.sub(lambda match: _proper_word(match.group(), match.start(), name), name)


def physician_name(first_name: str, last_name: str, credential: str) -> str:
    """As people write it: `Maria Gonzalez, MD`."""
    name = f"{proper(first_name)} {proper(last_name)}".strip() or "Name not known"
    return f"{name}, {credential}" if credential else name


def salutation(first_name: str, last_name: str, credential: str) -> str:
    """As a letter addresses them: `Dr. Gonzalez`; without a doctor's credential the full name, `Joan Lee, PA-C`."""
    held = re.split(r"[\s,;/]+", credential.upper().replace(".", ""))
    if last_name.strip() and any(_DOCTOR.fullmatch(each) for each in held):
        return f"Dr. {proper(last_name)}"
    return physician_name(first_name, last_name, credential)


def _proper_word(word: str, start: int, name: str) -> str:
    if word in _NUMERALS:
        return word
    low = word.lower()
    if start > 0 and low in _SMALL_WORDS:
        return low
    if low == "s" and start > 0 and name[start - 1] in "'’":
        return low
    if len(low) > 4 and low.startswith("mc"):
        return "Mc" + low[2:].capitalize()
    return low.capitalize()
