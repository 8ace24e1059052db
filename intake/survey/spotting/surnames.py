"""Surnames of the census, so that a rare one isn't taken for a misspelled word."""

from functools import cache
from importlib.resources import files

# So many of the most frequent have a hundred thousandth of the people or more, each.
_COMMON = 12_000


def is_surname(word: str) -> bool:
    """Whether anybody is called so, for a word in plain letters."""
    return f"\n{word.upper()}\n" in _listed()[1]


def is_common_surname(word: str) -> bool:
    """Whether so many are called so that the word alone may as well be somebody's name."""
    return f"\n{word.upper()}\n" in _listed()[0]


@cache
def _listed() -> tuple[str, str]:
    """One string each rather than a set of 89,000: an eighth of the memory, and few words are ever asked about."""
    lines = (files("names") / "dist.all.last").read_text(encoding="ascii").splitlines()
    names = [line.split(" ", 1)[0] for line in lines]
    return "\n".join(["", *names[:_COMMON], ""]), "\n".join(["", *names, ""])
