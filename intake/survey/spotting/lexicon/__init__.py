"""The words that matching knows, kept as text files that anyone can read and extend."""

from functools import cache
from pathlib import Path

FILES = Path(__file__).parent


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


@cache
def phrases(name: str) -> dict[str, list[str]]:
    """Concept → its phrases as written, from `name`.txt; the notation is explained in english.txt."""
    found: dict[str, list[str]] = {}
    concept = ""
    for line in _lines(name):
        if line.startswith("["):
            concept = line.strip("[]")
            found[concept] = []
        else:
            found[concept] += [" ".join(phrase.split()) for phrase in line.split("|") if phrase.strip()]
    return found


@cache
def word_list(name: str) -> frozenset[str]:
    """The words of `name`.txt."""
    return words(" ".join(_lines(name)))


def _lines(name: str) -> list[str]:
    lines = (line.strip() for line in (FILES / f"{name}.txt").read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("# ") and line != "#"]


SMALL_WORDS = word_list("small_words")
ORDINARY = word_list("ordinary")
ORDINARY_SPANISH = word_list("ordinary_spanish")
FIRST_NAMES = word_list("first_names")
NAMES_NOT_ALONE = word_list("names_not_alone")
# Words that are spelled like one that means something here, without being it.
REAL_WORDS = word_list("real_words")
