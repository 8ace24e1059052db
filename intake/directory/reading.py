# ruff: noqa: SIM905 - lists of plain words read best as text
"""What somebody may mean by a few typed words: which of them can be names, a city, a specialty, a street.

Nothing is decided here. A word keeps every meaning it can have (Jackson is a surname, a first name and a city), each
with how well it fits, and the physicians found decide which reading holds together.
"""

import heapq
import math
import re
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial

from nicknames import NickNamer
from rapidfuzz.distance import LCSseq

from intake.directory.clues import LONGEST_WORD, PARTICLES, city_word
from intake.directory.naming import normal
from intake.directory.npi_rows import STATES
from intake.directory.specialties import lay_words, spoken_words
from intake.directory.spelling import Spelling
from intake.directory.vocabulary import CITY, NAME, Vocabulary

LONGEST_TEXT = 200
MOST_WORDS = 14
MOST_NAMES = 28
MOST_CODES = 24
_LETTERS_FOR_GUESSES = 3
_MOST_LETTERS_FOR_GUESSES = 12

TITLES = frozenset(
    (
        "dr doc doctor doctora dra drs doctors md do dds dmd dpm dc od phd pharmd np fnp pa rn cnm crna pt lcsw "
        "facs mr mrs ms miss sir prof professor sr sra senor senora jr ii iii iv esq"
    ).split()
)
FILLERS = frozenset(
    (
        "a an the my our her his their your at in on of from by for with and or to near around over off out i he "
        "she it they we who that this was is are were be has have had said says sent send told tell referred "
        "referral refer recommended recommend me us named name called like think maybe some someone somebody "
        "office clinic practice street city town lady guy man woman person new old nice good best primary el la "
        "los las en de del por mi con que un una y o es fue mando recomendo dijo llamado llama nombre"
    ).split()
)
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
_SPANISH_NICKNAMES = {
    "pepe": ("jose",), "paco": ("francisco",), "pancho": ("francisco",), "lupe": ("guadalupe",), "chuy": ("jesus",),
    "nacho": ("ignacio",), "beto": ("alberto", "roberto", "gilberto", "humberto"), "tono": ("antonio",),
    "memo": ("guillermo",), "kike": ("enrique",), "quique": ("enrique",), "concha": ("concepcion",),
    "chela": ("graciela",),
    "lalo": ("eduardo",), "chava": ("salvador",), "nando": ("fernando",), "mari": ("maria",), "lola": ("dolores",),
    "charo": ("rosario",), "tere": ("teresa",), "lucha": ("luz", "lucia"), "poncho": ("alfonso",), "rafa": ("rafael",),
    "manolo": ("manuel",), "meche": ("mercedes",), "chabela": ("isabel",), "santi": ("santiago",),
    "gabi": ("gabriela",),
    # Names as they are shortened in writing.
    "wm": ("william",), "chas": ("charles",), "jas": ("james",), "thos": ("thomas",), "robt": ("robert",),
    "geo": ("george",), "jos": ("joseph",), "benj": ("benjamin",), "saml": ("samuel",), "edw": ("edward",),
    "ma": ("maria",),
}  # fmt: skip
# Short for a specialty only beside a name; on their own they are credentials or little words.
_NEVER_ALONE = frozenset(
    {"pa", "np", "rn", "pt", "ot", "dds", "dmd", "ob", "id", "gi", "er", "ent"} - {"ent", "pt", "gi"}
)
# Kinds whose words, when they fit, aren't names as well.
_FIRM = frozenset({"specialty", "street", "practice"})
# In several words they are what they are, though misspelled: los angelas is no Angela.
_SAID_IN_WORDS = frozenset({"specialty", "city"})
_MARKS_APART = re.compile(r"(?<=\b[^\W\d_])\.\s?(?=[^\W\d_]\b)")


@dataclass(frozen=True)
class Span:
    """Some words in a row that mean one thing: kind 'city', 'state', 'specialty', 'street' or 'practice'."""

    kind: str
    places: range
    values: frozenset[str]
    quality: float
    # Says little when it doesn't fit: the words may as well mean something else.
    unclear: bool = False


@dataclass
class Reading:
    """`names[place]` holds the names that the word at `place` may be; `given_names` also what a nickname stands for."""

    words: list[str]
    names: list[dict[str, float]]
    given_names: list[dict[str, float]]
    spans: list[Span]
    noise: list[bool]
    npi: str = ""
    weights: list[float] = field(default_factory=list)

    @property
    def name_places(self) -> list[int]:
        """Places of the words that can be names, initials included."""
        return [place for place, word in enumerate(self.words) if self.names[place] or self.is_initial(place)]

    def is_initial(self, place: int) -> bool:
        return len(self.words[place]) == 1 and not self.noise[place]

    def spans_of(self, *kinds: str) -> list[Span]:
        return [span for span in self.spans if span.kind in kinds]


def read(text: str, vocabulary: Vocabulary, practices: "Practices | None" = None) -> Reading:
    """Every meaning of `text`. The last word may be unfinished, as when each keystroke searches."""
    unfinished = not text[:LONGEST_TEXT].endswith((" ", ",")) or len(text.split()) <= 1
    plain = normal(_MARKS_APART.sub("", text[:LONGEST_TEXT]))
    words = [word[:LONGEST_WORD] for word in plain.split()[:MOST_WORDS]]
    npi = next((word for word in words if len(word) == 10 and word.isdigit()), "")
    noise = [word in TITLES or word in FILLERS or word.isdigit() for word in words]
    # A word that is itself a name isn't taken for a misspelled city or specialty.
    settled = [noise[place] or vocabulary.has(NAME, word) for place, word in enumerate(words)]
    spans = _specialties(words, settled, unfinished) + _cities(words, vocabulary, noise, settled, unfinished)
    spans += _states(words, spans) + _streets(words)
    if practices is not None:
        spans += practices.mentioned(words)
    if all(noise) and not spans:
        # Do, An and Ma are titles and little words, and surnames.
        noise = [word in ("dr", "doctor", "the") or word.isdigit() for word in words]
    if len(words) == 2 and words[0] not in TITLES and noise[1] and not words[1].isdigit() and words[1] not in TITLES:
        # A little word in a surname's place is a surname cut short or misspelled.
        noise[1] = False
    firmly = {
        place
        for span in spans
        if (span.quality > 0.95 and span.kind in _FIRM) or (span.kind in _SAID_IN_WORDS and len(span.places) > 1)
        for place in span.places
    }
    names: list[dict[str, float]] = []
    given_names: list[dict[str, float]] = []
    for place, word in enumerate(words):
        last = unfinished and place == len(words) - 1
        if word.isdigit() or len(word) == 1:
            begun = vocabulary.beginning(NAME, word, MOST_NAMES) if last and not noise[place] else []
            names.append({other: 0.86 for other, _ in begun} if word.isalpha() else {})
            continue
        exactly = noise[place] or place in firmly
        found = {word: 1.0} if vocabulary.has(NAME, word) else {}
        if not exactly:
            found |= vocabulary.remembered((NAME, word, last), partial(_near_names, word, vocabulary, unfinished=last))
        names.append(found)
    _join_names(words, names, vocabulary)
    _join_particles(words, names, vocabulary)
    for place, word in enumerate(words):
        given_names.append(_called(word, names[place]) if len(word) > 1 and not noise[place] else names[place])
    reading = Reading(words, names, given_names, spans, noise, npi)
    reading.weights = [_weight(reading, place) for place in range(len(words))]
    for place in range(len(words) - 1):
        if words[place] in PARTICLES and words[place] + words[place + 1] in names[place + 1]:
            # The Mc of a McDonald says nothing by itself.
            reading.weights[place] = 0.0
    return reading


def closeness(word: str, other: str, edits: int, *, alike: bool) -> float:
    """1 for the same word; less for every edit, more so in a short word or at the first letter."""
    if edits == 0:
        return 1.0
    fit = 1 - 0.9 * edits / (max(len(word), len(other)) + 1.5)
    if alike:
        fit = max(fit + 0.03, 0.87 - 0.03 * edits)
    return min(fit, 0.97) - (0.02 if word[0] != other[0] else 0)


def _near_names(word: str, vocabulary: Vocabulary, *, unfinished: bool) -> dict[str, float]:
    near = vocabulary.near(NAME, word)
    if len(near) > 3 * MOST_NAMES:
        # Of two names equally near, the commoner one is likelier meant.
        near = heapq.nsmallest(3 * MOST_NAMES, near, key=lambda one: one[1] - 0.3 * math.log10(1 + one[2]))
    scored = {other: (closeness(word, other, edits, alike=alike), count) for other, edits, count, alike in near}
    if unfinished and len(word) >= 2:
        for other, count in vocabulary.beginning(NAME, word, MOST_NAMES):
            if other != word:
                fit = 0.86 + 0.1 * len(word) / len(other)
                if fit > scored.get(other, (0.0, 0))[0]:
                    scored[other] = (fit, count)
    if (
        unfinished
        and _LETTERS_FOR_GUESSES < len(word) <= _MOST_LETTERS_FOR_GUESSES
        and not any(fit > 0.85 for fit, _ in scored.values())
    ):
        for start in vocabulary.misspelled_starts(NAME, word, 12):
            for other, count in vocabulary.beginning(NAME, start, 6):
                fit = 0.72 + 0.1 * len(word) / max(len(other), len(word))
                if fit > scored.get(other, (0.0, 0))[0]:
                    scored[other] = (fit, count)
    ranked = sorted(scored.items(), key=lambda item: -(item[1][0] + 0.012 * math.log10(1 + item[1][1])))
    # A short name has more neighbours within the same few edits.
    return {other: fit for other, (fit, _) in ranked[: MOST_NAMES if len(word) > 4 else 2 * MOST_NAMES]}


def _called(word: str, found: dict[str, float]) -> dict[str, float]:
    """The names found, and the first names that they are short for or long for."""
    called = dict(found)
    for near, fit in [(word, 1.0), *((other, fit) for other, fit in list(found.items())[:4] if 0.84 < fit < 1)]:
        for other, share in familiar(near).items():
            if fit * share > called.get(other, 0.0):
                called[other] = fit * share
    return called


@lru_cache(4096)
def familiar(name: str) -> dict[str, float]:
    """Bob, Rob and Bobby for Robert, Robert for Bob, Rob for Bob; each with how likely it stands for `name`."""
    lexicon = _nicknames()
    formal = {*lexicon.canonicals_of(name), *_SPANISH_NICKNAMES.get(name, ())}
    short = {*lexicon.nicknames_of(name), *_spanish_short().get(name, ())}
    aside = {other for canonical in formal for other in lexicon.nicknames_of(canonical)}
    shares = dict.fromkeys(aside, 0.82) | dict.fromkeys(short, 0.9) | dict.fromkeys(formal, 0.92)
    shares.pop(name, None)
    # Some name books give Robert for Bill too; William, which holds it, is likelier.
    return {other: share + 0.04 * LCSseq.normalized_similarity(name, other) for other, share in shares.items()}


@cache
def _nicknames() -> NickNamer:
    return NickNamer()


@cache
def _spanish_short() -> dict[str, set[str]]:
    short: dict[str, set[str]] = {}
    for nickname, names in _SPANISH_NICKNAMES.items():
        for name in names:
            short.setdefault(name, set()).add(nickname)
    return short


def _join_names(words: list[str], names: list[dict[str, float]], vocabulary: Vocabulary) -> None:
    """Mc Donald, O Brien, Mary Ann: written apart, kept in one."""
    for place in range(len(words) - 1):
        joined = words[place] + words[place + 1]
        if (words[place] in PARTICLES or len(words[place]) > 1) and vocabulary.has(NAME, joined):
            names[place + 1][joined] = 0.97
            if words[place] not in PARTICLES:
                names[place][joined] = max(names[place].get(joined, 0.0), 0.97)


def _join_particles(words: list[str], names: list[dict[str, float]], vocabulary: Vocabulary) -> None:
    """Van der Berg, de la Cruz: a name in three words, known as one."""
    for place in range(len(words) - 2):
        if words[place] in PARTICLES and words[place + 1] in PARTICLES:
            joined = "".join(words[place : place + 3])
            if vocabulary.has(NAME, joined):
                names[place + 2][joined] = 0.97


def _weight(reading: Reading, place: int) -> float:
    """How much it matters whether this word is explained."""
    if reading.noise[place]:
        return 0.0
    covering = [span for span in reading.spans if place in span.places]
    # A specialty in three words states one thing, not three.
    shared = max((len([one for one in span.places if not reading.noise[one]]) for span in covering), default=1)
    if not reading.names[place] and not reading.is_initial(place):
        if not covering:
            return 0.25
        return 0.1 if all(span.unclear for span in covering) else 0.7 / shared
    if reading.is_initial(place):
        return 0.5
    if any(span.kind == "specialty" and span.quality > 0.9 for span in covering):
        return 0.7 / shared
    return 0.9 / shared if any(span.kind == "city" and len(span.places) > 1 for span in covering) else 1.0


# What people say in several words is compared run together: heartdoctor, saintlouis.


def _specialties(words: list[str], settled: list[bool], unfinished: bool) -> list[Span]:
    known, lexicon = lay_words(), _lay_spelling()
    spans: list[Span] = []
    taken: set[int] = set()
    for exactly in (True, False):
        for size in (5, 4, 3, 2, 1):
            for start in range(len(words) - size + 1):
                places = range(start, start + size)
                if not taken.isdisjoint(places) or (words[start] in FILLERS and not exactly):
                    continue
                if size == 1 and (words[start] in _NEVER_ALONE or (settled[start] and not exactly)):
                    continue
                some = words[start : start + size]
                codes, quality = _specialty(some, known) if exactly else _near_specialty(some, known)
                if codes:
                    spans.append(Span("specialty", places, frozenset(codes[:MOST_CODES]), quality))
                    taken |= set(places)
    last = len(words) - 1
    if unfinished and last >= 0 and last not in taken and len(words[last]) >= _LETTERS_FOR_GUESSES:
        begun = lexicon.beginning(words[last])
        codes = tuple(dict.fromkeys(code for place in begun[:20] for code in known[lexicon.words[place]]))
        if codes:
            spans.append(Span("specialty", range(last, last + 1), frozenset(codes[:MOST_CODES]), 0.85))
    return spans


def _specialty(some: list[str], known: dict[str, tuple[str, ...]]) -> tuple[tuple[str, ...], float]:
    codes = known.get("".join(some), ())
    if not codes and len(some) > 2:
        codes = known.get("".join(word for word in some if word not in ("and", "y", "the", "s")), ())
    return codes, 1.0


def _near_specialty(some: list[str], known: dict[str, tuple[str, ...]]) -> tuple[tuple[str, ...], float]:
    joined = "".join(some)
    if len(joined) < 4 + len(some) // 2 * 2 or some[-1] in FILLERS or (len(some) > 1 and min(map(len, some)) < 2):
        return (), 0.0
    if len(some) > 1 and spoken_words().isdisjoint(some):
        # Of several words at least one is spelled right.
        return (), 0.0
    found = _near_spoken(joined)
    if found is None:
        return (), 0.0
    others, quality = found
    return tuple(dict.fromkeys(code for other in others for code in known[other])), quality


@lru_cache(4096)
def _near_spoken(joined: str) -> tuple[tuple[str, ...], float] | None:
    """What people say that is spelled like this, run together, and how near it is; several when equally near."""
    lexicon = _lay_spelling()
    allowed = 1 if len(joined) < 9 else 2
    near = [(edits, other) for other, _, edits, _ in lexicon.near(joined) if edits <= allowed]
    if not near:
        return None
    edits = min(near)[0]
    return tuple(other for far, other in sorted(near) if far == edits), 0.97 - 0.05 * edits


@cache
def _lay_spelling() -> Spelling:
    return Spelling.of(sorted(lay_words()))


def _cities(
    words: list[str], vocabulary: Vocabulary, noise: list[bool], settled: list[bool], unfinished: bool
) -> list[Span]:
    def apart(places: range) -> bool:
        """No city, however misspelled: "smith in albany" has a little word in it."""
        return any(noise[place] and words[place] not in _CITY_WORDS for place in places)

    spans: list[Span] = []
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
            elif len(town) >= 5 and not all(settled[place] for place in places) and not apart(places):
                found = vocabulary.remembered((CITY, town), partial(_near_cities, town, vocabulary))
            if unfinished and places[-1] == last and len(town) > _LETTERS_FOR_GUESSES - 1:
                found = dict.fromkeys((other for other, _ in vocabulary.beginning(CITY, town, 4)), 0.85) | found
            for other, quality in found.items():
                spans.append(Span("city", places, frozenset({other}), quality))
    return spans


def _near_cities(town: str, vocabulary: Vocabulary) -> dict[str, float]:
    allowed = 1 if len(town) < 8 else 2
    near = [
        (edits, -count, other, alike) for other, edits, count, alike in vocabulary.near(CITY, town) if edits <= allowed
    ]
    return {other: closeness(town, other, edits, alike=alike) - 0.02 for edits, _, other, alike in sorted(near)[:3]}


def _states(words: list[str], spans: list[Span]) -> list[Span]:
    after_city = {span.places[-1] + 1 for span in spans if span.kind == "city"}
    found = []
    for place, word in enumerate(words):
        code = word.upper()
        if len(word) == 2 and code in STATES:
            clear = place in after_city or (word not in _UNCLEAR_STATES and place > 0)
            if clear or place == len(words) - 1 > 0:
                found.append(Span("state", range(place, place + 1), frozenset({code}), 1.0, unclear=not clear))
        for size in (1, 2):
            name = " ".join(words[place : place + size]).upper()
            if len(name) > 3 and place + size <= len(words) and (code := _state_names().get(name, "")):
                found.append(Span("state", range(place, place + size), frozenset({code}), 0.95))
    return found


@cache
def _state_names() -> dict[str, str]:
    return {name: code for code, name in STATES.items()}


def _streets(words: list[str]) -> list[Span]:
    return [
        Span("street", range(place, place + 2), frozenset({words[place]}), 1.0)
        for place in range(len(words) - 1)
        if words[place + 1] in _STREET_KINDS and words[place] not in TITLES and words[place] not in FILLERS
    ]


@dataclass
class Practices:
    """The referring practices, by the words that tell one from another."""

    words: Spelling
    owners: dict[str, set[int]]
    telling: dict[int, frozenset[str]]
    every: dict[int, frozenset[str]]
    # For a practice with merged ones: the ids of all of them, and the name that each merged one goes by.
    together: dict[int, frozenset[str]]
    called: dict[int | None, str]

    @classmethod
    def of(cls, names: dict[int, str], *, counts_as: dict[int, int]) -> "Practices":
        owners: dict[str, set[int]] = {}
        telling, every = {}, {}
        for practice_id, name in names.items():
            all_words = frozenset(normal(name).split())
            own = frozenset(word for word in all_words if word not in _GENERIC and len(word) > 1) or all_words
            telling[practice_id], every[practice_id] = own, all_words
            for word in own:
                owners.setdefault(word, set()).add(practice_id)
        ones: dict[int, set[int]] = {}
        for gone, kept in counts_as.items():
            ones.setdefault(kept, {kept}).add(gone)
        together = {each: frozenset(map(str, ids)) for ids in ones.values() for each in ids}
        called: dict[int | None, str] = {gone: names[kept] for gone, kept in counts_as.items()}
        return cls(Spelling.of(sorted(owners)), owners, telling, every, together, called)

    def mentioned(self, words: list[str]) -> list[Span]:
        """A span for each practice whose telling words all occur, misspelled or not."""
        if not self.owners:
            return []
        seen: dict[int, dict[str, tuple[int, float]]] = {}
        for place, word in enumerate(words):
            if len(word) < _LETTERS_FOR_GUESSES or word in FILLERS or word in TITLES:
                continue
            for other, _, edits, alike in self.words.near(word):
                fit = closeness(word, other, edits, alike=alike)
                if fit < 0.8:
                    continue
                for practice_id in self.owners[other]:
                    known = seen.setdefault(practice_id, {}).get(other)
                    if known is None or known[1] < fit:
                        seen[practice_id][other] = (place, fit)
        spans = []
        for practice_id, matched in seen.items():
            if len(matched) < len(self.telling[practice_id]):
                continue
            places = sorted(place for place, _ in matched.values())
            first, last = places[0], places[-1]
            every = self.every[practice_id]
            while last + 1 < len(words) and words[last + 1] in every:
                last += 1
            while first > 0 and words[first - 1] in every:
                first -= 1
            quality = sum(fit for _, fit in matched.values()) / len(matched)
            spans.append(
                Span(
                    "practice",
                    range(first, last + 1),
                    self.together.get(practice_id, frozenset({str(practice_id)})),
                    quality,
                )
            )
        return spans


_GENERIC = frozenset(
    (
        "family medicine medical clinic center centre associates health healthcare care group physicians "
        "physician primary internal pediatrics pediatric partners practice specialists specialist pc llc llp pllc "
        "pa inc the of and for at in doctors services hospital women womens surgery surgical"
    ).split()
)
