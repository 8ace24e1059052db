# ruff: noqa: SIM905 - lists of plain words read best as text
"""Cities, states and streets that typed words name. Cities are compared run together: saintlouis."""

from functools import partial

from intake.directory.npi.rows import STATE_CODES, STATES
from intake.directory.physician_search.keys import city_word
from intake.directory.physician_search.name_terms import closeness
from intake.directory.physician_search.stop_words import FILLERS, LETTERS_FOR_GUESSES, TITLES, WordSpan
from intake.directory.physician_search.vocabulary import CITY, NAME, Vocabulary

_STREET_KINDS = frozenset(
    ("st street ave avenue rd road blvd boulevard drive ln lane way hwy highway pkwy plaza").split()
)
_CITY_NICKNAMES = {
    "nyc": "newyork", "philly": "philadelphia", "vegas": "lasvegas", "slc": "saltlakecity", "frisco": "sanfrancisco",
    "indy": "indianapolis", "nola": "neworleans", "atl": "atlanta", "jax": "jacksonville", "kc": "kansascity",
}  # fmt: skip
# Little words that cities begin with or contain.
_CITY_WORDS = frozenset("new old los las la el del de of st saint san santa fort mount north south east west".split())
# Also words of everyday language: a state only beside a city.
_UNCLEAR_STATES = frozenset(
    {"in", "or", "me", "de", "la", "hi", "ok", "pa", "md", "co", "al", "ma", "ms", "id", "oh", "as"}
)


def city_spans(
    words: list[str], vocabulary: Vocabulary, noise: list[bool], settled: list[bool], unfinished: bool
) -> list[WordSpan]:
    """Cities that words may name, spelled right or nearly; `settled` words are names."""

    def interrupted(places: range) -> bool:
        """Whether a word stands between that no city has: "smith in albany"."""
        return any(noise[place] and words[place] not in _CITY_WORDS for place in places)

    spans: list[WordSpan] = []
    last = len(words) - 1
    for size in (3, 2, 1):
        for start in range(len(words) - size + 1):
            places = range(start, start + size)
            if any(set(places) <= set(span.places) for span in spans) or all(noise[place] for place in places):
                continue
            town = city_word(" ".join(words[start : start + size]))
            town = _CITY_NICKNAMES.get(town, town)
            found: dict[str, float] = {}
            if vocabulary.has(CITY, town):
                found[town] = 1.0
            elif len(town) >= 5 and not all(settled[place] for place in places) and not interrupted(places):
                found = vocabulary.remembered((CITY, town), partial(_near_cities, town, vocabulary))
            if unfinished and places[-1] == last and len(town) > LETTERS_FOR_GUESSES - 1:
                found = dict.fromkeys((other for other, _ in vocabulary.beginning(CITY, town, 4)), 0.85) | found
            # More practise in Denver than are called so.
            sure = size > 1 or vocabulary.count(CITY, town) > vocabulary.count(NAME, town)
            for other, quality in found.items():
                spans.append(WordSpan("city", places, frozenset({other}), quality, sure=sure))
    return spans


def _near_cities(town: str, vocabulary: Vocabulary) -> dict[str, float]:
    allowed = 1 if len(town) < 8 else 2
    near = [
        (edits, -count, other, alike) for other, edits, count, alike in vocabulary.near(CITY, town) if edits <= allowed
    ]
    return {other: closeness(town, other, edits, alike=alike) - 0.02 for edits, _, other, alike in sorted(near)[:3]}


def state_spans(words: list[str], spans: list[WordSpan]) -> list[WordSpan]:
    """States by letters or name; letters that are words too only beside a city."""
    after_city = {span.places[-1] + 1 for span in spans if span.kind == "city"}
    found = []
    for place, word in enumerate(words):
        code = word.upper()
        if len(word) == 2 and code in STATES:
            clear = place in after_city or (word not in _UNCLEAR_STATES and place > 0)
            if clear or place == len(words) - 1 > 0:
                found.append(WordSpan("state", range(place, place + 1), frozenset({code}), 1.0, unclear=not clear))
        for size in (1, 2):
            name = " ".join(words[place : place + size]).upper()
            if len(name) > 3 and place + size <= len(words) and (code := STATE_CODES.get(name, "")):
                found.append(WordSpan("state", range(place, place + size), frozenset({code}), 0.95))
    return found


def street_spans(words: list[str]) -> list[WordSpan]:
    """ "Elm street", by the word before the kind of street."""
    return [
        WordSpan("street", range(place, place + 2), frozenset({words[place]}), 1.0)
        for place in range(len(words) - 1)
        if words[place + 1] in _STREET_KINDS and words[place] not in TITLES and words[place] not in FILLERS
    ]
