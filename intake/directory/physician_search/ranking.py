"""Ranking: how well a physician fits all that was typed."""

import math
from collections import Counter
from dataclasses import dataclass

from intake.directory.name_keys import normal
from intake.directory.physician_search.keys import city_word, name_words
from intake.directory.physician_search.query_parser import ParsedQuery

# A surname alone is a weaker claim than a surname with a first name; with a city or specialty it is between.
_BOTH_NAMES, _SURNAME, _SURNAME_AND_PLACE, _FIRST_NAME, _FIRST_AND_PLACE, _NO_NAME = 1.0, 0.82, 0.9, 0.6, 0.75, 0.55
_FITS = 0.55
# One name with nothing beside it must be nearer: two slips in five letters make almost any name of another.
_FITS_ALONE = 0.73
_CLAIMED = 0.35
_SURE = 0.9
_WITHIN_WORDS, _IN_A_PLACE, _NAMED_AS_A_PLACE = 0.6, 0.8, 0.9
_WHERE = frozenset({"in", "at", "from", "near", "around", "de", "en"})
# Most people are called as they are now.
_FORMER = 0.985
_INITIAL = 0.8
# Ten times as many who fit alike are likelier by this much, but don't go before what was typed to the letter.
_TEN_TIMES_AS_MANY, _TO_THE_LETTER = 0.012, 0.99


@dataclass(slots=True)
class CandidateRow:
    """A physician as the look-up returns it."""

    id: int
    npi: str | None
    first_name: str
    middle_name: str
    last_name: str
    former_first_name: str
    former_last_name: str
    suffix: str
    credential: str
    taxonomy_code: str
    street: str
    city: str
    state: str
    active: bool
    practice_id: int | None
    practice: str | None
    merged_into: int | None


def fit(row: CandidateRow, query: ParsedQuery, alike: int = 1) -> tuple[float, float]:
    """(score, rank), 0 to 1: the share of what was typed that this physician explains, weighed by how telling it is.

    The score is less when little was said; for the rank among others, of whom the same was said, that matters less,
    and it is more where `alike` physicians have the names, or the name and place, that this one was found by.
    """
    if query.npi and row.npi == query.npi:
        return 1.0, 1.0
    explained = [0.0] * len(query.words)
    placed = _fit_spans(row, query, explained)
    lasts, firsts = _name_fits(row, query)
    for place, said in enumerate(explained):
        # In "welch in new york", York explained as the city isn't a Mark misspelled.
        if said and max(lasts[place], firsts[place]) <= said:
            lasts[place] = firsts[place] = 0.0
    for place, share in _within_words(query).items():
        lasts[place], firsts[place] = lasts[place] * share, firsts[place] * share
    last_fit, first_fit = _assign(query, lasts, firsts, explained)
    if not placed and _is_far_off(row, query, last_fit, first_fit):
        return 0.0, 0.0
    total = got = 0.0
    for place, weight in enumerate(query.weights):
        # Little words count when a name explains them: Do and An are surnames too.
        if weight == 0.0 and explained[place] >= _FITS:
            weight = 0.3  # noqa: PLW2901
        total += weight
        got += weight * explained[place]
    if total == 0.0:
        return 0.0, 0.0
    if last_fit >= _FITS and first_fit >= _FITS:
        claim = _BOTH_NAMES
    elif last_fit >= _FITS:
        claim = _SURNAME_AND_PLACE if placed else _SURNAME
    elif first_fit >= _FITS:
        claim = _FIRST_AND_PLACE if placed else _FIRST_NAME
    else:
        claim = _NO_NAME if placed else 0.0
    share = got / total
    common = min(share + _TEN_TIMES_AS_MANY * math.log10(alike), _TO_THE_LETTER)
    return claim * share, (1 - _CLAIMED + _CLAIMED * claim) * max(share, common)


def _is_far_off(row: CandidateRow, query: ParsedQuery, last_fit: float, first_fit: float) -> bool:
    """Whether one name is all there is, and hardly like theirs."""
    if min(last_fit, first_fit) >= _FITS or not _FITS <= max(last_fit, first_fit) < _FITS_ALONE:
        return False
    surnames = name_words(row.last_name)
    if row.former_last_name:
        surnames = (*surnames, *name_words(row.former_last_name))
    # Who is called by one name is called by the surname: its first letter is there, or all letters but one.
    return not any(
        near.get(surname, 0.0) >= _FITS and (word[0] == surname[0] or _letters_apart(word, surname) <= 1)
        for word, near, noise in zip(query.words, query.names, query.noise, strict=True)
        for surname in surnames
        if not noise
    )


def _letters_apart(one: str, other: str) -> int:
    """Number of letters of the longer word that the other lacks, in any place."""
    return max(len(one), len(other)) - (Counter(one) & Counter(other)).total()


def _within_words(query: ParsedQuery) -> dict[int, float]:
    """Places of words that belong to something said in several words, and how far they are names all the same."""
    found: dict[int, float] = {}
    for span in query.spans:
        if span.kind == "specialty" and len(span.places) > 1 and span.quality > _SURE:
            # A primary care doctor isn't somebody called Care.
            found |= dict.fromkeys(span.places, _WITHIN_WORDS)
        elif span.kind == "city" and span.quality == 1.0:
            after = query.words[span.places[0] - 1] if span.places[0] else ""
            # Wright in San Antonio is likelier there than called Antonio.
            if after in _WHERE or span.sure:
                found |= dict.fromkeys(span.places, _IN_A_PLACE if after in _WHERE else _NAMED_AS_A_PLACE)
    return found


def bonus(row: CandidateRow, *, referrals: int, city: str, state: str) -> float:
    """Extra rank of those who refer to us and those nearby: before an equal, not before a better fit."""
    extra = 0.0
    if referrals:
        extra += 0.05 + min(0.03, 0.006 * math.log2(1 + referrals))
    elif row.practice_id:
        extra += 0.02
    if "-" in row.last_name:
        # Who is meant by one of two surnames is likelier the one who has no other.
        extra -= 0.01
    if state and row.state == state:
        extra += 0.03 if city and city_word(row.city) == city else 0.012
    return extra


def _fit_spans(row: CandidateRow, query: ParsedQuery, explained: list[float]) -> bool:
    """Mark the words that the physician's place, specialty or practice explains; True when any does."""
    placed = False
    for span in query.spans:
        if span.kind == "city":
            fits = city_word(row.city) in span.values
        elif span.kind == "specialty":
            fits = row.taxonomy_code in span.values
        elif span.kind == "state":
            fits = row.state in span.values
        elif span.kind == "street":
            fits = bool(span.values & set(normal(row.street).split()))
        else:
            fits = str(row.practice_id) in span.values
        if fits:
            placed = placed or span.kind != "state"
            for place in span.places:
                explained[place] = max(explained[place], span.quality)
    return placed


def _name_fits(row: CandidateRow, query: ParsedQuery) -> tuple[list[float], list[float]]:
    """For each word, how well it fits the physician's surnames and first names."""
    surnames = name_words(row.last_name)
    former = name_words(row.former_last_name) if row.former_last_name else ()
    given = name_words(row.first_name)
    if row.former_first_name:
        given = (*given, *name_words(row.former_first_name))
    middle = name_words(row.middle_name) if row.middle_name else ()
    lasts, firsts = [], []
    for place, word in enumerate(query.words):
        last = first = 0.0
        if called := query.given_names[place]:
            last = _best(query.names[place], surnames)
            if former:
                last = max(last, _FORMER * _best(query.names[place], former))
            first = max(_best(called, given), 0.93 * _best(called, middle))
        if query.is_initial(place):
            last = max(last, 0.6 * _begins((*surnames, *former), word))
            first = max(first, _INITIAL * _begins(given, word), 0.6 * _begins(middle, word))
        lasts.append(last)
        firsts.append(first)
    return lasts, firsts


def _best(fits: dict[str, float], words: tuple[str, ...]) -> float:
    return max([fits[word] for word in words if word in fits], default=0.0)


def _begins(words: tuple[str, ...], initial: str) -> bool:
    return any(word[0] == initial for word in words)


def _assign(query: ParsedQuery, lasts: list[float], firsts: list[float], explained: list[float]) -> tuple[float, float]:
    """Take one word as the surname, another as the first name, in the order that fits best; return both fits."""
    best, surname_place, first_place = 0.0, -1, -1
    places = [place for place in range(len(lasts)) if lasts[place] or firsts[place]]
    for one in places:
        if lasts[one] >= _FITS and lasts[one] > best:
            best, surname_place, first_place = lasts[one], one, -1
        if firsts[one] >= _FITS and firsts[one] * 0.9 > best:
            best, surname_place, first_place = firsts[one] * 0.9, -1, one
    for one in places:
        if lasts[one] < _FITS:
            continue
        for other in places:
            if other != one and firsts[other] >= _FITS:
                # The usual order breaks a tie, as between James Henry and Henry James.
                both = lasts[one] + firsts[other] + (0.02 if other < one else 0.0)
                if both > best:
                    best, surname_place, first_place = both, one, other
    if surname_place >= 0:
        explained[surname_place] = max(explained[surname_place], lasts[surname_place])
    if first_place >= 0:
        swapped = surname_place >= 0 and first_place > surname_place
        explained[first_place] = max(explained[first_place], firsts[first_place] - (0.015 if swapped else 0.0))
    for place in places:
        # Second surnames and middle names.
        if place not in (surname_place, first_place):
            explained[place] = max(explained[place], 0.95 * max(lasts[place], firsts[place]))
    return (
        lasts[surname_place] if surname_place >= 0 else 0.0,
        firsts[first_place] if first_place >= 0 else 0.0,
    )
