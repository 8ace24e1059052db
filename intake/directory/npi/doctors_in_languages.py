"""Doctors as the languages of patients' pages call them: titles beside a name, and the commonest kinds."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from intake.directory.name_keys import normal
from intake.directory.npi.specialties import families

_TABLE = Path(__file__).with_suffix(".toml")
_TITLES = "titles"
# Written without spaces, a title is attached to the name.
_UNSPACED = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def title_places(words: list[str]) -> set[int]:
    """The places of titles among normalised words: `bac si` in `bac si pham`."""
    longest = max(map(len, _titles()))
    return {
        place
        for first in range(len(words))
        for size in range(1, longest + 1)
        if tuple(words[first : first + size]) in _titles() and len(words) >= first + size
        for place in range(first, first + size)
    }


def titles_apart(plain: str) -> str:
    """Normalised text with a space around titles that were attached to a name."""
    return _attached().sub(r" \1 ", plain) if _UNSPACED.search(plain) else plain


def without_titles(text: str) -> str:
    """What was typed without the titles before and after it; all of it when nothing else is there."""
    words = [word for word in re.split(r"([\s.,]+)", text.strip()) if word]
    while words:
        said = titles_apart(normal("".join(words))).split()
        if not title_places(said) & {0}:
            break
        first = next(size for size in (3, 2, 1) if tuple(said[:size]) in _titles())
        # As many written words as the title has.
        for _ in range(first):
            words = words[1:]
            while words and not normal(words[0]):
                words = words[1:]
    return "".join(words).strip() or text


@cache
def spoken_kinds() -> dict[str, tuple[str, ...]]:
    """What people say for a kind of doctor, normalised and without spaces → taxonomy codes."""
    meanings: dict[str, tuple[str, ...]] = {}
    for kinds in _table().values():
        for key, said in kinds.items():
            for word in said.split("|") if key != _TITLES else ():
                spoken = normal(word).replace(" ", "")
                meanings[spoken] = tuple(dict.fromkeys((*meanings.get(spoken, ()), *_codes()[key])))
    return meanings


@cache
def kind_in(language: str, code: str) -> str:
    """The kind of doctor that a taxonomy code belongs to, in the language; empty where we have no word for it."""
    kinds = _table().get(language, {})
    return next((said.split("|")[0].strip() for key, said in kinds.items() if code in _codes().get(key, ())), "")


@cache
def _table() -> dict[str, dict[str, str]]:
    table: dict[str, Any] = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return table


@cache
def _titles() -> frozenset[tuple[str, ...]]:
    said = (title for kinds in _table().values() for title in kinds[_TITLES].split("|"))
    return frozenset(tuple(normal(title).split()) for title in said)


@cache
def _attached() -> re.Pattern[str]:
    unspaced = sorted({"".join(title) for title in _titles() if _UNSPACED.search(title[0])}, key=len, reverse=True)
    return re.compile(f"({'|'.join(unspaced)})")


@cache
def _codes() -> dict[str, tuple[str, ...]]:
    return {family.key: tuple(family.codes) for family in families()}
