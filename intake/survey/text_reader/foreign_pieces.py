"""The patient's own words for each thing found in a language without grammar, and the friend or doctor named there."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from intake.survey.spotting.lexicon import FIRST_NAMES
from intake.survey.spotting.tokens import shouted
from intake.survey.text_reader.language_lists import BRANDS, LanguageWords, flat

_AROUND = " \t\r\n,;،、，؛。.&+/|-–—:"
_BRACKETS = (("(", ")"), ("[", "]"), ("（", "）"), ("«", "»"), ("“", "”"))
# A word with the marks that are no letters to a regular expression.
_WORD = re.compile(r"[^\W\d_](?:[^\W_]|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0a81-\u0acd]|['’-](?=[^\W\d_]))*\.?")
_UNCASED = re.compile(r"[\u0600-\u06ff\u0900-\u0aff]")
_MOST_NAMES = 3
_LONGEST_INTRODUCTION = 4
_PEOPLE = frozenset({"friend_family", "doctor"})


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
    # What was written about it, as typed: all of the text where that doesn't fall apart into one piece for each.
    text: str = ""
    person: str | None = None


@dataclass(frozen=True)
class _Word:
    written: str
    plain: str
    start: int
    end: int
    # Part of a phrase, of whichever concept.
    phrase: FoundPhrase | None


def quoted(
    text: str, said: str, found: Sequence[FoundPhrase], told: Sequence[FoundPhrase], language: LanguageWords
) -> list[FoundPhrase]:
    """Return `told` with the words of each and whom they name. `found`: every phrase in `said`, the flattened text."""
    naming = [each for each in told if not each.concept.isupper()]
    cuts = [_cut(said, one.end, other.start, language) for one, other in pairwise(naming)]
    ends = [cut[0] for cut in cuts if cut is not None]
    begins = [cut[1] for cut in cuts if cut is not None]
    falls_apart = bool(cuts) and len(ends) == len(cuts)
    spans = zip([0, *begins], [*ends, len(said)], strict=True) if falls_apart else ()
    pieces = {
        id(each): (_place(text, first), _place(text, last))
        for each, (first, last) in zip(naming, spans, strict=falls_apart)
    }
    return [_with_words(each, text, pieces.get(id(each)), found, language) for each in told]


def _cut(said: str, first: int, last: int, language: LanguageWords) -> tuple[int, int] | None:
    """Where one piece ends and the next begins: at what stands last between two things and makes two of them."""
    marks = list(language.divides.finditer(said, first, last))
    if not marks:
        return None
    end = marks[-1].end()
    # What is attached to a word that nobody knows may as well be its first letter.
    attached = end < last and marks[-1].group() == "و" and said[end] != " "
    return marks[-1].start(), marks[-1].start() if attached else end


def _with_words(
    phrase: FoundPhrase, text: str, span: tuple[int, int] | None, found: Sequence[FoundPhrase], language: LanguageWords
) -> FoundPhrase:
    first, last = span or (0, len(text))
    piece = _trimmed(text[first:last]) if span else text.strip()
    if phrase.concept not in _PEOPLE:
        return replace(phrase, text=piece)
    places = [(_place(text, each.start) - first, _place(text, each.end - 1) + 1 - first, each) for each in found]
    within = [(start, end, each) for start, end, each in places if start >= 0 and end <= last - first]
    person = _person(text[first:last], within, language)
    return replace(phrase, text=piece, person=person if person and person in piece else None)


def _place(text: str, at: int) -> int:
    """The character of `text` that stands at `at` when it is flattened."""
    places = range(len(text) + 1)
    return min(bisect_right(places, at, key=lambda length: len(flat(text[:length]))), len(text) + 1) - 1


def _trimmed(piece: str) -> str:
    """Without the marks around it, and without a bracket that lost its other half."""
    while True:
        piece = piece.strip(_AROUND)
        for opening, closing in _BRACKETS:
            if piece.startswith((opening, closing)) and (piece[0] == closing or closing not in piece):
                piece = piece[1:]
                break
            if piece.endswith((opening, closing)) and (piece[-1] == opening or opening not in piece):
                piece = piece[:-1]
                break
        else:
            return piece


def _person(piece: str, places: list[tuple[int, int, FoundPhrase]], language: LanguageWords) -> str | None:
    """The friend or doctor whom a piece names, as typed."""
    people = [(start, end) for start, end, each in places if each.concept in _PEOPLE]
    if language.named is not None:
        return _by_pattern(piece, places, language.named)
    words = list(_words(piece, places))
    cased = not shouted(piece) and not _UNCASED.search(piece)
    for at, word in enumerate(words[:-1]):
        titled = word.plain in language.titles and (word.phrase is None or word.phrase.concept in _PEOPLE)
        if titled and (name := _name_from(words, at + 1, language, cased=cased, called=True)):
            return piece[word.start : name.end]
    for _, end in people:
        after = next((at for at, word in enumerate(words) if word.start >= end), len(words))
        first, called = after, False
        while first < len(words) and first - after < _LONGEST_INTRODUCTION and _introduces(words[first], language):
            called = called or words[first].plain in language.called
            first += 1
        if name := _name_from(words, first, language, cased=cased, called=called):
            return piece[words[first].start : name.end]
    return None


def _words(piece: str, places: list[tuple[int, int, FoundPhrase]]) -> Iterator[_Word]:
    for match in _WORD.finditer(piece):
        start, end = match.span()
        phrase = next((each for first, last, each in places if first < end and start < last), None)
        yield _Word(match.group(), flat(match.group()), start, end, phrase)


def _introduces(word: _Word, language: LanguageWords) -> bool:
    return word.plain in language.called or word.plain in language.of


def _name_from(words: list[_Word], first: int, language: LanguageWords, *, cased: bool, called: bool) -> _Word | None:
    """The last word of the name that begins at `first`; `called`: what stands there is said to be one."""
    last = None
    for at, word in enumerate(words[first : first + _MOST_NAMES]):
        if word.phrase is not None or word.plain in BRANDS or not _may_be_name(word, language, cased=cased):
            break
        if not cased and at == 0 and not called and word.plain not in language.names | FIRST_NAMES:
            break
        if not cased and at > 0 and not (word.plain in language.names or word.plain.startswith("ال")):
            break
        last = word
    return last


def _may_be_name(word: _Word, language: LanguageWords, *, cased: bool) -> bool:
    if cased:
        return word.written[0].isupper()
    return word.plain not in language.small and not language.divides.match(word.plain)


def _by_pattern(piece: str, places: list[tuple[int, int, FoundPhrase]], named: re.Pattern[str]) -> str | None:
    """The name where words aren't divided by spaces; each phrase is one letter to the pattern, the person's an @."""
    shown, at = "", 0
    origin: list[int] = []
    for start, end, each in places:
        shown += piece[at:start] + ("@" if each.concept in _PEOPLE else "\0")
        origin += [*range(at, start), start]
        at = max(at, end)
    shown += piece[at:]
    origin += range(at, len(piece))
    match = named.search(shown)
    if match is None:
        return None
    group = match.lastindex or 0
    return piece[origin[match.start(group)] : origin[match.end(group) - 1] + 1]
