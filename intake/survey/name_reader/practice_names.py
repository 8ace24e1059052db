"""Referring practices, hospitals and health systems in an answer: by name, in short, misspelled, or by a nickname."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from intake.survey.name_reader.linking import short_for
from intake.survey.spotting.lexicon import FIRST_NAMES, ORDINARY, ORDINARY_SPANISH, SMALL_WORDS, words
from intake.survey.spotting.practice_sources import lexicon
from intake.survey.spotting.spotter import Marked, SpottedTerm
from intake.survey.spotting.surnames import is_surname
from intake.survey.spotting.tokens import Token, tokens

# Words that many practices have in their names and none is told apart by.
_GENERIC = words(
    "family medicine medical clinic center associates health healthcare care group physicians physician primary "
    "internal pediatrics pediatric partners practice specialists specialist doctors services pc llc llp pllc pa inc "
    "md hospital memorial regional community general urgent emergency system systems university women womens heart "
    "foot ankle vein skin eye cancer bone joint spine surgery surgical orthopedics orthopedic dermatology cardiology "
    "podiatry obgyn wellness the of and for at in"
)
_WRITTEN = {
    "st": "saint", "ctr": "center", "centre": "center", "hosp": "hospital", "med": "medicine", "mem": "memorial",
    "univ": "university", "assoc": "associates", "docs": "doctors", "dr": "doctors", "phys": "physicians",
    "peds": "pediatrics", "ortho": "orthopedics", "derm": "dermatology", "hart": "heart", "medecine": "medicine",
    "medicene": "medicine", "mt": "mount", "ft": "fort", "n": "north", "s": "south", "e": "east", "w": "west",
}  # fmt: skip
# With one of these and one telling word a place is meant, if only one has both: "Norton hospital".
_KINDS = words(
    "hospital clinic medicine pediatrics urgent memorial associates physicians women womens heart foot skin eye"
)
_HOSPITALS = words("hospital memorial infirmary emergency er system regional")
_SHORT_SYSTEM = 2
# Small words may stand between the words of a name, and one word more.
_SPREAD = 2
_FUZZY_FROM = 5
_SURE, _PARTLY = 0.97, 0.85
MOST_PRACTICES = 5_000


@dataclass(frozen=True)
class KnownPractice:
    """A referring practice, hospital or the like, and what people call it."""

    practice_id: int
    name: str
    nicknames: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Called:
    practice: KnownPractice
    words: tuple[str, ...]
    # The words that tell it from others; all of them must be there.
    telling: frozenset[str]
    nickname: bool


class KnownPractices:
    """The practices by the words that tell one from another; the first MOST_PRACTICES of those given."""

    def __init__(self, practices: Iterable[KnownPractice] = ()) -> None:
        self._by_word: dict[str, list[_Called]] = {}
        listed = [each for each, _ in zip(practices, range(MOST_PRACTICES), strict=False)]
        self._by_id = {each.practice_id: each for each in listed}
        for practice in listed:
            for name, nickname in ((practice.name, False), *((name, True) for name in practice.nicknames)):
                if called := _called(practice, name, nickname):
                    for word in called.telling:
                        self._by_word.setdefault(word, []).append(called)
        self._given = [word for word in self._by_word if word in FIRST_NAMES]
        self._spelled = sorted(word for word in self._by_word if len(word) >= _FUZZY_FROM)

    def practice(self, practice_id: int) -> KnownPractice:
        return self._by_id[practice_id]

    def find(self, marked: Marked, taken: set[int]) -> list[SpottedTerm]:
        """The practices named, none twice, in order; `taken` tokens belong to other names."""
        if not self._by_word:
            return []
        places = self._places(marked, taken)
        found: list[tuple[float, SpottedTerm]] = []
        for called in dict.fromkeys(called for word in places for called in self._by_word[word]):
            given = {word: places[word] for word in called.telling if word in places}
            found += _hits(marked, called, given, taken)
        found.sort(key=lambda pair: -pair[0])
        chosen: list[SpottedTerm] = []
        for worth, hit in found:
            rivals = {other.record_id for as_much, other in found if other.overlaps(hit) and as_much == worth}
            if len(rivals) > 1 and worth < hit.last - hit.first + 1:
                # Part of two names is neither's.
                continue
            if not any(hit.overlaps(other) or hit.record_id == other.record_id for other in chosen):
                chosen.append(hit)
        return sorted(chosen, key=lambda hit: hit.first)

    def _places(self, marked: Marked, taken: set[int]) -> dict[str, list[tuple[int, int, int]]]:
        """Telling word → where it stands: (first, last, letters off)."""
        found: dict[str, list[tuple[int, int, int]]] = {}
        for at, token in enumerate(marked.tokens):
            if at in taken:
                continue
            here = [(word, at) for word in _forms(token)]
            if at + 1 < len(marked.tokens) and not marked.joints[at + 1]:
                here.append((token.stem + marked.tokens[at + 1].stem, at + 1))
            exact = [(word, last) for word, last in here if word in self._by_word]
            for word, last in exact:
                found.setdefault(word, []).append((at, last, 0))
            if not exact and (near := self._near(token)):
                found.setdefault(near[0], []).append((at, at, near[1]))
        return found

    def _near(self, token: Token) -> tuple[str, int] | None:
        for word in _forms(token):
            # "St. Joe's" is Saint Joseph.
            named = next((name for name in self._given if word in FIRST_NAMES and short_for(word, name)), None)
            if named:
                return named, 1
        word = token.stem
        if len(word) < _FUZZY_FROM or word in ORDINARY or word in lexicon().words or word in SMALL_WORDS:
            return None
        most = 1 if len(word) < 8 else 3
        best = process.extractOne(word, self._spelled, scorer=OSA.distance, score_cutoff=most)
        return (best[0], int(best[1])) if best and best[0][0] == word[0] else None


def _called(practice: KnownPractice, name: str, nickname: bool) -> _Called | None:
    listed = tuple(_forms(token)[-1] for token in tokens(name))
    own = frozenset(word for word in listed if word not in _GENERIC and word not in SMALL_WORDS)
    telling = own or frozenset(word for word in listed if word not in SMALL_WORDS)
    return _Called(practice, listed, telling, nickname) if telling else None


def _forms(token: Token) -> list[str]:
    """The word as written, and as names of practices are compared: unabbreviated, without a plural's s."""
    written = _WRITTEN.get(token.stem, token.stem)
    singular = written[:-1] if len(written) > 3 and written.endswith("s") and not written.endswith("ss") else written
    return [written, singular] if written not in _GENERIC else [written]


def _hits(
    marked: Marked, called: _Called, places: dict[str, list[tuple[int, int, int]]], taken: set[int]
) -> list[tuple[float, SpottedTerm]]:
    made = []
    start_word = next(iter(places))
    for start in places[start_word]:
        chosen = {start_word: start}
        for word, spots in places.items():
            chosen.setdefault(word, min(spots, key=lambda spot: abs(spot[0] - start[0])))
        first, last = min(spot[0] for spot in chosen.values()), max(spot[1] for spot in chosen.values())
        used = sum(spot[1] - spot[0] + 1 for spot in chosen.values())
        if last - first + 1 > used + _SPREAD or any(marked.joints[at] for at in range(first + 1, last + 1)):
            continue
        every = set(called.words)

        def fits(at: int, every: set[str] = every) -> bool:
            free = 0 <= at < len(marked.tokens) and at not in taken
            return free and any(form in every for form in _forms(marked.tokens[at]))

        def beside(at: int, step: int) -> int:
            small = at + step
            while 0 <= small < len(marked.tokens) and marked.word(small) in ("and", "of", "the", "for"):
                small += step
            return small if fits(small) and not marked.joints[max(at, small)] else at

        while (further := beside(last, 1)) != last:
            last = further
        while (further := beside(first, -1)) != first:
            first = further
        off = sum(spot[2] for spot in chosen.values())
        given = {form for at in range(first, last + 1) for form in _forms(marked.tokens[at])} | set(chosen)
        missing = [word for word in called.words if word not in given and word not in SMALL_WORDS]
        if missing and not _is_enough(called, given, first, last, off):
            continue
        made.append(
            (last - first + 1 - 0.1 * len(missing) - 0.2 * off, _hit(marked, called, (first, last), off, missing))
        )
    return made


def _is_enough(called: _Called, given: set[str], first: int, last: int, off: int) -> bool:
    """Whether part of a name says which practice: all the telling words, or one beside what kind of place it is."""
    told = called.telling & given
    if len(told) < len(called.telling):
        return not off and last > first and bool(_KINDS & given & set(called.words))
    if len(told) > 1 or last > first:
        return True
    (word,) = told
    common = word in ORDINARY or word in ORDINARY_SPANISH or word in FIRST_NAMES or word in lexicon().words
    return not off and not common and len(word) > 3 and not is_surname(word)


def _hit(marked: Marked, called: _Called, span: tuple[int, int], off: int, missing: list[str]) -> SpottedTerm:
    first, last = span
    every = set(called.words) | {form for token in tokens(called.practice.name) for form in _forms(token)}
    concept = "doctor"
    if "urgent" in every:
        concept = "urgent_care"
    elif every & _HOSPITALS or {"medical", "center"} <= every or _is_system(called.practice.name):
        concept = "hospital_er"
    partly = f", without '{' '.join(missing)}'" if missing else ""
    return SpottedTerm(
        first,
        last,
        concept,
        _PARTLY if missing else _SURE,
        f"'{marked.piece(first, last)}' names {called.practice.name}{partly}",
        letters_off=off,
        proposed=bool(missing or off),
        record_id=called.practice.practice_id,
        phrase=called.practice.name.casefold(),
    )


def _is_system(name: str) -> bool:
    """ "Baptist Health", "Norton Healthcare": a name and no more."""
    said = name.casefold().split()
    return len(said) == _SHORT_SYSTEM and said[-1] in ("health", "healthcare")
