"""Answers in the languages without a grammar of their own: words that name a source, found wherever they stand.

Each language has a folder in `question/languages`; `sources.toml` there has phrases by concept, divided by |. * stands
for any ending, ~ marks what only counts beside nothing else. What is written with another alphabet than ours is looked
for within words as well; `romanised` holds how people type it in our letters. `small` words tell the language, `of`
words stand between an owner and what is owned. What is found is proposed, never counted: these lists know no grammar.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
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
    # Letters that Urdu alone has.
    (re.compile(r"[\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2]"), ("ur",)),
    (re.compile(r"[\u0600-\u06ff\ufb50-\ufeff]"), ("ar", "fa", "ur")),
    (re.compile(r"[\u0900-\u097f]"), ("hi",)),
    (re.compile(r"[\u0a80-\u0aff]"), ("gu",)),
    # Letters of ours with marks that one language alone has.
    (re.compile(r"[\u1ea0-\u1ef9ơưđĐƠƯ]"), ("vi",)),
    (re.compile(r"[łęąśźżŁŚŹŻ]"), ("pl",)),
    (re.compile(r"ß"), ("de",)),
)
_OUR_ALPHABET = ("fr", "pt", "it", "de", "pl", "vi", "tl", "ht")
_ROMANISED = ("hi", "ur", "gu", "fa", "ar", "ru", "zh", "ko")
# The owner stands before what is owned: "my son's doctor".
_UNSPACED = ("zh", "ja", "ko")
_OWNER_FIRST = ("zh", "ja", "ko", "hi", "ur", "gu")
# Written alike everywhere.
_BRANDS = {
    "google": "google", "facebook": "facebook", "instagram": "instagram", "tiktok": "tiktok", "youtube": "youtube",
    "yelp": "yelp", "whatsapp": "whatsapp", "wechat": "social_media", "chatgpt": "chatbot", "internet": "online",
    "nextdoor": "nextdoor", "radio": "radio", "tv": "tv", "medicare": "medicare", "medicaid": "medicaid",
}  # fmt: skip
# What is written in our letters beside another alphabet.
_ABBREVIATED = {
    "fb": "facebook", "ig": "instagram", "insta": "instagram", "yt": "youtube", "pcp": "doctor", "np": "doctor",
    "er": "hospital_er", "gg": "google", "app": "online",
}  # fmt: skip
# Between two things these make two of them.
_AND = re.compile(
    r"0comma|\b(?:and|et|puis|e|y|poi|und|dann|oraz|i|potem|va|roi|sau do|saka|tapos|ak|epi|и|а|потом|затем|و|ثم|"
    r"بعدین|سپس|اور|پھر|aur|phir|va|baad|ane|pachi|wa|baadein)\b|और|फिर|અને|પછી|和|跟|及|然后|然後|还有|還有|と|そして|그리고|하고|랑"
)
_LETTERS = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ي": "ی", "ك": "ک", "ۀ": "ه"})
# Vowel signs of Devanagari and Gujarati are no letters to a regular expression.
_NOT_LETTERS = re.compile(r"[^\w\u0900-\u0963\u0966-\u097f\u0a80-\u0aff]+|_+")
# Where words take endings: entries no longer than this are whole words, unless they end in *.
_WHOLE_WORDS = {"ar": 3, "fa": 3, "ur": 3, "ru": 4, "hi": 2, "gu": 2}
# What Arabic writes in front of a word without a space.
_ARABIC_BEGINNINGS = "(?:و|ف)?(?:ال|بال|لل|ب|ل|ک)?"
_LONGEST_BEGINNING = 5
_SPACES = re.compile(r"\s+")
# Stands for a comma among the words of a text, and for no word.
_COMMA = "0comma"
_COMMAS = re.compile(r"[,;，、،؛\n]")
_FEW, _NEARLY_ALL = 2, 0.7
# What a website may be the site of without being another's: "병원 홈페이지", "site de la clinique".
_OUR_KIND = frozenset({"doctor", "hospital_er"})
_LOOKED_FOR = frozenset({"doctor", "drove_by", "hospital_er"})
_LOOKED_IN = frozenset(
    {"online_search", "google", "google_maps", "bing", "chatbot", "insurance", "online", "online_reviews"}
)


@dataclass(frozen=True)
class FoundPhrase:
    """A phrase of a language at these characters of the flattened text; a weak one gives way to any other."""

    concept: str
    start: int
    end: int
    phrase: str
    weak: bool
    # What stands between the one before and it.
    between: str


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
    # What stands between an owner and what is owned, and which of the two comes first.
    of: frozenset[str]
    owner_first: bool
    # Whether words are divided by spaces.
    spaced: bool


def in_other_language(text: str, *, unread: bool = False) -> list[FoundPhrase]:
    """What an answer names in one of these languages, in order; empty where it is rather English or Spanish.

    `unread`: it says nothing in those, so that a single word may show which other one it is.
    """
    flat = _flat(text[:MOST_CHARACTERS])
    for script, codes in () if text.isascii() else _SCRIPTS:
        if script.search(text) and not unread:
            languages = [_language(code) for code in codes]
            return _told(*max(((_found(flat, each), each) for each in languages), key=lambda pair: _said(flat, *pair)))
    words = [word for word in flat.split() if word != _COMMA]
    strange = [word for word in words if not (_is_ordinary(word) or (not unread and _is_a_name(word)))]
    best: tuple[int, list[FoundPhrase]] = (0 if unread else sum(map(_is_ordinary, words)), [])
    for language in _in_our_letters():
        known = [word in language.words or word.startswith(language.beginnings) for word in words]
        # Words that are names or English as well tell a language only when nearly all of them are known.
        enough = sum(known) >= max(_FEW, len(words) * (1 if unread else _NEARLY_ALL))
        if not enough and not any(
            fits and word in strange and word not in _BRANDS for word, fits in zip(words, known, strict=True)
        ):
            continue
        found = _found(flat, language)
        said = {word for each in found for word in each.phrase.split()}
        covered = sum(word in language.small or word in said for word in words)
        if found and covered > best[0]:
            best = (covered, _told(found, language))
    return best[1]


def _is_ordinary(word: str) -> bool:
    """Whether it is English or Spanish, whatever else it may be."""
    return word in ORDINARY or word in ORDINARY_SPANISH or word in SMALL_WORDS or word in lexicon().words


def _is_a_name(word: str) -> bool:
    return word in FIRST_NAMES or is_surname(word)


def _said(flat: str, found: list[FoundPhrase], language: _Language) -> int:
    """How many letters of a text a language explains."""
    small = sum(len(word) for word in flat.split() if word in language.small)
    return sum(each.end - each.start for each in found) + small


def _found(flat: str, language: _Language) -> list[FoundPhrase]:
    found: list[FoundPhrase] = []
    end = 0
    for match in language.patterns.finditer(flat):
        phrase = match.group().strip()
        # Banerjee isn't an ending of "baner".
        named = phrase not in language.concepts and is_surname(phrase)
        if not named and (concept := _concept_of(language, phrase)):
            between = flat[end : match.start()].strip()
            found.append(FoundPhrase(concept.lstrip("~"), match.start(), match.end(), phrase, "~" in concept, between))
            # The ending of the word stands between nothing.
            end = flat.find(" ", match.end()) if language.spaced else match.end()
            end = len(flat) if end < 0 else end
    return found


def _concept_of(language: _Language, phrase: str) -> str | None:
    """The concept of what was found: an entry, after what was written in front and before the ending of a *."""
    for first in range(min(len(phrase), _LONGEST_BEGINNING)):
        for last in range(len(phrase), first, -1):
            if phrase[first:last] in language.concepts:
                return language.concepts[phrase[first:last]]
    return None


def _told(found: list[FoundPhrase], language: _Language) -> list[FoundPhrase]:
    """Without what is only a part of another thing: "an ad on Facebook" is Facebook, a friend from work a friend."""
    found = _without_owners(found, language)
    concepts = {each.concept for each in found if not each.weak}
    left: list[FoundPhrase] = []
    for each in found:
        # "votre site internet" is the website.
        meant = "online" if each.concept == "online_search" else each.concept
        part = any(kinds.swallows(other, meant) for other in concepts - {each.concept})
        somebodys = "friend_family" in concepts and each.concept in ("returning", "employer_school", "social_media")
        beside = each.weak and any(not other.isupper() for other in concepts)
        # "Searched online, nobody recommended you": neither is sure, and one has been said.
        beside = beside or (each.weak and each.concept == "friend_family" and any(other is not each for other in left))
        if not (part or somebodys or beside or any(other.concept == each.concept for other in left)):
            left.append(each)
    return left


def _without_owners(found: list[FoundPhrase], language: _Language) -> list[FoundPhrase]:
    """Without whose it is and what was looked for: "il pediatra di mia figlia", "cherché un médecin en ligne"."""
    gone: set[int] = set()
    looking = False
    for at, (one, other) in enumerate(pairwise(found)):
        apart = bool(_AND.search(other.between))
        looking = not apart and (looking or one.concept in _LOOKED_IN)
        if looking and other.concept in _LOOKED_FOR:
            gone.add(at + 1)
        elif not apart:
            gone |= {at + place for place in _detail(one, other, language)}
    return [each for at, each in enumerate(found) if at not in gone]


def _detail(one: FoundPhrase, other: FoundPhrase, language: _Language) -> set[int]:
    """Which of two in one breath only says more about the other: 0 the first, 1 the second."""
    # "The doctor whom I see", "a hospital's follow-up".
    if one.concept == "returning" and (other.concept == "doctor" or other.concept in kinds.SOCIAL | {"website"}):
        return {0} if language.owner_first else set()
    if one.concept == "hospital_er" and other.concept == "returning":
        return {1}
    # Advice is no friend's where a doctor or a friend gave it.
    if one.weak or other.weak:
        return set()
    owned, owner = (other, one) if language.owner_first else (one, other)
    between = other.between.split()
    owns = {one.concept, other.concept} == {"doctor", "friend_family"}
    owns = owns or (owned.concept == "website" and owner.concept in _OUR_KIND)
    # A "doctor friend" is no friend's doctor.
    joined = all(word in language.of for word in between)
    if joined and owns and (between or not language.owner_first or owned.concept != "friend_family"):
        return {0 if owner is one else 1}
    return set()


def _flat(text: str) -> str:
    divided = _COMMAS.sub(f" {_COMMA} ", plain(text).replace("n't", "nt").translate(_LETTERS))
    return _SPACES.sub(" ", _NOT_LETTERS.sub(" ", divided)).strip()


@cache
def _in_our_letters() -> tuple[_Language, ...]:
    romanised = (_language(code, "romanised") for code in _ROMANISED)
    return (*map(_language, _OUR_ALPHABET), *(language for language in romanised if language.concepts))


@cache
def _language(code: str, part: str = "phrases") -> _Language:
    file = tomllib.loads((FILES / code / "sources.toml").read_text(encoding="utf-8"))
    listed = file.get(part, {})
    ours = code in _OUR_ALPHABET or part == "romanised"
    entries = [(concept, entry.strip()) for concept, line in listed.items() for entry in line.split("|")]
    entries += [(concept, brand) for brand, concept in (_BRANDS | ({} if ours else _ABBREVIATED)).items()]
    concepts: dict[str, str] = {}
    patterns = []
    for concept, entry in entries if listed else ():
        bare = _flat(entry)
        concepts.setdefault(bare, ("~" if entry.startswith("~") else "") + concept)
        patterns.append((len(bare), _pattern(code, bare, any_ending=entry.endswith("*"), ours=ours)))
    # The longest first, since the first that fits is taken.
    patterns.sort(reverse=True)
    small = frozenset(_flat(file.get("small_romanised" if part == "romanised" else "small", "")).split())
    return _Language(
        re.compile("|".join(pattern for _, pattern in patterns)),
        concepts,
        frozenset(word for phrase in concepts for word in phrase.split()) | small,
        small,
        tuple(_flat(entry) for _, entry in entries if entry.endswith("*")),
        frozenset(_flat(file.get("of", "")).split()),
        code in _OWNER_FIRST,
        code not in _UNSPACED,
    )


def _pattern(code: str, bare: str, *, any_ending: bool, ours: bool) -> str:
    escaped = re.escape(bare)
    if ours:
        return rf"\b{escaped}\w*" if any_ending else rf"\b{escaped}\b"
    if bare.isascii():
        return rf"(?<![a-z]){escaped}(?![a-z])"
    longest = _WHOLE_WORDS.get(code)
    if longest is None:
        return escaped
    begins = _ARABIC_BEGINNINGS if code == "ar" else ""
    return rf"(?<!\S){begins}{escaped}" + ("" if any_ending or len(bare) > longest else r"(?!\S)")
