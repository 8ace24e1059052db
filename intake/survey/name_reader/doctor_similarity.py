"""Whether two people typed the name of one doctor."""

from dataclasses import dataclass

from intake.survey.name_reader.linking import is_spelled_like, short_for
from intake.survey.spotting.lexicon import SMALL_WORDS
from intake.survey.spotting.tokens import tokens

_TITLES = frozenset(["doctor", "dr", "dra", "doctora", "md", "do", "np", "pa", "mr", "mrs", "ms", "miss", "the", "my"])


@dataclass(frozen=True)
class DoctorName:
    """The words of a name in lower case, and the name as written; `about`: what else the text says of them."""

    words: tuple[str, ...]
    written: str
    about: frozenset[str] = frozenset()

    @classmethod
    def of(cls, name: str, text: str) -> "DoctorName":
        words = tuple(token.stem for token in tokens(name) if token.stem not in _TITLES)
        about = {
            token.stem
            for token in tokens(text)
            if len(token.stem) > 2
            and token.stem not in words
            and token.stem not in _TITLES
            and token.stem not in SMALL_WORDS
        }
        return cls(words or (name.casefold(),), name, frozenset(about))

    @property
    def surname(self) -> str:
        return self.words[-1]

    @property
    def given(self) -> tuple[str, ...]:
        return self.words[:-1]


def same_doctor(one: DoctorName, other: DoctorName) -> bool:
    """Surnames alike and given names that agree. A surname alone is like another alone only: Smith isn't John Smith."""
    if not is_spelled_like(one.surname, other.surname):
        return sorted(one.words) == sorted(other.words)
    if bool(one.given) != bool(other.given):
        return False
    if not one.given:
        # "dr lee, cardiologist" and "dr lee, foot doctor" are told apart by what is said of them.
        return not one.about or not other.about or bool(one.about & other.about)
    first, second = one.given[0], other.given[0]
    if len(first) == 1 or len(second) == 1:
        return first[0] == second[0]
    return is_spelled_like(first, second) or short_for(first, second)
