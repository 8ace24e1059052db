"""Whether two written names may be one person's, and in which way they are alike."""

from enum import IntEnum

from rapidfuzz.distance import OSA

from intake.directory.name_keys import normal
from intake.directory.physician_search.name_terms import familiar

_SHORTEST_MISSPELLED = 4


class Likeness(IntEnum):
    """How alike two people's names are; more is more."""

    NONE = 0
    INITIAL = 1
    MISSPELLED = 2
    FAMILIAR = 3
    SWAPPED = 4
    SAME = 5


SAID = {
    Likeness.INITIAL: "Same surname, and the first name of one is the other’s initial",
    Likeness.MISSPELLED: "Nearly the same name",
    Likeness.FAMILIAR: "Same surname, and one first name is short for the other",
    Likeness.SWAPPED: "Same names the other way round",
    Likeness.SAME: "Same name",
}


def name_likeness(one: tuple[str, str], other: tuple[str, str]) -> Likeness:
    """Of two (first name, last name) as `plain_name` makes them; a person without a surname is like nobody."""
    (first, last), (other_first, other_last) = one, other
    if not last or not other_last:
        return Likeness.NONE
    found = Likeness.NONE
    if last == other_last and first == other_first:
        found = Likeness.SAME
    elif first and first == other_last and last == other_first:
        found = Likeness.SWAPPED
    elif last == other_last and first and other_first:
        found = _first_names(first, other_first)
    if not found and first and other_first and _near(last, other_last) and _near(first, other_first):
        found = Likeness.MISSPELLED
    return found


def _first_names(one: str, other: str) -> Likeness:
    if 1 in (len(one), len(other)) and one[0] == other[0]:
        return Likeness.INITIAL
    if other in familiar(one) or one in familiar(other):
        return Likeness.FAMILIAR
    return Likeness.NONE


def plain_name(first: str, last: str) -> tuple[str, str]:
    """Both names as they are compared: no case, accents or spaces; of several first names the first."""
    given = normal(first).split()
    return (given[0] if given else "", normal(last).replace(" ", ""))


def _near(one: str, other: str) -> bool:
    """The same, or one slip apart in a word long enough to tell."""
    if one == other:
        return True
    shorter = min(len(one), len(other))
    return shorter >= _SHORTEST_MISSPELLED and OSA.distance(one, other, score_cutoff=1) <= 1
