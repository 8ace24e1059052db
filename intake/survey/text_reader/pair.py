"""Two things said in one breath, and the words between them."""

from collections.abc import Callable
from dataclasses import dataclass

from intake.survey.spotting.lexicon import SMALL_WORDS, words
from intake.survey.spotting.spotter import Marked, SpottedTerm

AT = words("at in en inside near by beside")
FROM = words("from de del desde through thru by of")
_LINKS = AT | FROM
MINE = words("my mi mis our his her their nuestro nuestra mine")
TOLD = words("told asked send with for to por para con brought bringing tell")


@dataclass(frozen=True)
class Pair:
    one: SpottedTerm
    other: SpottedTerm
    between: list[str]
    marked: Marked

    @property
    def said_between(self) -> set[str]:
        """The words between, and the preposition that a phrase brings along ("at work")."""
        edges = {self.marked.word(self.one.last), self.marked.word(self.other.first)}
        return set(self.between) | (edges & _LINKS)

    @property
    def adjoining(self) -> bool:
        """Only small words between them."""
        return all(word in SMALL_WORDS for word in self.between)

    def before(self, hit: SpottedTerm, reach: int) -> list[str]:
        return self.marked.words(hit.first - reach, hit.first - 1)


Rule = Callable[[Pair], SpottedTerm | None]
