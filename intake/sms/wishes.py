"""What a text asks of the line itself: to stop, to go on, for help.

47 CFR 64.1200(a)(10): a person may revoke consent by any reasonable means that clearly expresses it. The carrier
matches only single English words, so everything else is ours to honour. The words stand in wishes.toml.
"""

import re
import tomllib
import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

# A text has at most 1,600 characters at the carrier; what is longer was not written on a phone.
LONGEST_READ = 1600
LONGEST_STOP_SENTENCE = 2


class Wish(StrEnum):
    STOP = "stop"
    WRONG_NUMBER = "wrong_number"
    START = "start"
    HELP = "help"


def wish_of(body: str) -> Wish | None:
    """What this text asks of the line, or None when it is something to read.

    English and Spanish, whatever the case, accents and punctuation. Time is linear in the length of the text.
    """
    plain = plain_form(body)
    words = plain.split()
    if not words:
        return None
    lists = _lists()
    starts_with_stop = words[0] == "stop" and len(words) <= LONGEST_STOP_SENTENCE
    if plain.replace(" ", "") in lists["carrier_stop"] or plain in lists["stop"] or starts_with_stop:
        return Wish.STOP
    for name, wish in (("start", Wish.START), ("help", Wish.HELP)):
        if plain in lists[name]:
            return wish
    for name, wish in (("stop_phrases", Wish.STOP), ("wrong_number_phrases", Wish.WRONG_NUMBER)):
        if _pattern(name).search(plain):
            return wish
    return None


def resumes_at_carrier(body: str) -> bool:
    """Whether the carrier itself takes this text for START. YES is one, so no answer may ever be asked for with it."""
    return plain_form(body) in _lists()["carrier_start"]


def confirmed_by_carrier(body: str) -> bool:
    """Whether the carrier stops this person, and tells them so, by itself."""
    return plain_form(body) in _lists()["carrier_stop"]


def plain_form(body: str) -> str:
    """Casefolded, unaccented, apostrophes closed up, everything else but letters and digits a single space."""
    folded = unicodedata.normalize("NFKD", body[:LONGEST_READ].casefold().replace("'", "").replace("\u2019", ""))
    letters = (
        character if character.isalnum() else " " for character in folded if not unicodedata.combining(character)
    )
    return " ".join("".join(letters).split())


@cache
def _lists() -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in _words().items() if not name.endswith("_phrases")}


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(_words()[name])})\b")


@cache
def _words() -> dict[str, list[str]]:
    return tomllib.loads(Path(__file__).with_name("wishes.toml").read_text(encoding="utf-8"))
