"""Whether two words are one that was spelled another way or typed with a slip."""

import re
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA

_LONG = 9
# Letters that are written for one another where they sound alike; the order matters.
_HEARD = [
    (re.compile(pattern), instead)
    for pattern, instead in (
        ("^mc(?=.{3})", "mac"), ("eigh", "i"), ("ph|f", "v"), ("sch", "sh"), ("ch(?=r)|ck|qu|q", "k"), ("kh", "k"),
        ("c(?=[eiy])", "s"), ("c(?!h)", "k"), ("z", "s"), ("x", "ks"), ("y", "i"), ("ee|ie|ei", "i"),
        ("(?<![sc])(?<!^)h", ""), (r"(.)\1+", r"\1"),
    )
]  # fmt: skip
_VOWELS = frozenset("aeiouy")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = frozenset(
    frozenset((one, other))
    for row, below in zip(_ROWS, (*_ROWS[1:], ""), strict=True)
    for place, one in enumerate(row)
    for other in row[place + 1 : place + 2] + below[max(0, place - 1) : place + 1]
) | {frozenset("mn"), frozenset("il"), frozenset("uv"), frozenset("bd"), frozenset("pq")}


@lru_cache(1 << 16)
def heard(word: str) -> str:
    """The word as it sounds, near enough that Kathryn is Cathryn and Gonzales is Gonzalez, and Paul isn't Paula."""
    for pattern, instead in _HEARD:
        word = pattern.sub(instead, word)
    return word


def one_slip(one: str, other: str, shortest: int = 4) -> bool:
    """Whether one letter is wrong, too many, missing, or two are turned; in long words twice, in short ones never."""
    shorter = min(len(one), len(other))
    if one == other or shorter < shortest:
        return False
    if one.replace("rn", "m") == other.replace("rn", "m"):
        return True
    allowed = 2 if shorter >= _LONG else 1
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def easy_slip(one: str, other: str) -> bool:
    """As `one_slip`, once, and of a kind that fingers make: no other first letter, no end that makes another name."""
    if one[:1] != other[:1] or not one_slip(one, other) or OSA.distance(one, other) > 1:
        return False
    if len(one) != len(other):
        longer, shorter = sorted((one, other), key=len, reverse=True)
        return not (longer.startswith(shorter) and longer[-1] in _VOWELS)
    wrong = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    letters: Any = frozenset((one[wrong[0]], other[wrong[0]]))
    return len(wrong) == 2 or letters <= _VOWELS or letters in _NEIGHBOURS


def swapped(one: str, other: str) -> bool:
    """Whether two of the signs have changed places, wherever they stand."""
    if len(one) != len(other):
        return False
    wrong = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return len(wrong) == 2 and one[wrong[0]] == other[wrong[1]] and one[wrong[1]] == other[wrong[0]]
