"""Answers in the languages without a grammar of their own: words that name a source, found wherever they stand.

What is found is proposed, never counted: these lists (see language_lists.py) know no grammar.
"""

import re
from itertools import pairwise

from intake.survey.spotting import kinds
from intake.survey.spotting.lexicon import FIRST_NAMES, ORDINARY, ORDINARY_SPANISH, SMALL_WORDS
from intake.survey.spotting.practice_sources import lexicon
from intake.survey.spotting.surnames import is_surname
from intake.survey.spotting.tokens import MOST_CHARACTERS
from intake.survey.text_reader.foreign_pieces import FoundPhrase, quoted
from intake.survey.text_reader.language_lists import (
    BRANDS,
    COMMA,
    LONGEST_BEGINNING,
    LanguageWords,
    flat,
    in_our_letters,
    language_of,
)

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
_WORDS = re.compile(r"\S+")
_FEW, _NEARLY_ALL = 2, 0.7
# What a website may be the site of without being another's: "병원 홈페이지", "site de la clinique".
_OUR_KIND = frozenset({"doctor", "hospital_er"})
_LOOKED_FOR = frozenset({"doctor", "drove_by", "hospital_er"})
_LOOKED_IN = frozenset(
    {"online_search", "google", "google_maps", "bing", "chatbot", "insurance", "online", "online_reviews"}
)


def in_other_language(text: str, *, unread: bool = False) -> list[FoundPhrase]:
    """What an answer names in one of these languages, in order; empty where it is rather English or Spanish.

    `unread`: it says nothing in those, so that a single word may show which other one it is.
    """
    text = text[:MOST_CHARACTERS]
    said = flat(text)
    found, language = _in_best_language(text, said, unread=unread)
    return quoted(text, said, found, _told(found, language), language) if language else []


def is_understood(text: str) -> bool:
    """Whether no word is left that could be a name; of words that aren't divided by spaces nobody can say."""
    said = flat(text[:MOST_CHARACTERS])
    found, language = _in_best_language(text[:MOST_CHARACTERS], said, unread=False)
    if language is None or not language.spaced:
        return True
    known = language.words | language.of | language.called
    return all(
        match.group() in known
        or language.divides.fullmatch(match.group())
        or any(each.start < match.end() and match.start() < each.end for each in found)
        for match in _WORDS.finditer(said)
    )


def _in_best_language(text: str, said: str, *, unread: bool) -> tuple[list[FoundPhrase], LanguageWords | None]:
    for script, codes in () if text.isascii() else _SCRIPTS:
        if script.search(text) and not unread:
            languages = [language_of(code) for code in codes]
            return max(((_found(said, each), each) for each in languages), key=lambda pair: _letters(said, *pair))
    words = [word for word in said.split() if word != COMMA]
    strange = [word for word in words if not (_is_ordinary(word) or (not unread and _is_a_name(word)))]
    most = 0 if unread else sum(map(_is_ordinary, words))
    best: tuple[list[FoundPhrase], LanguageWords | None] = ([], None)
    for language in in_our_letters():
        known = [word in language.words or word.startswith(language.beginnings) for word in words]
        # Words that are names or English as well tell a language only when nearly all of them are known.
        enough = sum(known) >= max(_FEW, len(words) * (1 if unread else _NEARLY_ALL))
        if not enough and not any(
            fits and word in strange and word not in BRANDS for word, fits in zip(words, known, strict=True)
        ):
            continue
        found = _found(said, language)
        phrases = {word for each in found for word in each.phrase.split()}
        covered = sum(word in language.small or word in phrases for word in words)
        if found and covered > most:
            most, best = covered, (found, language)
    return best


def _is_ordinary(word: str) -> bool:
    """Whether it is English or Spanish, whatever else it may be."""
    return word in ORDINARY or word in ORDINARY_SPANISH or word in SMALL_WORDS or word in lexicon().words


def _is_a_name(word: str) -> bool:
    return word in FIRST_NAMES or is_surname(word)


def _letters(said: str, found: list[FoundPhrase], language: LanguageWords) -> int:
    """How many letters of a text a language explains."""
    small = sum(len(word) for word in said.split() if word in language.small)
    return sum(each.end - each.start for each in found) + small


def _found(said: str, language: LanguageWords) -> list[FoundPhrase]:
    found: list[FoundPhrase] = []
    end = 0
    for match in language.patterns.finditer(said):
        phrase = match.group().strip()
        # Banerjee isn't an ending of "baner".
        named = phrase not in language.concepts and is_surname(phrase)
        if not named and (concept := _concept_of(language, phrase)):
            # "And" is written in front of the word.
            start = match.start() + (phrase[:1] == "و" and phrase not in language.concepts)
            between = said[end:start].strip()
            found.append(FoundPhrase(concept.lstrip("~"), start, match.end(), phrase, "~" in concept, between))
            # The ending of the word stands between nothing.
            end = said.find(" ", match.end()) if language.spaced else match.end()
            end = len(said) if end < 0 else end
    return found


def _concept_of(language: LanguageWords, phrase: str) -> str | None:
    """The concept of what was found: an entry, after what was written in front and before the ending of a *."""
    for first in range(min(len(phrase), LONGEST_BEGINNING)):
        for last in range(len(phrase), first, -1):
            if phrase[first:last] in language.concepts:
                return language.concepts[phrase[first:last]]
    return None


def _told(found: list[FoundPhrase], language: LanguageWords) -> list[FoundPhrase]:
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


def _without_owners(found: list[FoundPhrase], language: LanguageWords) -> list[FoundPhrase]:
    """Without whose it is and what was looked for: "il pediatra di mia figlia", "cherché un médecin en ligne"."""
    gone: set[int] = set()
    looking = False
    for at, (one, other) in enumerate(pairwise(found)):
        apart = bool(language.divides.search(other.between))
        looking = not apart and (looking or one.concept in _LOOKED_IN)
        if looking and other.concept in _LOOKED_FOR:
            gone.add(at + 1)
        elif not apart:
            gone |= {at + place for place in _detail(one, other, language)}
    return [each for at, each in enumerate(found) if at not in gone]


def _detail(one: FoundPhrase, other: FoundPhrase, language: LanguageWords) -> set[int]:
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
