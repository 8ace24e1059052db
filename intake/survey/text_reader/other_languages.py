"""Answers in the languages without a grammar of their own: words that name a source, found wherever they stand.

Each language has a folder in `question/languages`; `sources.toml` there has phrases by concept, divided by |. * stands
for any ending, ~ marks what only counts beside nothing else. What is written with another alphabet than ours is looked
for within words as well. What is found is proposed, never counted: these lists know no grammar.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from intake.survey.spotting import kinds
from intake.survey.spotting.lexicon import FIRST_NAMES, ORDINARY, ORDINARY_SPANISH, SMALL_WORDS
from intake.survey.spotting.practice_sources import lexicon
from intake.survey.spotting.surnames import is_surname
from intake.survey.spotting.tokens import MOST_CHARACTERS, plain

FILES = Path(__file__).parents[1] / "question" / "languages"
# Alphabets, and the languages written with them. Han alone is Chinese sooner than Japanese.
_SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), ("ja",)),
    (re.compile(r"[\u3400-\u9fff\uf900-\ufaff]"), ("zh", "ja")),
    (re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"), ("ko",)),
    (re.compile(r"[\u0400-\u04ff]"), ("ru",)),
    (re.compile(r"[\u0600-\u06ff\ufb50-\ufeff]"), ("ar", "fa", "ur")),
    (re.compile(r"[\u0900-\u097f]"), ("hi",)),
    (re.compile(r"[\u0a80-\u0aff]"), ("gu",)),
    # Letters of ours with marks that one language alone has.
    (re.compile(r"[\u1ea0-\u1ef9ơưđĐƠƯ]"), ("vi",)),
    (re.compile(r"[łęąśźżŁŚŹŻ]"), ("pl",)),
    (re.compile(r"ß"), ("de",)),
)
_OUR_ALPHABET = ("fr", "pt", "it", "de", "pl", "vi", "tl", "ht")
# Written alike everywhere.
_BRANDS = {
    "google": "google", "facebook": "facebook", "instagram": "instagram", "tiktok": "tiktok", "youtube": "youtube",
    "yelp": "yelp", "whatsapp": "whatsapp", "wechat": "social_media", "chatgpt": "chatbot", "internet": "online",
    "nextdoor": "nextdoor", "radio": "radio", "tv": "tv", "medicare": "medicare", "medicaid": "medicaid",
}  # fmt: skip
_LETTERS = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ي": "ی", "ك": "ک", "ۀ": "ه"})
# Vowel signs of Devanagari and Gujarati are no letters to a regular expression.
_NOT_LETTERS = re.compile(r"[^\w\u0900-\u0963\u0966-\u097f\u0a80-\u0aff]+|_+")
# Where words take endings: entries no longer than this are whole words, unless they end in *.
_WHOLE_WORDS = {"ar": 3, "fa": 3, "ur": 3, "ru": 4, "hi": 2, "gu": 2}
# What Arabic writes in front of a word without a space.
_ARABIC_BEGINNINGS = "(?:و|ف)?(?:ال|بال|لل|ب|ل|ک)?"
_LONGEST_BEGINNING = 5
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class FoundPhrase:
    """A phrase of a language at these characters of the flattened text; a weak one gives way to any other."""

    concept: str
    start: int
    end: int
    phrase: str
    weak: bool


@dataclass(frozen=True)
class _Language:
    patterns: re.Pattern[str]
    # Phrase → concept, with a ~ in front of a weak one.
    concepts: dict[str, str]
    # Every word of its phrases, and the small words that tell it from others.
    words: frozenset[str]
    small: frozenset[str]
    # What only the beginning of is given.
    beginnings: tuple[str, ...]


def in_other_language(text: str, *, unread: bool = False) -> list[FoundPhrase]:
    """What an answer names in one of these languages, in order; empty where it is rather English or Spanish.

    `unread`: it says nothing in those, so that a single word may show which other one it is.
    """
    flat = _flat(text[:MOST_CHARACTERS])
    for script, codes in () if text.isascii() else _SCRIPTS:
        if script.search(text) and not unread:
            return _told(max((_found(flat, _language(code)) for code in codes), key=_letters))
    words = flat.split()
    strange = [word for word in words if not (_is_ordinary(word) or (not unread and _is_a_name(word)))]
    best: tuple[int, list[FoundPhrase]] = (0 if unread else len(words) - len(strange), [])
    for code in _OUR_ALPHABET:
        language = _language(code)
        if not any(word in language.words or word.startswith(language.beginnings) for word in strange):
            continue
        found = _found(flat, language)
        said = {word for each in found for word in each.phrase.split()}
        covered = sum(word in language.small or word in said for word in words)
        if found and covered > best[0]:
            best = (covered, found)
    return _told(best[1])


def _is_ordinary(word: str) -> bool:
    """Whether it is English or Spanish, whatever else it may be."""
    return word in ORDINARY or word in ORDINARY_SPANISH or word in SMALL_WORDS or word in lexicon().words


def _is_a_name(word: str) -> bool:
    return word in FIRST_NAMES or is_surname(word)


def _letters(found: list[FoundPhrase]) -> int:
    return sum(each.end - each.start for each in found)


def _found(flat: str, language: _Language) -> list[FoundPhrase]:
    found = []
    for match in language.patterns.finditer(flat):
        phrase = match.group().strip()
        # Banerjee isn't an ending of "baner".
        named = phrase not in language.concepts and is_surname(phrase)
        if not named and (concept := _concept_of(language, phrase)):
            found.append(FoundPhrase(concept.lstrip("~"), match.start(), match.end(), phrase, "~" in concept))
    return found


def _concept_of(language: _Language, phrase: str) -> str | None:
    """The concept of what was found: an entry, after what was written in front and before the ending of a *."""
    for first in range(min(len(phrase), _LONGEST_BEGINNING)):
        for last in range(len(phrase), first, -1):
            if phrase[first:last] in language.concepts:
                return language.concepts[phrase[first:last]]
    return None


def _told(found: list[FoundPhrase]) -> list[FoundPhrase]:
    """Without what is only a part of another thing: "an ad on Facebook" is Facebook, a friend from work a friend."""
    concepts = {each.concept for each in found if not each.weak}
    left: list[FoundPhrase] = []
    for each in found:
        # "votre site internet" is the website.
        meant = "online" if each.concept == "online_search" else each.concept
        part = any(kinds.swallows(other, meant) for other in concepts - {each.concept})
        somebodys = "friend_family" in concepts and each.concept in ("returning", "employer_school")
        beside = each.weak and any(not other.isupper() for other in concepts)
        if not (part or somebodys or beside or any(other.concept == each.concept for other in left)):
            left.append(each)
    return left


def _flat(text: str) -> str:
    return _SPACES.sub(" ", _NOT_LETTERS.sub(" ", plain(text).translate(_LETTERS))).strip()


@cache
def _language(code: str) -> _Language:
    file = tomllib.loads((FILES / code / "sources.toml").read_text(encoding="utf-8"))
    entries = [(concept, entry.strip()) for concept, line in file["phrases"].items() for entry in line.split("|")]
    entries += [(concept, brand) for brand, concept in _BRANDS.items()]
    concepts: dict[str, str] = {}
    patterns = []
    for concept, entry in entries:
        bare = _flat(entry)
        concepts.setdefault(bare, ("~" if entry.startswith("~") else "") + concept)
        patterns.append((len(bare), _pattern(code, bare, any_ending=entry.endswith("*"))))
    # The longest first, since the first that fits is taken.
    patterns.sort(reverse=True)
    small = frozenset(file.get("small", "").split())
    return _Language(
        re.compile("|".join(pattern for _, pattern in patterns)),
        concepts,
        frozenset(word for phrase in concepts for word in phrase.split()) | small,
        small,
        tuple(_flat(entry) for _, entry in entries if entry.endswith("*")),
    )


def _pattern(code: str, bare: str, *, any_ending: bool) -> str:
    escaped = re.escape(bare)
    if code in _OUR_ALPHABET:
        return rf"\b{escaped}\w*" if any_ending else rf"\b{escaped}\b"
    longest = _WHOLE_WORDS.get(code)
    if longest is None:
        return escaped
    begins = _ARABIC_BEGINNINGS if code == "ar" else ""
    return rf"(?<!\S){begins}{escaped}" + ("" if any_ending or len(bare) > longest else r"(?!\S)")
