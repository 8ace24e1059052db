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
# "My wife won't stop telling me about you" asks nobody to stop; "you won't stop texting me" does.
_SOMEBODY_GOES_ON = re.compile(
    r"\b(?<!you )(?<!u )(?<!guys )"
    r"(?:wont|wouldnt|couldnt|cant|didnt|doesnt|never|(?:will|would|could|can|did|does) ?not) (?:ever )?stop\b"
)


_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_POLITE = frozenset(
    [
        "please",
        "pls",
        "plz",
        "now",
        "already",
        "ok",
        "okay",
        "thanks",
        "thank",
        "you",
        "gracias",
        "favor",
        "por",
        "just",
    ]
)


class Wish(StrEnum):
    STOP = "stop"
    WRONG_NUMBER = "wrong_number"
    START = "start"
    HELP = "help"


def wish_of(body: str) -> Wish | None:
    """What this text asks of the line, or None when it is something to read.

    English and Spanish, whatever the case, accents and punctuation. Time is linear in the length of the text.
    """
    # "Stoppp": drawn out, it is the same word.
    plain = _DRAWN_OUT.sub(r"\1", plain_form(body))
    words = plain.split()
    if not words:
        return None
    lists = _lists()
    if set(words) == {"stop"}:
        return Wish.STOP
    starts_with_stop = words[0] == "stop" and len(words) <= LONGEST_STOP_SENTENCE and plain not in lists["not_stop"]
    if plain.replace(" ", "") in lists["carrier_stop"] or _bare(words) in lists["stop"] or starts_with_stop:
        return Wish.STOP
    for name, wish in (("start", Wish.START), ("help", Wish.HELP)):
        if plain in lists[name]:
            return wish
    sentence = _SOMEBODY_GOES_ON.sub(" ", plain)
    for name, wish in (("stop_phrases", Wish.STOP), ("wrong_number_phrases", Wish.WRONG_NUMBER)):
        if _pattern(name).search(sentence):
            return wish
    return None


def _bare(words: list[str]) -> str:
    """Without what only makes it polite or impatient at either end; all of it when nothing else is there."""
    first, last = 0, len(words)
    while first < last - 1 and words[first] in _POLITE:
        first += 1
    while last > first + 1 and words[last - 1] in _POLITE:
        last -= 1
    bare = " ".join(words[first:last])
    return bare if bare not in _POLITE else " ".join(words)


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
