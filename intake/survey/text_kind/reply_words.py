"""The words people text back, by language: one `replies.toml` in each language's folder, read once a process.

Every list of every language counts at once: a patient with a Spanish survey may well write STOP, or 停止.
"""

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

FILES = Path(__file__).parents[1] / "question" / "languages"
# A text has at most 1,600 characters at the carrier; what is longer was not written on a phone.
LONGEST_READ = 1600
_SHORT_ENTRY = 6
_NAMES = ("replies", "emergencies", "no_answers")
# The languages with a grammar of their own.
_READABLE = ("en", "es")
_GROUP = re.compile(r"<(\w+)>")
# "Dr. Stopp" is one name, not two sentences.
_SENTENCES = re.compile(
    r"(?:(?<!\bdr)(?<!\bmr)(?<!\bst)(?<!\bsr)(?<!\bms)(?<!\bmrs)(?<!\bdra)(?<!\bsra)\.|[!?;:。！？؟\n\r])"
    r"[.!?;:。！？؟\n\r]*|\s[-–—]+\s",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[.!?;:。！？؟\n\r,،、()]+|\s[-–—]+\s|\s(?:but|and|so|pero|y)\s", re.IGNORECASE)
# Scripts that write without spaces, or join words: a phrase may stand within a word.
_UNSPACED = re.compile(r"[\u0600-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff]")


def plain_form(text: str) -> str:
    """Casefolded, unaccented, apostrophes closed up, everything else but letters and digits a single space.

    The stop sign is a word, which people send instead of it.
    """
    folded = unicodedata.normalize("NFKD", text[:LONGEST_READ].replace("🛑", " stop ").casefold())
    folded = folded.replace("'", "").replace("\u2019", "").replace("\u02bc", "").replace("`", "")
    letters = (
        character if character.isalnum() else " " for character in folded if not unicodedata.combining(character)
    )
    return " ".join("".join(letters).split())


def sentences(text: str) -> list[str]:
    """The sentences of a text as written, the empty ones left out."""
    return [part.strip() for part in _SENTENCES.split(text[:LONGEST_READ]) if plain_form(part)]


def clauses(text: str) -> list[str]:
    """As `sentences`, divided at commas and at "but", "and", "so" as well."""
    return [part.strip() for part in _CLAUSES.split(text[:LONGEST_READ]) if plain_form(part)]


@lru_cache(maxsize=32)
def whole_texts(name: str, language: str | None = None) -> frozenset[str]:
    """The whole texts of a list ('stop', 'yes', …) in plain form; of one language and English, or of all."""
    wanted = _files().values() if language is None else [_files().get(language, {}), _files()["en"]]
    return frozenset(plain_form(entry) for file in wanted for entry in file.get(name, ()))


@lru_cache(maxsize=32)
def word_set(name: str) -> frozenset[str]:
    """The single words of a list that is written as one line, in plain form, of all languages."""
    lines = (file.get(name) or file.get("phrases", {}).get(name, "") for file in _files().values())
    return frozenset(plain_form(" ".join(lines)).split())


@cache
def phrases(name: str) -> re.Pattern[str]:
    """One pattern, for a sentence in plain form, of a [phrases] list in English and Spanish."""
    return re.compile("|".join(rf"\b(?:{entry})\b" for entry in _entries(name)) or r"(?!)")


@cache
def phrases_at_end(name: str) -> re.Pattern[str]:
    """As `phrases`, of which one must be the last that is said."""
    return re.compile("|".join(rf"\b(?:{entry})$" for entry in _entries(name)) or r"(?!)")


@cache
def elsewhere(name: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """What the languages without grammar of their own list as found anywhere: at word ends, or within words."""
    entries = [plain_form(entry) for file in _files().values() for entry in file.get("anywhere", {}).get(name, ())]
    within = tuple(entry for entry in entries if _UNSPACED.search(entry))
    # A short one is no beginning of a longer word: "ngat" isn't in "Ngata".
    spaced = "|".join(
        re.escape(entry) + r"\b" * (len(entry) <= _SHORT_ENTRY) for entry in entries if entry not in within
    )
    return re.compile(rf"\b(?:{spaced})" if spaced else r"(?!)"), within


@cache
def sign(name: str, language: str) -> re.Pattern[str]:
    """One pattern for a part of the [signs]: words with commas between, * for any ending.

    English and Spanish are mixed by many who write them, and are read as one; the others each by itself.
    """
    entries = _sign_entries(name, language)
    return re.compile(rf"\b(?:{'|'.join(map(_starred, entries))})\b" if entries else r"(?!)")


@cache
def languages_with_signs() -> tuple[str, ...]:
    """'en', which stands for Spanish as well, and the others."""
    return ("en", *(code for code, file in _files().items() if "signs" in file and code not in _READABLE))


@cache
def sign_words() -> frozenset[str]:
    """Every single word of the signs."""
    return frozenset(
        word.rstrip("*")
        for language in languages_with_signs()
        for name in _files()[language]["signs"]
        for entry in _sign_entries(name, language)
        for word in entry.split()
    )


@cache
def respellings() -> tuple[re.Pattern[str], dict[str, str]]:
    """What is commonly written for something else, a word or a few: the pattern and the right form of each."""
    instead = {
        plain_form(wrong): plain_form(right)
        for file in _files().values()
        for wrong, right in file.get("respelled", {}).items()
    }
    longest_first = sorted(instead, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b"), instead


def said_elsewhere(name: str, plain: str) -> bool:
    """Whether a text says one of those; its plain form is what is searched."""
    spaced, within = elsewhere(name)
    return spaced.search(plain) is not None or any(entry in plain for entry in within)


def languages_that_say(name: str, plain: str) -> list[str]:
    """The one language whose whole texts or [anywhere] list say this, in a list; empty where several do, or none."""
    said = bare(plain)
    found = [
        code
        for code, file in _files().items()
        if said in map(plain_form, file.get(name, ()))
        or any(plain_form(entry) in plain for entry in file.get("anywhere", {}).get(name, ()))
    ]
    return found if len(found) == 1 else []


def bare(plain: str) -> str:
    """Without what only makes a text polite or impatient at either end; all of it when nothing else is there."""
    polite = word_set("polite")
    words = plain.split()
    first, last = 0, len(words)
    while first < last and words[first] in polite:
        first += 1
    while last > first and words[last - 1] in polite:
        last -= 1
    return " ".join(words[first:last]) or plain


def _readable() -> list[dict[str, Any]]:
    return [_files()[code] for code in _READABLE]


def _entries(name: str) -> list[str]:
    found = []
    for file in _readable():
        entries = file["phrases"].get(name, ())
        found += [_filled(entry, file["groups"]) for entry in ([entries] if isinstance(entries, str) else entries)]
    return found


def _filled(entry: str, groups: dict[str, str]) -> str:
    while (found := _GROUP.search(entry)) is not None:
        entry = entry.replace(found.group(), groups[found.group(1)])
    return entry


def _sign_entries(name: str, language: str) -> list[str]:
    codes = _READABLE if language in _READABLE else (language,)
    lines = [_files()[code].get("signs", {}).get(name, "") for code in codes]
    starred = (entry.strip() for line in lines for entry in line.split(","))
    return [plain_form(entry.rstrip("*")) + "*" * entry.endswith("*") for entry in starred if entry]


def _starred(entry: str) -> str:
    return re.escape(entry.rstrip("*")) + r"\w*" * entry.endswith("*")


@cache
def _files() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in (path for name in _NAMES for path in sorted(FILES.glob(f"*/{name}.toml"))):
        file = found.setdefault(path.parent.name, {})
        for name, value in tomllib.loads(path.read_text(encoding="utf-8")).items():
            file[name] = {**file.get(name, {}), **value} if isinstance(value, dict) else value
    return found
