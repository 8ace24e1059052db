"""The words of danger and of stop as people in a hurry spell them: "brething", "suiside", "kitar", "stpo".

Only a word that nobody uses otherwise is read as another; "bruise" and "Hart" stay what they are.
"""

import re
from functools import cache, lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from intake.survey.spotting.lexicon import FIRST_NAMES, ORDINARY, ORDINARY_SPANISH, REAL_WORDS, SMALL_WORDS
from intake.survey.spotting.spell_checker import sound
from intake.survey.spotting.surnames import is_surname
from intake.survey.text_kind.reply_words import (
    elsewhere,
    phrases,
    plain_form,
    respellings,
    sign_words,
    whole_texts,
    word_set,
)

_SHORTEST = 4
_KEYS = {
    key: (row, at) for row, keys in enumerate(("qwertyuiop", "asdfghjklñ", "zxcvbnm")) for at, key in enumerate(keys)
}
_MASHED = 0.75
# Letters off by length: one from five letters on, two from eight on.
_ONE_OFF, _TWO_OFF = 5, 8
_LONGEST = 20
_ENDINGS = ("", "s", "es", "ed", "ing", "ly", "er")
_READ = (
    "emergency",
    "called",
    "self_harm",
    "figurative",
    "sent_by",
    "past",
    "past_time",
    "negated",
    "acute",
    "stop",
    "start_again",
    "wrong_number",
)


def respelled(plain: str) -> str:
    """A sentence in plain form with the words of danger spelled as the language files spell them."""
    said = " ".join(_word(word) for word in plain.split())
    pattern, instead = respellings()
    return pattern.sub(lambda match: instead[match.group()], said)


@lru_cache(maxsize=4096)
def stop_meant(plain: str) -> bool:
    """Whether a text that is one word only misspells a word for stop."""
    if " " in plain or not plain.isalpha() or not _SHORTEST <= len(plain) <= _LONGEST:
        return False
    if plain in _used_otherwise() or plain in word_set("no_stop"):
        return False
    return any(_misspells(plain, stop, allowed=_allowed_for_stop(stop)) for stop in _stops())


def is_mash(text: str) -> bool:
    """Whether a text is keys pressed at random, "asdfgh" or "ghhhbvv": neighbours in a row, and no word or name."""
    words = plain_form(text).split()
    return bool(words) and all(map(_is_mashed, words))


def _is_mashed(word: str) -> bool:
    if len(word) < _SHORTEST or not set(word) <= _KEYS.keys() or word in _used_otherwise() or is_surname(word):
        return False
    farthest = 1 if set(word) & set("aeiouy") else 2
    near = [_apart(*pair) <= farthest for pair in pairwise(word)]
    return sum(near) >= _MASHED * len(near)


def _apart(key: str, other: str) -> int:
    (row, at), (other_row, other_at) = _KEYS[key], _KEYS[other]
    return abs(at - other_at) if row == other_row else len(_KEYS)


@cache
def _stops() -> tuple[str, ...]:
    return tuple(sorted(word for word in whole_texts("stop") if word.isascii() and word.isalpha() and len(word) > 3))


def _allowed_for_stop(stop: str) -> int:
    if stop == "stop":
        return 1
    return 0 if len(stop) < _ONE_OFF else 1 if len(stop) < _TWO_OFF else 2


@lru_cache(maxsize=4096)
def _word(word: str) -> str:
    if not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha() or _is_known(word):
        return word
    sounds = _sound(word)
    best, fewest = word, 3
    for right in sorted(_vocabulary()):
        if sounds == _sound(right):
            return right
        allowed = 0 if len(right) < _ONE_OFF else 1 if len(right) < _TWO_OFF else 2
        if word[0] != right[0] or abs(len(word) - len(right)) > allowed:
            continue
        off = OSA.distance(word, right, score_cutoff=allowed)
        if off == 2 and OSA.distance(sounds, _sound(right), score_cutoff=1) > 1:
            continue
        if off <= allowed and (off, right) < (fewest, best):
            best, fewest = right, off
    return best


def _is_known(word: str) -> bool:
    """Whether the word, or the one that it is a form of, is read as it stands: "cooking" is no "choking"."""
    bases = {word.removesuffix(ending) for ending in _ENDINGS}
    undoubled = {base[:-1] for base in bases if len(base) > _SHORTEST and base[-1] == base[-2]}
    return not _known().isdisjoint(bases | undoubled | {f"{base}e" for base in bases})


def _misspells(word: str, right: str, *, allowed: int) -> bool:
    if _sound(word) == _sound(right):
        return True
    if not allowed or abs(len(word) - len(right)) > allowed:
        return False
    return (word[0] == right[0] or right == "stop") and OSA.distance(word, right) <= allowed


@lru_cache(maxsize=4096)
def _sound(word: str) -> str:
    """ "kitar" is heard as "quitar"; "surfing" isn't "suffering", so th and f stay apart."""
    return sound(word.replace("qu", "k").replace("th", "0"))


@cache
def _vocabulary() -> frozenset[str]:
    return word_set("spelled") | word_set("spelled_for_the_line")


@cache
def _used_otherwise() -> frozenset[str]:
    return (ORDINARY | ORDINARY_SPANISH | FIRST_NAMES | REAL_WORDS | SMALL_WORDS) - _vocabulary()


@cache
def _known() -> frozenset[str]:
    """The words that are read as they stand: what people use otherwise, and the words of the signs themselves."""
    written = " ".join(
        [phrases(name).pattern for name in _READ] + [elsewhere(name)[0].pattern for name in ("emergency", "self_harm")]
    )
    listed = frozenset(word for word in re.findall(r"[^\W\d_]+", written) if len(word) >= _SHORTEST)
    return _used_otherwise() | listed | _vocabulary() | sign_words()
