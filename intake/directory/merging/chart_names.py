"""Whether the names on two charts may be one person's, first name and surname each by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from importlib.resources import files

from intake.cached_property import cached_property
from intake.directory.merging.spelling_slips import easy_slip, heard, one_slip, swapped
from intake.directory.name_keys import normal
from intake.directory.physician_search.keys import PARTICLES
from intake.directory.physician_search.name_terms import familiar

_SUFFIXES = {
    "jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv", "2nd": "ii",
    "3rd": "iii", "4th": "iv",
}  # fmt: skip
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "rev", "sister", "father"})
# One name in several forms or languages, where neither sounding it out nor the book of nicknames brings them together.
_FORMS = [
    frozenset(names.split())
    for names in (
        "sean shawn shaun", "geoffrey jeffrey", "yusuf yousef youssef yousuf joseph", "aleksandr alexander aleksander",
        "muhammad mohammed mohamed mohammad muhammed mohamad muhamad", "hussein husain hussain hosein",
        "rachel raquel", "jacqueline jaclyn jacquelyn", "caitlin kaitlyn katelyn kaitlin caitlyn", "jerald gerald",
        "susan suzanne susanne susana suzan", "catherine katherine kathryn ekaterina katarzyna catalina katarina",
        "christine kristine christin kristin kristen cristina christina", "dolores delores", "caroline carolyn",
        "marian marion", "alan allan allen", "isabel isabelle isabella elizabeth", "nicholas nicolas nikolas nikolai",
        "michael mikhail miguel", "lawrence laurence lorenzo", "lindsay lindsey", "brittany britney brittney",
        "neil neal", "alicia alisha", "jerry gerry", "juan john", "jose joseph", "jorge george", "pedro peter pyotr",
        "pablo paul pavel", "carlos charles carl", "luis louis", "francisco francis frank", "antonio anthony",
        "guillermo william", "roberto robert", "ricardo richard", "eduardo edward", "ana ann anna", "rosa rose",
        "margarita margaret", "juana jane", "elena helen yelena", "andres andrew andrei", "felipe philip", "ivan john",
        "esteban stephen steven", "tomas thomas", "javier xavier", "enrique henry", "jaime james", "diego james",
        "guadalupe lupita", "ana anita", "rosa rosita", "juan juanito", "carmen carmelita carmencita",
    )
]  # fmt: skip
_ONE_NAME = {name: {other for names in _FORMS if name in names for other in names} for each in _FORMS for name in each}
# Both are full names of their own, and of twins: name books give one for the other all the same.
_TWO_NAMES = [frozenset(names.split()) for names in ("anna hannah", "emily emma", "ann hannah", "ana bryanna")]
# Instead of a name; whose it is says what follows: Baby Boy, Twin A.
_NOT_NAMED_YET = frozenset(
    {"baby", "babyboy", "babygirl", "twin", "newborn", "infant", "test", "unknown", "male", "female"}
)
_COMMONEST_FIRST, _COMMONEST_LAST, _UNRANKED = 120, 400, 9_999


class First(IntEnum):
    """How the first names of two charts are alike; more is more."""

    OTHER = 0
    INITIAL = 1
    # Two names that twins may have, or one written wrong: Derek and Derrick, Tanya and Tonya.
    NEAR = 2
    SLIP = 3
    MIDDLE = 4
    FAMILIAR = 5
    SOUND = 6
    SAME = 7


class Last(IntEnum):
    """How the surnames of two charts are alike; more is more."""

    OTHER = 0
    SLIP = 1
    PART = 2
    SOUND = 3
    SAME = 4


@dataclass(frozen=True)
class ChartName:
    """First and last name of a chart, taken apart."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    # "jr", "sr", "iii", wherever it stood.
    suffix: str

    @cached_property
    def first(self) -> str:
        return "".join(self.given)

    @cached_property
    def last(self) -> str:
        return "".join(self.family)

    @cached_property
    def sounds(self) -> tuple[str, str]:
        return heard("".join(_whole(self.given))), heard(self.last)

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """Words of the surname that name something; all of them where there are no others."""
        return tuple(word for word in self.family if word not in PARTICLES and len(word) > 2) or self.family


@lru_cache(1 << 16)
def chart_name(first: str, last: str) -> ChartName:
    """Take the names of a chart apart; of nobody in particular when a name is missing."""
    given, family = normal(first).split(), normal(last).split()
    suffix = ""
    for words in (family, given):
        for word in words[1:]:
            suffix = suffix or _SUFFIXES.get(word, "")
        words[1:] = [word for word in words[1:] if word not in _SUFFIXES]
    if len(given) > 1 and given[0] in _TITLES:
        del given[0]
    return ChartName(tuple(given), tuple("st" if word == "saint" else word for word in family), suffix)


def alike_last(one: ChartName, other: ChartName) -> Last:
    """How alike the surnames are, of one word or several."""
    if not one.last or not other.last:
        return Last.OTHER
    if one.last == other.last or sorted(one.family) == sorted(other.family):
        return Last.SAME
    if one.sounds[1] == other.sounds[1]:
        return Last.SOUND
    if _holds(one.telling, other.telling) or _holds(other.telling, one.telling):
        return Last.PART
    # A former surname kept as a middle name.
    if one.last in other.given[1:] or other.last in one.given[1:]:
        return Last.PART
    # Pak, Park: a short surname may miss a letter, not its first one.
    shortest = 3 if one.last[0] == other.last[0] else 4
    return Last.SLIP if one_slip(one.last, other.last, shortest) else Last.OTHER


def alike_first(one: ChartName, other: ChartName) -> First:
    """How alike the first names are; middle names that contradict each other make two people of one first name."""
    if not one.given or not other.given:
        return First.OTHER
    if not _NOT_NAMED_YET.isdisjoint((one.given[0], other.given[0])):
        return First.SAME if one.given == other.given else First.OTHER
    mine, theirs = _whole(one.given), _whole(other.given)
    joined, rest = "".join(mine), "".join(theirs)
    if joined == rest or (len(mine) > 1 and sorted(mine) == sorted(theirs)):
        return First.SAME if _agree(one.given[1:], other.given[1:], other, one) else First.OTHER
    if len(mine) != len(theirs) and (heard(joined) == heard(rest) or easy_slip(joined, rest)):
        return First.SOUND
    best = First.OTHER
    for head, tail in _beginnings(one.given):
        for head_other, tail_other in _beginnings(other.given):
            found = _alike_words(head, head_other)
            if found in (First.FAMILIAR, First.INITIAL) and (head, head_other) != (one.given[0], other.given[0]):
                continue
            if found > best and _agree(tail, tail_other, other, one):
                best = found
    if best:
        return best
    short, long = sorted((mine, theirs), key=len)
    goes_by_middle = len(short) == 1 and len(short[0]) > 2 and any(_is_one_name(short[0], word) for word in long[1:])
    return First.MIDDLE if goes_by_middle else First.OTHER


def turned(one: ChartName, other: ChartName) -> bool:
    """Whether first and last name stand the wrong way round, or a word of one stands in the other."""
    if not (one.given and one.family and other.given and other.family) or one.last == other.last:
        return False
    mine, theirs = [tuple(sorted((*_whole(name.given), *name.family))) for name in (one, other)]
    if one.first + one.last == other.first + other.last or mine == theirs:
        return True
    crossed = tuple(
        each.sounds[0] in (rest.sounds[1], *map(heard, rest.telling)) for each, rest in ((other, one), (one, other))
    )
    if all(crossed):
        return True
    # One of the two may carry a slip or a nickname besides.
    first, last = "".join(_whole(one.given)), "".join(_whole(other.given))
    return (crossed[0] and (easy_slip(first, other.last) or other.last in familiar(first))) or (
        crossed[1] and (easy_slip(one.last, last) or one.last in familiar(last))
    )


def shared_middle(one: ChartName, other: ChartName) -> bool:
    """Whether a whole middle name stands on both."""
    return bool({word for word in one.given[1:] if len(word) > 2} & set(other.given[1:]))


def is_common(name: ChartName) -> bool:
    """Whether so many are called so that two of the name are likely two people."""
    return bool(name.given) and _rank(name.given[0]) < _COMMONEST_FIRST and name.telling[0] in _common_surnames()


def _alike_words(one: str, other: str) -> First:
    pair = {one, other}
    if one == other:
        found = First.SAME
    elif 1 in (len(one), len(other)):
        found = First.INITIAL if one[0] == other[0] else First.OTHER
    elif any(pair <= names for names in _TWO_NAMES) or _is_her_form(one, other) or _is_her_form(other, one):
        found = First.OTHER
    elif other in _ONE_NAME.get(one, ()) or other in familiar(one) or one in familiar(other):
        found = First.FAMILIAR
    else:
        found = First.OTHER if _other_sex(one, other) else _spelled_alike(one, other)
    return found


def _spelled_alike(one: str, other: str) -> First:
    if heard(one) == heard(other) or _silent_e(one, other) or _silent_e(other, one):
        return First.SOUND
    if _shortened(one, other) or _shortened(other, one):
        return First.FAMILIAR
    if not easy_slip(one, other) and not easy_slip(heard(one), heard(other)):
        return First.OTHER
    # Of two names that people are given, neither is a slip for the other, unless letters are turned in a common one.
    rare, common = sorted((_rank(one), _rank(other)), reverse=True)
    is_slip = easy_slip(one, other) and (rare == _UNRANKED or (swapped(one, other) and rare > 20 * common))
    return First.SLIP if is_slip else First.NEAR


def _is_her_form(his: str, hers: str) -> bool:
    """Angela is no form of Angel, whatever name books say."""
    return len(his) > 4 and hers == f"{his}a" and max(_rank(his), _rank(hers)) < _UNRANKED


def _silent_e(one: str, other: str) -> bool:
    return len(one) > 4 and other == f"{one}e"


def _is_one_name(one: str, other: str) -> bool:
    return _alike_words(one, other) in (First.SAME, First.SOUND, First.FAMILIAR)


def _shortened(short: str, long: str) -> bool:
    """Maddie for Madison, Terri for Theresa, Dan for Daniel."""
    stem = heard(short).removesuffix("i")
    whole = heard(long)
    return 3 <= len(stem) <= 4 and len(whole) >= len(stem) + 2 and len(long) > len(short) and whole.startswith(stem)


def _beginnings(words: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """The first name and what follows; a first name written in two parts as well."""
    found = [(words[0], words[1:])]
    if len(words) > 1 and len(words[0]) > 1 and len(words[1]) > 1:
        found.append((words[0] + words[1], words[2:]))
    return found


def _agree(middle: Sequence[str], others: Sequence[str], whose_other: ChartName, whose: ChartName) -> bool:
    """Whether middle names may be one person's: one has none, or a former surname."""
    mine = [word for word in middle if word not in whose_other.family and not _is_called(word, whose)]
    theirs = [word for word in others if word not in whose.family and not _is_called(word, whose_other)]
    if not mine or not theirs:
        return True
    # Middle initials are so often wrong that they contradict nothing.
    return any(
        1 in (len(one), len(other)) or _alike_words(one, other) or one_slip(one, other)
        for one in mine
        for other in theirs
    )


def _is_called(word: str, name: ChartName) -> bool:
    """Robert "Bob" Lane."""
    return len(word) > 1 and word in familiar(name.given[0])


def _holds(longer: Sequence[str], shorter: Sequence[str]) -> bool:
    return len(longer) >= len(shorter) > 0 and all(
        any(word == each or heard(word) == heard(each) or (len(word) > 4 and easy_slip(word, each)) for each in longer)
        for word in shorter
        if len(word) > 1
    )


def _whole(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without initials, unless there is nothing else."""
    return tuple(word for word in words if len(word) > 1) or words


def _other_sex(one: str, other: str) -> bool:
    """Whether one is a man's name and the other a woman's."""

    def leaning(word: str) -> int:
        man, woman = _ranks("male").get(word, _UNRANKED), _ranks("female").get(word, _UNRANKED)
        return (man < woman / 4) - (woman < man / 4)

    return leaning(one) * leaning(other) < 0


def _rank(word: str) -> int:
    """How many first names of either sex are commoner."""
    return min(_ranks("male").get(word, _UNRANKED), _ranks("female").get(word, _UNRANKED))


@cache
def _ranks(sex: str) -> dict[str, int]:
    """First names of the census → their rank among that sex."""
    lines = (files("names") / f"dist.{sex}.first").read_text(encoding="ascii").splitlines()
    return {line.split(" ", 1)[0].lower(): rank for rank, line in enumerate(lines)}


@cache
def _common_surnames() -> frozenset[str]:
    lines = (files("names") / "dist.all.last").read_text(encoding="ascii").splitlines()
    return frozenset(line.split(" ", 1)[0].lower() for line in lines[:_COMMONEST_LAST])
