"""Whether two write-ins that no list knows mean one thing: the same words in any order, spelling or dress."""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from intake.survey.spotting.lexicon import FIRST_NAMES, ORDINARY, ORDINARY_SPANISH, SMALL_WORDS, words
from intake.survey.spotting.practice_sources import canonical
from intake.survey.spotting.tokens import tokens

# How people lead up to what they name, and what they add out of habit: "saw you on …", "heard about it from …".
_LEADING_UP = SMALL_WORDS | words(
    "on of at the in and or for by a an from via to thru through your you ur it its i we my me our us is was were this "
    "that there here with about his her their just think maybe probably some somewhere somebody someone one "
    "saw see seen heard hear found find read look looked came got get told mentioned name called "
    "de del la el los las en por y un una al con mi su que vi oi lei escuche encontre"
)
# Says what kind of thing it is; two things of one name and different kinds are rare, one left out is common.
_KINDS = words(
    "app application website site page web blog podcast episode show channel club group meeting class course studio "
    "store shop hall fair festival article ad advert advertisement poster sign magazine newspaper radio station fm am "
    "tv com org net co inc llc ltd dot www http https"
)
_ADDRESS = re.compile(
    r"(?:https?://|www\.)?(?P<name>[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*)\.(?:com|org|net|co|io|us|info|health|edu)\b(?:/\S*)?",
    re.IGNORECASE,
)
_VOWEL = re.compile("[aeiouy]")
_FEWEST_FOR_ONE_SLIP, _FEWEST_FOR_TWO = 5, 9


@lru_cache(maxsize=8_192)
def naming_words(text: str) -> tuple[str, ...]:
    """The words that name something, in one form each; all of them when there are no others."""
    text = _ADDRESS.sub(lambda found: found.group("name").removeprefix("www.").replace("-", " "), text)
    stems = _letters_together([token.stem for token in tokens(text)])
    kept = [stem for stem in stems if stem not in _LEADING_UP] or stems
    return tuple(_singular(canonical(stem)) for stem in kept)


def is_address(text: str) -> bool:
    """Whether it is an address on the web and nothing else."""
    return _ADDRESS.fullmatch(text.strip()) is not None


def alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two texts, as `naming_words` gives them, mean one thing."""
    joined, rest = "".join(one), "".join(other)
    if not joined or not rest:
        return joined == rest
    if not _numbers_agree(one, other):
        return False
    if (len(one) != len(other) or len(one) == 1) and slips(joined, rest):
        return True
    if joined == rest or _initials(one, rest) or _initials(other, joined):
        return True
    bare, bare_other = without_kind(one), without_kind(other)
    if len(bare) < len(one) or len(bare_other) < len(other):
        left, right = "".join(bare), "".join(bare_other)
        # "Quilt fair" and "Quilt shop" are two things; "Quilt fair" and "Quilt" may well be one.
        kinds, kinds_other = set(one) - set(bare), set(other) - set(bare_other)
        agree = not kinds or not kinds_other or bool(kinds & kinds_other)
        if (
            agree
            and _says_enough(bare)
            and _says_enough(bare_other)
            and left
            and right
            and (_same_words(bare, bare_other) if len(bare) == len(bare_other) else slips(left, right))
        ):
            return True
    return _same_words(one, other) or _extends(one, other) or _extends(other, one)


def slips(one: str, other: str) -> bool:
    """Whether one is the other with a letter or two wrong; short words allow none."""
    shortest = min(len(one), len(other))
    if one != other and not (_VOWEL.search(one) and _VOWEL.search(other)):
        # Call letters and initials: each letter counts.
        return False
    allowed = 0 if shortest < _FEWEST_FOR_ONE_SLIP else 1 if shortest < _FEWEST_FOR_TWO else 2
    if abs(len(one) - len(other)) > allowed:
        return False
    # Names that only begin differently ("Elm", "Fir") are two; a slip seldom hits the first letter.
    if one[0] != other[0] and allowed < 2:
        return one == other
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def telling(named: Sequence[str]) -> frozenset[str]:
    """The words that aren't everybody's: what makes a name a name."""
    return frozenset(
        word
        for word in named
        if word not in SMALL_WORDS and word not in ORDINARY and word not in ORDINARY_SPANISH and word not in _KINDS
    )


def _same_words(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Each word of the shorter one is in the longer, in any order; what is added says nothing of its own."""
    shorter, longer = sorted((one, other), key=len)
    left = list(longer)
    for word in shorter:
        match = next((each for each in left if each == word or word_slips(word, each)), None)
        if match is None:
            return False
        left.remove(match)
    if not left:
        return True
    # What both say must be enough of a name, and what one adds no name of its own.
    return _says_enough(shorter) and len(shorter) > 1 and not telling(left) and not any(w.isdigit() for w in left)


def word_slips(one: str, other: str) -> bool:
    """As `slips`, for single words of a longer text: only one letter, and the first one right."""
    if min(len(one), len(other)) < 5 or one[0] != other[0] or not (_VOWEL.search(one) and _VOWEL.search(other)):
        return False
    allowed = 1 if min(len(one), len(other)) < 8 else 2
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def _extends(longer: tuple[str, ...], shorter: tuple[str, ...]) -> bool:
    """ "Hacker News, Ycombinator" is "Hacker News" with a word more."""
    if len(longer) <= len(shorter) or longer[: len(shorter)] != shorter:
        return False
    if len(shorter) == 1:
        # Of single words only a name of its own says enough, and only with what kind of thing it is.
        added = longer[1:]
        return _says_enough(shorter) and (
            all(word in _KINDS or word.isdigit() for word in added) or len(shorter[0]) > 3
        )
    return True


def _says_enough(named: Sequence[str]) -> bool:
    if len(named) == 1:
        return bool(telling(named)) and named[0] not in FIRST_NAMES
    return len(named) > 1


def _numbers_agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """ "Route 9" isn't "Route 66"; a number that only one of them gives decides nothing by itself."""
    numbers, others = [{word for word in named if any(letter.isdigit() for letter in word)} for named in (one, other)]
    return not numbers or not others or bool(numbers & others)


def without_kind(named: Sequence[str]) -> tuple[str, ...]:
    """The words without those that only say what kind of thing it is, and without numbers."""
    return tuple(word for word in named if word not in _KINDS and not word.isdigit())


def _singular(word: str) -> str:
    ends = len(word) == 4 and word.endswith("s") and not word.endswith(("ss", "us", "ews"))
    return word[:-1] if ends else word


def _initials(named: tuple[str, ...], letters: str) -> bool:
    return 2 <= len(letters) == len(named) and "".join(word[0] for word in named) == letters


def _letters_together(stems: list[str]) -> list[str]:
    """ "w z k r" is one word."""
    made: list[str] = []
    run: list[str] = []
    for stem in [*stems, ""]:
        if len(stem) == 1 and stem.isalpha():
            run.append(stem)
            continue
        made += ["".join(run)] if len(run) > 2 else run
        run = []
        if stem:
            made.append(stem)
    return made
