"""Links named doctors to physician records: never on a surname alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from nicknames import NickNamer
from rapidfuzz.distance import OSA

from intake.survey.spotting.lexicon import SMALL_WORDS
from intake.survey.spotting.tokens import plain, tokens

# Spanish ones, which the package lacks.
_SHORT_FORMS = {
    "pepe": "jose", "paco": "francisco", "pancho": "francisco", "lupe": "guadalupe", "chuy": "jesus", "beto": "alberto",
    "nacho": "ignacio", "memo": "guillermo", "lalo": "eduardo", "chelo": "consuelo", "concha": "concepcion",
}  # fmt: skip
_MOST_CANDIDATES = 5
_MOST_TELLING = 8
# How far ahead of the next record the search must put one before the words around the name count as agreeing.
_CLEAR_LEAD = 0.08
_HIGH_SCORE = 0.85


@dataclass(frozen=True)
class PhysicianCandidate:
    """A record that the search found for a name. `score` runs from 0 to 1."""

    physician_id: int
    npi: str | None
    first_name: str
    last_name: str
    credential: str = ""
    specialty: str = ""
    city: str = ""
    score: float = 0.0
    # Refers to us, or works in a town that we have a location in.
    nearby: bool = True

    @property
    def name(self) -> str:
        whole = f"{_proper(self.first_name)} {_proper(self.last_name)}".strip()
        return f"{whole}, {self.credential}" if self.credential else whole


FindPhysicians = Callable[[str], Iterable[PhysicianCandidate]]


@dataclass(frozen=True)
class Link:
    physician: PhysicianCandidate | None
    candidates: tuple[PhysicianCandidate, ...]
    reason: str


def link_physician(name: str, around: list[str], find_physicians: FindPhysicians) -> Link:
    """Return the one record that `name`, with the words around it, means; or the records to choose from.

    It needs the surname and something else that agrees: a given name, the specialty or the town.
    """
    given = [token.stem for token in tokens(name) if token.stem not in SMALL_WORDS or len(token.stem) == 1]
    telling = around[: 2 * _MOST_TELLING]
    asked = [word for word in around if len(word) > 2][:_MOST_TELLING]
    found = list(find_physicians(" ".join([*given, *asked])[:200])) if asked else []
    known = {candidate.physician_id for candidate in found}
    found += [candidate for candidate in find_physicians(" ".join(given)) if candidate.physician_id not in known]
    fitting = [candidate for candidate in found if _surname_fits(candidate, given)]
    if not fitting:
        return Link(None, (), "no physician of that name is known")
    ranked = sorted(
        fitting,
        key=lambda candidate: (-_agreeing(candidate, given, telling), -candidate.score, candidate.physician_id),
    )
    candidates = tuple(ranked[:_MOST_CANDIDATES])
    best = ranked[0]
    agreeing = _agreeing(best, given, telling)
    rival = _agreeing(ranked[1], given, telling) if len(ranked) > 1 else 0
    if agreeing >= 1 and agreeing > rival:
        return Link(best, candidates, f"{best.name} is the one whose {_what(best, given, telling)} agrees")
    surname_only = len(given) < 2
    ahead = best.score - ranked[1].score if len(ranked) > 1 else best.score
    if not surname_only and agreeing >= 1 and agreeing == rival and ahead >= _CLEAR_LEAD and best.score >= _HIGH_SCORE:
        return Link(best, candidates, f"{best.name} fits best by far")
    if len(fitting) == 1:
        return Link(None, candidates, f"only the surname of {best.name} agrees")
    return Link(None, candidates, f"{len(fitting)} physicians fit")


def _surname_fits(candidate: PhysicianCandidate, given: list[str]) -> bool:
    surnames = [part for part in plain(candidate.last_name).replace("-", " ").replace("'", "").split() if len(part) > 1]
    surnames.append("".join(surnames))
    return any(is_spelled_like(word.replace("'", ""), surname) for word in given for surname in surnames)


def _first_name_fits(candidate: PhysicianCandidate, given: list[str]) -> float:
    first = plain(candidate.first_name).split()
    if not first or len(given) < 2:
        return 0
    own = first[0]
    towns = plain(candidate.city).split()
    others = [word for word in given if not _surname_fits(candidate, [word]) and word not in towns]
    if not others:
        return 0
    for word in others:
        if is_spelled_like(word, own) or short_for(word, own):
            return 1
        if len(word) == 1 and own.startswith(word):
            return 0.6
    # A given name that disagrees speaks against the record.
    return -1


@cache
def _nicknames() -> NickNamer:
    return NickNamer()


def short_for(name: str, other: str) -> bool:
    """Whether one given name is short for the other: Tim and Timothy, Lupe and Guadalupe."""
    called = _nicknames().nicknames_of(other) | _nicknames().canonicals_of(other)
    return name in called or _SHORT_FORMS.get(name) == other or _SHORT_FORMS.get(other) == name


def _specialty_fits(candidate: PhysicianCandidate, telling: list[str]) -> bool:
    own = plain(candidate.specialty)
    return bool(own) and any(len(word) > 3 and word[:6] in own for word in telling if word != "doctor")


def _city_fits(candidate: PhysicianCandidate, given: list[str], telling: list[str]) -> bool:
    town = plain(candidate.city).split()
    # "dr leu omaha": the town may have been taken for part of the name.
    return bool(town) and all(word in telling or word in given for word in town)


def _agreeing(candidate: PhysicianCandidate, given: list[str], telling: list[str]) -> float:
    return (
        _first_name_fits(candidate, given) + _specialty_fits(candidate, telling) + _city_fits(candidate, given, telling)
    )


def _what(candidate: PhysicianCandidate, given: list[str], telling: list[str]) -> str:
    agreeing = [
        word
        for word, fits in (
            ("given name", _first_name_fits(candidate, given) > 0),
            ("specialty", _specialty_fits(candidate, telling)),
            ("town", _city_fits(candidate, given, telling)),
        )
        if fits
    ]
    return " and ".join(agreeing)


def is_spelled_like(word: str, name: str) -> bool:
    """Whether a typed word may be this name: a letter off in four to seven, two in longer ones."""
    if word == name:
        return True
    shortest = min(len(word), len(name))
    allowed = 0 if shortest < 4 else 1 if shortest < 8 else 2
    return OSA.distance(word, name, score_cutoff=allowed) <= allowed


def _proper(name: str) -> str:
    return name.title() if name.isupper() else name
