"""Specialties in plain words: a name for each taxonomy code, and the codes that people's own words mean.

Our words cover the codes that nearly all clinicians carry. The code set's own text isn't ours to ship; a practice
that wants the rest loads the publisher's file with `flask taxonomy import`.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import select

from intake.db import db
from intake.directory.models import Taxonomy
from intake.directory.name_keys import normal

_TABLE = Path(__file__).with_name("specialties.toml")


@dataclass(frozen=True)
class Family:
    """Codes that people call by the same words."""

    key: str
    plain: str
    words: tuple[str, ...]
    codes: dict[str, str]


@cache
def families() -> tuple[Family, ...]:
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return tuple(
        Family(key, entry.get("plain", ""), tuple(entry["words"]), entry["codes"]) for key, entry in table.items()
    )


def specialty_name(code: str) -> str:
    """Name of a taxonomy code: `Heart doctor (cardiology)`, else the loaded code set's name, else empty."""
    if not code:
        return ""
    return _own_names().get(code) or db.session.scalar(select(Taxonomy.name).where(Taxonomy.code == code)) or ""


def specialty_names(codes: set[str]) -> dict[str, str]:
    """Names of many codes, with one query at most; a code without a name is left out."""
    own = _own_names()
    names = {code: own[code] for code in codes if code in own}
    if missing := [code for code in codes if code and code not in own]:
        rows = db.session.execute(select(Taxonomy.code, Taxonomy.name).where(Taxonomy.code.in_(missing)))
        names.update({row.code: row.name for row in rows})
    return names


@cache
def lay_words() -> dict[str, tuple[str, ...]]:
    """What people say, normalised and without spaces (`heartdoctor`) → taxonomy codes."""
    meanings: dict[str, dict[str, None]] = {}
    for family in families():
        names = [name for name in family.codes.values() if name and " " not in name and "," not in name]
        for word in (*family.words, *names):
            # Written with and without "doctor": "heart dr", "skin doc".
            spoken = normal(word)
            meanings.setdefault(spoken.replace(" ", ""), {}).update(dict.fromkeys(family.codes))
            if spoken.endswith(" doctor"):
                for short in ("dr", "doc", "md", "doctors", "physician", "specialist"):
                    other = spoken.removesuffix("doctor").replace(" ", "") + short
                    meanings.setdefault(other, {}).update(dict.fromkeys(family.codes))
    return {word: tuple(codes) for word, codes in meanings.items()}


@cache
def spoken_words() -> frozenset[str]:
    """Single words of people's own names for specialties: heart, ear, doctor."""
    said = (word for family in families() for word in (*family.words, *family.codes.values()))
    words = {part for word in said for part in normal(word).split() if len(part) > 1}
    return frozenset(words | {"dr", "doc", "md", "docter", "docotr", "doctr", "dotcor"})


@cache
def choices_by_name() -> tuple[tuple[str, str], ...]:
    """(code, name) of every specialty that we have words for, by name; each name once."""
    by_name: dict[str, str] = {}
    for code, name in _own_names().items():
        by_name.setdefault(name, code)
    return tuple((code, name) for name, code in sorted(by_name.items(), key=lambda item: item[0].casefold()))


@cache
def _own_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for family in families():
        for code, name in family.codes.items():
            if family.plain and name:
                names.setdefault(code, f"{family.plain} ({name})")
            else:
                names.setdefault(code, family.plain or name)
    return names
