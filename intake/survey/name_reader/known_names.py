"""Whom the practice knows: its own people, those who refer, referring practices and hospitals, patients.

Plain values handed in by whoever asks the database; the reader asks it for a few names of an answer at most.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from intake.cached_property import cached_property
from intake.survey.name_reader.linking import FindPhysicians, PhysicianCandidate, is_spelled_like, short_for
from intake.survey.name_reader.practice_names import KnownPractices
from intake.survey.spotting.lexicon import words
from intake.survey.spotting.spell_checker import sound
from intake.survey.spotting.tokens import tokens

_NO_NAMES = words("dr dra doctor prof md do np pa pac aprn fnp rn dpm dds phd facs mph crnp dnp jr sr ii iii")


@dataclass(frozen=True)
class OwnProvider:
    """Somebody who sees patients here; `first_name` may be empty."""

    first_name: str
    last_name: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class KnownPatient:
    """A patient of the name asked for."""

    patient_id: int
    name: str


FindPatients = Callable[[str], Iterable[KnownPatient]]


def _nobody(_name: str) -> tuple[()]:
    return ()


@dataclass(frozen=True, eq=False)
class KnownNames:
    """Whom the practice knows. Not to be changed; one equals itself only, so that readings can be cached.

    `find_patients` gives those of exactly the name; `find_physicians` those that a text may mean, likeliest first.
    """

    own: tuple[OwnProvider, ...] = ()
    practices: KnownPractices = field(default_factory=KnownPractices)
    find_physicians: FindPhysicians = _nobody
    find_patients: FindPatients = _nobody

    @cached_property
    def _by_surname(self) -> dict[str, list[OwnProvider]]:
        found: dict[str, list[OwnProvider]] = {}
        for each in self.own:
            for word in name_words(each.last_name):
                found.setdefault(word, []).append(each)
        return found

    def own_provider(self, words: list[str]) -> "OwnMatch | None":
        """Whom of the practice these words of a name mean: the surname, and no other given name."""
        if not self.own:
            return None
        for at, word in enumerate(words):
            others = [other for place, other in enumerate(words) if place != at and len(other) > 1]
            for surname, people in self._by_surname.items():
                if not _is_surname_of(word, surname):
                    continue
                for each in people:
                    given = name_words(each.first_name)[:1]
                    named = bool(given) and any(is_given_name_of(other, given[0]) for other in others)
                    if named or not others or others == name_words(each.last_name):
                        return OwnMatch(each, named, word != surname)
        return None


@dataclass(frozen=True)
class OwnMatch:
    """One of our own people; `by_full_name` when the given name agrees too."""

    provider: OwnProvider
    by_full_name: bool
    misspelled: bool


class AskedNames:
    """What one answer asks of the known names; each name is asked for once, and few of them."""

    MOST = 4

    def __init__(self, known: KnownNames) -> None:
        self.known = known
        self._physicians: dict[str, list[PhysicianCandidate]] = {}
        self._patients: dict[str, list[KnownPatient]] = {}

    def physicians(self, text: str) -> list[PhysicianCandidate]:
        if text not in self._physicians:
            if len(self._physicians) >= 2 * self.MOST:
                return []
            self._physicians[text] = [
                each
                for each in self.known.find_physicians(text)
                if not (own := self.known.own_provider(name_words(f"{each.first_name} {each.last_name}")))
                or not own.by_full_name
            ]
        return self._physicians[text]

    def patients(self, name: str) -> list[KnownPatient]:
        if name not in self._patients:
            if len(self._patients) >= self.MOST:
                return []
            self._patients[name] = list(self.known.find_patients(name))
        return self._patients[name]


def _is_surname_of(word: str, surname: str) -> bool:
    """Spelled so, a letter off where it is long, or the same to the ear: Lindquist, Oby."""
    if word == surname:
        return True
    alike = len(word) > 4 and is_spelled_like(word, surname)
    return alike or (min(len(word), len(surname)) > 2 and sound(word) == sound(surname))


def own_provider(name: str) -> OwnProvider:
    """The provider of a name as schedules write it: `Dr. Ada Lindqvist`, `Tanaka, Mei MD`."""
    last, comma, first = name.partition(",")
    if not comma or not _plain_words(first):
        said = _plain_words(name)
        return OwnProvider(" ".join(said[:-1]), said[-1]) if said else OwnProvider("", "")
    return OwnProvider(" ".join(_plain_words(first)), " ".join(_plain_words(last)))


def _plain_words(name: str) -> list[str]:
    return [token.text for token in tokens(name) if token.stem not in _NO_NAMES]


def name_words(name: str) -> list[str]:
    """The words of a name as they are compared, without initials."""
    return [token.stem for token in tokens(name) if len(token.stem) > 1]


def is_given_name_of(word: str, given: str) -> bool:
    """Whether somebody called `given` is called `word` too, misspelled or short."""
    return is_spelled_like(word, given) or short_for(word, given)
