"""What patients read, by key and language. A language is a folder of `languages/`, its pages a file in it.

English fills gaps.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

FILES = Path(__file__).parent / "languages"
DEFAULT_LANGUAGE = "en"
TRADITIONAL_CHINESE = "zh-Hant"
SAME = {"fil": "tl"}


class UnknownWording(KeyError):
    """A key that no language file holds: a mistake in the code, not in the input."""


@dataclass(frozen=True)
class Language:
    """`code` as in BCP 47, `name` in the language itself, `direction` 'ltr' or 'rtl'."""

    code: str
    name: str
    direction: str


class LabelledSource(Protocol):
    """What a source must tell about itself to be worded; `referral_source` rows do."""

    code: str
    label: str | None
    hint: str | None


def languages() -> list[Language]:
    """Every language there is a file for, English first, then by code."""
    return [language(code) for code in sorted(_codes(), key=lambda code: (code != DEFAULT_LANGUAGE, code))]


def language(code: str) -> Language:
    """The language of `code`; English when there is no file for it."""
    code = known_language(code)
    catalog = _catalog(code)
    return Language(code, catalog["name"], catalog["direction"])


def known_language(code: str | None) -> str:
    """As `find_language`, and English where there is no file."""
    return find_language(code) or DEFAULT_LANGUAGE


def find_language(code: str | None) -> str | None:
    """`code` itself or its base ('es' for 'es-MX') when there is a file for it.

    Chinese of Taiwan, Hong Kong and Macau is written in traditional characters; phones call Tagalog Filipino.
    """
    plain = (code or "").replace("_", "-").lower()
    traditional = plain.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo"))
    base = plain.split("-")[0]
    for candidate in (code or "", TRADITIONAL_CHINESE if traditional else "", SAME.get(base, base)):
        if candidate in _codes():
            return candidate
    return None


def text(key: str, language: str, **values: object) -> str:
    """The words of `key` ('question.sources') with `{name}` filled in; English when that language lacks them.

    Raises UnknownWording when English lacks them too.
    """
    found = find_text(key, language)
    if found is None:
        raise UnknownWording(key)
    return found.format(**values) if values else found


def find_text(key: str, language: str) -> str | None:
    """As `text` without filling in; None when no file holds the key."""
    for code in (known_language(language), DEFAULT_LANGUAGE):
        words = _catalog(code)["words"].get(key)
        if words is not None:
            return str(words)
    return None


def all_words(code: str) -> dict[str, str]:
    """Everything that the language's own file says, by key."""
    return dict(_catalog(code)["words"])


def months(language: str) -> list[str]:
    """The names of the twelve months; a no-break space may stand within one."""
    return text("date.months", language).split(" ")


def source_label(source: LabelledSource, language: str, translation: str | None = None) -> str:
    """A translation that the practice wrote, else its own label, else the built-in words of the code.

    A practice's own label replaces the built-in words in every language it didn't translate: what staff
    named a thing says more than the words for what it used to be.
    """
    return translation or source.label or find_text(f"source.{source.code}.label", language) or source.code


def source_hint(source: LabelledSource, language: str, translation: str | None = None) -> str:
    """The small second line; empty when there is none, or when the practice wants none."""
    if translation:
        return translation
    if source.hint is not None:
        return source.hint
    if source.label:
        return ""
    return find_text(f"source.{source.code}.hint", language) or ""


@cache
def fingerprint(code: str) -> str:
    """Return a checksum of everything that the language's file says."""
    return hashlib.sha256((FILES / known_language(code) / "pages.toml").read_bytes()).hexdigest()[:16]


@cache
def _codes() -> frozenset[str]:
    return frozenset(path.parent.name for path in FILES.glob("*/pages.toml"))


@cache
def _catalog(code: str) -> dict[str, Any]:
    tree = tomllib.loads((FILES / code / "pages.toml").read_text(encoding="utf-8"))
    words: dict[str, str] = {}
    _flatten(tree, "", words)
    return {"name": tree["name"], "direction": tree["direction"], "words": words}


def _flatten(tree: dict[str, Any], prefix: str, into: dict[str, str]) -> None:
    for key, value in tree.items():
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{key}.", into)
        else:
            into[f"{prefix}{key}"] = value
