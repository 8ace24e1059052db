"""The words of the languages without a grammar of their own, and texts as these are looked for in.

Each has a folder in `question/languages`; `sources.toml` there has phrases by concept, divided by |. * stands for any
ending, ~ marks what only counts beside nothing else. What is written with another alphabet than ours is looked for
within words as well; `romanised` holds how people type it in our letters. `small` words tell the language, `of` words
stand between an owner and what is owned, `and` words between two things. A name follows the word for a friend or a
doctor, or a `called` word after that, or stands after one of the `titles`; `names` are the commonest given names where
no capital shows one, `named` a pattern where no space does, in which @ is the friend or the doctor.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from intake.survey.spotting.tokens import plain

FILES = Path(__file__).parents[1] / "question" / "languages"
_OUR_ALPHABET = ("fr", "pt", "it", "de", "pl", "vi", "tl", "ht")
_ROMANISED = ("hi", "ur", "gu", "fa", "ar", "ru", "zh", "ko")
# The owner stands before what is owned: "my son's doctor".
_UNSPACED = ("zh", "ja", "ko")
_OWNER_FIRST = ("zh", "ja", "ko", "hi", "ur", "gu")
# Written alike everywhere.
BRANDS = {
    "google": "google", "facebook": "facebook", "instagram": "instagram", "tiktok": "tiktok", "youtube": "youtube",
    "yelp": "yelp", "whatsapp": "whatsapp", "wechat": "social_media", "chatgpt": "chatbot", "internet": "online",
    "nextdoor": "nextdoor", "radio": "radio", "tv": "tv", "medicare": "medicare", "medicaid": "medicaid",
}  # fmt: skip
# What is written in our letters beside another alphabet.
_ABBREVIATED = {
    "fb": "facebook", "ig": "instagram", "insta": "instagram", "yt": "youtube", "pcp": "doctor", "np": "doctor",
    "er": "hospital_er", "gg": "google", "app": "online",
}  # fmt: skip
_LETTERS = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ي": "ی", "ك": "ک", "ۀ": "ه"})
# Vowel signs of Devanagari and Gujarati are no letters to a regular expression.
_NOT_LETTERS = re.compile(r"[^\w\u0900-\u0963\u0966-\u097f\u0a80-\u0aff]+|_+")
# Where words take endings: entries no longer than this are whole words, unless they end in *.
_WHOLE_WORDS = {"ar": 3, "fa": 3, "ur": 3, "ru": 4, "hi": 2, "gu": 2}
# What Arabic writes in front of a word without a space.
_ARABIC_BEGINNINGS = "(?:و|ف)?(?:ال|بال|لل|ب|ل|ک)?"
LONGEST_BEGINNING = 5
_SPACES = re.compile(r"\s+")
# Stands for a comma among the words of a text, and for no word.
COMMA = "0comma"
_COMMAS = re.compile(r"[,;，、،؛\n&+/|。]|(?<=\w{4})[.!]\s")


@dataclass(frozen=True)
class LanguageWords:
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
    # Between two things these make two of them.
    divides: re.Pattern[str]
    called: frozenset[str]
    titles: frozenset[str]
    names: frozenset[str]
    # With the friend or the doctor as @.
    named: re.Pattern[str] | None


def flat(text: str) -> str:
    divided = _COMMAS.sub(f" {COMMA} ", plain(text).replace("n't", "nt").translate(_LETTERS))
    return _SPACES.sub(" ", _NOT_LETTERS.sub(" ", divided)).strip()


@cache
def in_our_letters() -> tuple[LanguageWords, ...]:
    romanised = (language_of(code, "romanised") for code in _ROMANISED)
    return (*map(language_of, _OUR_ALPHABET), *(language for language in romanised if language.concepts))


@cache
def language_of(code: str, part: str = "phrases") -> LanguageWords:
    file = tomllib.loads((FILES / code / "sources.toml").read_text(encoding="utf-8"))
    listed = file.get(part, {})
    ours = code in _OUR_ALPHABET or part == "romanised"
    entries = [(concept, entry.strip()) for concept, line in listed.items() for entry in line.split("|")]
    entries += [(concept, brand) for brand, concept in (BRANDS | ({} if ours else _ABBREVIATED)).items()]
    concepts: dict[str, str] = {}
    patterns = []
    for concept, entry in entries if listed else ():
        bare = flat(entry)
        concepts.setdefault(bare, ("~" if entry.startswith("~") else "") + concept)
        patterns.append((len(bare), _pattern(code, bare, any_ending=entry.endswith("*"), ours=ours)))
    # The longest first, since the first that fits is taken.
    patterns.sort(reverse=True)
    small = frozenset(flat(file.get("small_romanised" if part == "romanised" else "small", "")).split())
    titles = frozenset(flat(file.get("titles", "")).split())
    return LanguageWords(
        re.compile("|".join(pattern for _, pattern in patterns)),
        concepts,
        frozenset(word for phrase in concepts for word in phrase.split()) | small | titles,
        small,
        tuple(flat(entry) for _, entry in entries if entry.endswith("*")),
        frozenset(flat(file.get("of", "")).split()),
        code in _OWNER_FIRST,
        code not in _UNSPACED,
        _divides(code, flat(file.get("and", "")).split()),
        frozenset(flat(file.get("called", "")).split()),
        titles,
        frozenset(flat(file.get("names", "")).split()),
        re.compile(file["named"]) if "named" in file and not ours else None,
    )


def _divides(code: str, words: list[str]) -> re.Pattern[str]:
    said = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    ends = "" if code in ("zh", "ja") else r"(?!\S)"
    begins = r"(?<!\S)" if code not in _UNSPACED else ""
    # Arabic writes its "and" in front of the word.
    attached = r"|(?<!\S)و" if code == "ar" else ""
    return re.compile(rf"{COMMA}|(?<!\S)and(?!\S)|{begins}(?:{said}){ends}{attached}")


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
