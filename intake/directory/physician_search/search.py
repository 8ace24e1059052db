"""Search of physicians by typed text, among two hundred or among all of the country's.

Four steps. The words are parsed with every meaning they may have (`query_parser`). Pairs of meanings (surname and
first name, city and surname, specialty and city, …) are looked up as exact keys in one index (`keys`), which returns
few rows whatever the size of the directory. Physicians who refer to us, held in memory, join them
(`referrer_cache`). The best of these are fetched and ranked by how much of the text each explains (`ranking`).
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import itemgetter
from typing import Any

from flask import current_app
from sqlalchemy import select

from intake.db import db
from intake.directory.models import Location, ReferringPractice
from intake.directory.npi.referring_practices import practice_mapping
from intake.directory.npi.specialties import specialty_names
from intake.directory.physician_search.keys import (
    any_with,
    city_half,
    city_word,
    initial_with,
    name_half,
    signed,
    specialty_half,
)
from intake.directory.physician_search.lookups import Lookups
from intake.directory.physician_search.practice_terms import PracticeTerms
from intake.directory.physician_search.query_parser import ParsedQuery, parse_query
from intake.directory.physician_search.ranking import CandidateRow, bonus, fit
from intake.directory.physician_search.referrer_cache import current_referrer_counts
from intake.directory.physician_search.vocabulary import NAME, Vocabulary, current_vocabulary
from intake.directory.registry_names import proper

# Bounds of one search: they keep the slowest query near the usual one.
PAIRS_A_CROSSING = 100
LEAST_WORTH = 0.3
MOST_KEYS = 900
MOST_FOUND = 6_000
# Of one pair of names: those spelled as typed are compared with what else was typed, the others are a choice of many.
FOUND_EXACTLY, FOUND_NEARLY, EXACTLY = 1_500, 30, 0.95
# How much less each further physician of one name is worth, and of how many.
ONE_MORE, MOST_ALIKE = 0.03, 20
MOST_RANGES = 8
RANGE_ROWS = 80
NARROWED_ROWS = 3_000
FETCHED = 36
WORST_SCORE = 0.2
# One crossing of two well-fitting meanings is worth this much.
ENOUGH_PROMISE = 0.6
# A hit this good, and this much better than the next, is the one that is meant.
WELL_EXPLAINED, AHEAD = 0.6, 0.15
# One name of two fits, or a first name alone and badly.
PROBABLY_NOBODY = 0.55


# Rank, referrals, score and the physician.
Ranked = tuple[float, int, float, CandidateRow]


@dataclass(frozen=True)
class PhysicianHit:
    """A physician whom the text may mean.

    `score` runs from 0 to 1: the share of the text that the physician explains, less when only a surname, a first
    name or a specialty was given. It says nothing about how many others fit as well; compare it with the next hit's.
    """

    physician_id: int
    npi: str | None
    first_name: str
    last_name: str
    credential: str
    specialty: str
    taxonomy: str
    city: str
    state: str
    practice: str
    score: float

    @property
    def display_name(self) -> str:
        """As people write it: `Maria Gonzalez, MD`."""
        name = f"{proper(self.first_name)} {proper(self.last_name)}".strip()
        return f"{name}, {self.credential}" if self.credential else name


def search_physicians(text: str, *, limit: int = 10, location_id: int | None = None) -> list[PhysicianHit]:
    """Active physicians that `text` may mean, likeliest first; empty for a text that names nobody.

    A finished text or one being typed: the last word may be a beginning. Those who refer to us and those near
    `location_id` go before equals. A merged record appears as the one it was merged into.
    """
    return _Search(limit, location_id).run(text)


def far_ahead(hits: Sequence[PhysicianHit]) -> bool:
    """Return whether the first hit explains the text well and the next one much less."""
    if not hits or hits[0].score < WELL_EXPLAINED:
        return False
    return len(hits) == 1 or hits[0].score - hits[1].score >= AHEAD


def probably_nobody(hits: Sequence[PhysicianHit]) -> bool:
    """Return whether even the first hit explains so little of the text that somebody else is likely meant."""
    return bool(hits) and hits[0].score < PROBABLY_NOBODY


class _Search:
    def __init__(self, limit: int, location_id: int | None) -> None:
        self._limit = limit
        self._lookups = Lookups(db.session.connection())
        vocabulary_stamp, additions_stamp, *newest_link = self._lookups.stamps()
        self._vocabulary = current_vocabulary((vocabulary_stamp, additions_stamp))
        self._practices = _current_practices(self._vocabulary)
        self._referrers = current_referrer_counts((newest_link[0], str(newest_link[1])))
        self._city, self._state = _place_of(location_id)
        # Physician id -> how much speaks for fetching it.
        self._promise: dict[int, float] = {}
        # Physician id -> the most telling pair; the pair -> how many were found by it.
        self._found_by: dict[int, int] = {}
        self._found: Counter[int] = Counter()

    def run(self, text: str) -> list[PhysicianHit]:
        query = parse_query(text, self._vocabulary, self._practices)
        if not query.words:
            return []
        if query.npi:
            self._add((row[0], 10.0) for row in self._lookups.by_npi(query.npi))
        self._cross(query)
        self._add_referrers(query)
        self._add_members(query)
        self._widen(query)
        ranked = self._ranked(query)
        return self._hits(ranked[: self._limit])

    def _add(self, promises: Iterable[tuple[int, float]]) -> None:
        promise = self._promise
        for physician_id, value in promises:
            promise[physician_id] = promise.get(physician_id, 0.0) + value

    def _cross(self, query: ParsedQuery) -> None:
        """Look up every pair of two meanings."""
        crossing = Crossing()
        halves = [_name_halves(given) for given in query.given_names]
        places = [place for place, names in enumerate(halves) if names]
        telling = [place for place in places if not query.noise[place]]
        # One name beside a place or a specialty may be spelled in many ways; of several names each has fewer.
        few, most_pairs = (40, 240) if len(telling) <= 2 else (12, PAIRS_A_CROSSING)
        for one, other in combinations(places, 2):
            small = query.noise[one] and query.noise[other] and telling
            if not small and (len(telling) <= 4 or other - one <= 2):
                crossing.add(halves[one], halves[other], 1.0, most_pairs)
        cities, specialties = query.spans_of("city"), query.spans_of("specialty")
        meanings = [(span, [(city_half(town), span.quality) for town in span.values]) for span in cities]
        meanings += [(span, [(specialty_half(code), span.quality) for code in span.values]) for span in specialties]
        for span, ones in meanings:
            for place in telling:
                if place not in span.places:
                    # Santa Ana is a town before it is somebody called Ana.
                    sure = 1.0 if span.kind == "city" and len(span.places) > 1 else 0.8
                    crossing.add(ones, halves[place][:few], sure, most_pairs)
        for span in specialties:
            codes = [(specialty_half(code), span.quality) for code in span.values]
            for city in cities:
                if set(span.places).isdisjoint(city.places):
                    crossing.add([(city_half(town), city.quality) for town in city.values], codes, 0.7)
            if self._city:
                crossing.add([(city_half(self._city), 1.0)], codes, 0.4)
        if self._city:
            for place in telling:
                crossing.add([(city_half(self._city), 1.0)], halves[place][:10], 0.4)
        self._fetch(crossing)

    def _fetch(self, crossing: "Crossing") -> None:
        worth = crossing.worth(MOST_KEYS)
        wanted = {key: FOUND_EXACTLY if key in crossing.exact else FOUND_NEARLY for key in worth}
        found = self._found
        for key, physician_id in self._lookups.pairs(wanted, MOST_FOUND):
            # Of thousands of one spelling few are fetched, so that others are seen beside them.
            self._add([(physician_id, worth[key] * (1 - ONE_MORE * min(found[key], MOST_ALIKE)))])
            found[key] += 1
            if worth[key] > worth.get(self._found_by.get(physician_id, 0), 0.0):
                self._found_by[physician_id] = key

    def _add_referrers(self, query: ParsedQuery) -> None:
        if not self._referrers.referrals:
            return
        for place in range(len(query.words)):
            if not query.noise[place]:
                for word, value in query.given_names[place].items():
                    self._add((physician_id, 0.6 * value) for physician_id in self._referrers.found_by(word))

    def _add_members(self, query: ParsedQuery) -> None:
        practices = {int(value): span.quality for span in query.spans_of("practice") for value in span.values}
        if practices:
            self._add((row[0], 0.8) for row in self._lookups.members(practices, 200))

    def _widen(self, query: ParsedQuery) -> None:
        """Look up single meanings when no pair brought anybody who explains both."""
        names = [place for place in query.name_places if not query.noise[place]]
        initials = [place for place in names if query.is_initial(place)]
        # Streets are in no crossing, and neither is a McDonald written apart.
        beyond = initials or query.spans_of("street") or any(query.weights[place] == 0.0 for place in names)
        if max(self._promise.values(), default=0.0) >= ENOUGH_PROMISE and not beyond:
            return
        chosen: dict[tuple[int, int], float] = {}
        for bounds, value in self._single_meanings(query, names, initials):
            chosen.setdefault(bounds, value)
            if len(chosen) == MOST_RANGES:
                break
        # "dr ma" is a name begun, not Massachusetts: only what stands beside a name narrows.
        narrowing = [span for span in query.spans_of("street", "state") if not set(names) <= set(span.places)]
        most = NARROWED_ROWS // max(len(chosen), 1) if narrowing else RANGE_ROWS
        found = self._lookups.ranges(list(chosen), most)
        ids = self._narrowed({row[1] for row in found}, narrowing)
        worth = [(bounds, 0.5 * value) for bounds, value in chosen.items()]
        for key, physician_id in found:
            if physician_id in ids:
                value = next((value for (low, high), value in worth if low <= key <= high), 0.0)
                self._add([(physician_id, value)])

    def _single_meanings(
        self, query: ParsedQuery, names: list[int], initials: list[int]
    ) -> Iterator[tuple[tuple[int, int], float]]:
        """Ranges of the index for one meaning each, the most telling first."""
        spelled = [place for place in names if query.names[place]]
        for place in initials:
            for other in spelled:
                for word, value in list(query.names[other].items())[:5]:
                    if value > 0.8 and other != place:
                        yield initial_with(name_half(word), query.words[place]), value
        # The rarest word tells most.
        spelled.sort(key=lambda place: min(self._vocabulary.count(NAME, word) for word in query.names[place]))
        for place in spelled[:2]:
            for word, value in heapq.nlargest(5, query.names[place].items(), key=itemgetter(1)):
                yield any_with(name_half(word)), value
        for span in query.spans_of("specialty"):
            if set(span.places) >= set(spelled):
                for code in sorted(span.values)[:6]:
                    yield any_with(specialty_half(code)), 0.5
        for span in query.spans_of("city"):
            if set(span.places) >= set(spelled):
                for town in span.values:
                    yield any_with(city_half(town)), 0.4

    def _narrowed(self, ids: set[int], narrowing: list[Any]) -> set[int]:
        for span in narrowing:
            value = next(iter(span.values))
            narrow = self._lookups.in_state if span.kind == "state" else self._lookups.on_street
            ids = narrow(ids, value, FETCHED * 2) or ids
        return ids

    def _ranked(self, query: ParsedQuery) -> list[tuple[float, CandidateRow]]:
        referrals = self._referrers.referrals
        shortlist = sorted(
            self._promise, key=lambda one: (-self._promise[one] - (0.3 if one in referrals else 0.0), one)
        )
        most = FETCHED * 4 if query.spans_of("street", "practice") else FETCHED
        found = [CandidateRow(*row) for row in self._lookups.rows(shortlist[: max(most, self._limit)])]
        ranked: list[Ranked] = []
        for row in self._merged(found):
            alike = self._found[self._found_by.get(row.id, 0)]
            score, rank = fit(row, query, min(max(alike, 1), FOUND_NEARLY))
            if score < WORST_SCORE:
                continue
            counted = referrals.get(row.id, 0)
            rank += bonus(row, referrals=counted, city=self._city, state=self._state)
            ranked.append((rank, counted, score, row))
        ranked.sort(key=lambda one: (-round(one[0], 4), -one[1], one[3].id))
        both_names = sum(map(bool, query.given_names)) > 1
        return [(score, row) for _, _, score, row in _mixed(ranked, both_names=both_names)]

    def _merged(self, found: list[CandidateRow]) -> list[CandidateRow]:
        """Replace each merged record by the kept one; leave out deactivated ones."""
        rows = {row.id: row for row in found if row.merged_into is None}
        waiting = {row.merged_into for row in found if row.merged_into is not None} - rows.keys()
        for _ in range(5):
            if not waiting:
                break
            fetched = [CandidateRow(*row) for row in self._lookups.rows({one for one in waiting if one is not None})]
            rows |= {row.id: row for row in fetched if row.merged_into is None}
            waiting = {row.merged_into for row in fetched if row.merged_into is not None} - rows.keys()
        return [row for row in rows.values() if row.active]

    def _hits(self, ranked: list[tuple[float, CandidateRow]]) -> list[PhysicianHit]:
        names = specialty_names({row.taxonomy_code for _, row in ranked})
        return [
            PhysicianHit(
                physician_id=row.id,
                npi=row.npi,
                first_name=row.first_name,
                last_name=row.last_name,
                credential=row.credential,
                specialty=names.get(row.taxonomy_code, ""),
                taxonomy=row.taxonomy_code,
                city=row.city,
                state=row.state,
                practice=self._practices.shown_names.get(row.practice_id, row.practice or ""),
                score=round(score, 4),
            )
            for score, row in ranked
        ]


def _mixed(ranked: list[Ranked], *, both_names: bool) -> list[Ranked]:
    """The same, further ones of one name a little later each: of sixty called Ellis, the fifth is likelier no Ellis."""
    before: Counter[tuple[str, str]] = Counter()
    ranks = []
    for rank, *_, row in ranked:
        name = (row.last_name, row.first_name if both_names else "")
        ranks.append(rank - ONE_MORE * before[name])
        before[name] += 1
    order = sorted(range(len(ranked)), key=lambda place: (-round(ranks[place], 4), place))
    return [ranked[place] for place in order]


class Crossing:
    """Pair keys, and how much a hit of each is worth."""

    def __init__(self) -> None:
        self._worth: dict[int, float] = {}
        # Keys of what was typed to the letter.
        self.exact: set[int] = set()

    def add(
        self,
        ones: list[tuple[int, float]],
        others: list[tuple[int, float]],
        weight: float = 1.0,
        most: int = PAIRS_A_CROSSING,
    ) -> None:
        """Add each of `ones` with each of `others`; of too many, those that fit best. Both lists best first."""
        worth = self._worth
        for product, one, other in _best_products(ones, others, most):
            value = product * weight
            if value < LEAST_WORTH:
                break
            key = one << 32 | other
            if product > EXACTLY:
                self.exact.add(signed(key))
            if value > worth.get(key, 0.0):
                worth[key] = value

    def worth(self, most: int) -> dict[int, float]:
        """The best keys, as the database holds them, and their worth."""
        best = heapq.nlargest(most, self._worth.items(), key=itemgetter(1))
        return {signed(key): value for key, value in best}


def _best_products(
    ones: list[tuple[int, float]], others: list[tuple[int, float]], most: int
) -> Iterator[tuple[float, int, int]]:
    """(product, one, other), greatest first, without making all of them; both lists are in that order too."""
    if not ones or not others:
        return
    # For each row begun, its greatest product not yet given; a row begins when the one above it was begun.
    heap = [(-ones[0][1] * others[0][1], 0, 0)]
    while heap and most:
        most -= 1
        product, row, column = heap[0]
        yield -product, ones[row][0], others[column][0]
        if column + 1 < len(others):
            heapq.heapreplace(heap, (-ones[row][1] * others[column + 1][1], row, column + 1))
        else:
            heapq.heappop(heap)
        if column == 0 and row + 1 < len(ones):
            heapq.heappush(heap, (-ones[row + 1][1] * others[0][1], row + 1, 0))


def _name_halves(given: dict[str, float]) -> list[tuple[int, float]]:
    return sorted(((name_half(word), fit) for word, fit in given.items()), key=itemgetter(1), reverse=True)


def _place_of(location_id: int | None) -> tuple[str, str]:
    if location_id is None:
        return "", ""
    row = db.session.execute(select(Location.city, Location.state).where(Location.id == location_id)).first()
    return (city_word(row[0] or ""), row[1] or "") if row else ("", "")


def _current_practices(vocabulary: Vocabulary) -> PracticeTerms:
    """The referring practices; they and their merges draw a new stamp as new words do."""
    stamp = (vocabulary.vocabulary_stamp, vocabulary.additions_stamp)
    held = current_app.extensions.get("referring_practices")
    if held is None or held[0] != stamp:
        names = {row[0]: row[1] for row in db.session.execute(select(ReferringPractice.id, ReferringPractice.name))}
        held = (stamp, PracticeTerms.of(names, counts_as=practice_mapping()))
        current_app.extensions["referring_practices"] = held
    return held[1]
