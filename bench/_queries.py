"""What people type when they mean a clinician: with slips of the finger and of the ear, in any order, incomplete.

The errors are drawn at random and know nothing of how the search works. A hit is a record that has every field the
query states: the right surname, the right first name if one was given, the right city and specialty if given.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nicknames import NickNamer

from bench._people import Person

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# As they are heard: what is written, what else it may be written as.
HEARD = (
    ("ph", "f"), ("f", "ph"), ("ck", "k"), ("c", "k"), ("k", "c"), ("ie", "y"), ("y", "ie"), ("ey", "y"), ("ee", "ea"),
    ("ea", "ee"), ("s", "z"), ("z", "s"), ("tt", "t"), ("ll", "l"), ("nn", "n"), ("rr", "r"), ("mm", "m"), ("l", "ll"),
    ("n", "nn"), ("t", "tt"), ("gh", "g"), ("wh", "w"), ("kn", "n"), ("th", "t"), ("v", "f"), ("j", "g"), ("i", "y"),
    ("oo", "u"), ("ai", "ay"), ("er", "or"), ("on", "en"), ("sh", "sch"), ("x", "ks"), ("qu", "kw"), ("mb", "m"),
)  # fmt: skip
SPECIALTIES = {
    "207RC0000X": ("heart doctor", "cardiologist"), "207N00000X": ("skin doctor", "dermatologist"),
    "207V00000X": ("obgyn", "gynecologist"), "213E00000X": ("foot doctor", "podiatrist"),
    "208000000X": ("pediatrician", "kids doctor"), "207X00000X": ("bone doctor", "orthopedic surgeon"),
    "2084N0400X": ("neurologist", "brain doctor"), "207RG0100X": ("stomach doctor", "gastroenterologist"),
    "111N00000X": ("chiropractor", "chiropractor"), "208800000X": ("urologist", "urologist"),
    "207Y00000X": ("ear nose and throat", "ent"), "152W00000X": ("optometrist", "eye doctor"),
}  # fmt: skip
_nicknames = NickNamer()


@dataclass(frozen=True)
class Query:
    kind: str
    text: str
    person: Person
    states: frozenset[str]
    said: str = ""

    def is_hit(self, first: str, last: str, city: str, taxonomy: str) -> bool:
        person = self.person
        if last.upper() != person.last:
            return False
        if "first" in self.states and first.upper() != person.first and first.lower() != self.said:
            return False
        if "city" in self.states and city.upper() != person.city:
            return False
        return "specialty" not in self.states or taxonomy == person.taxonomy


def edited(word: str, rng: random.Random, edits: int) -> str:
    for _ in range(edits):
        place = rng.randrange(len(word))
        kind = rng.randrange(4)
        if kind == 0 and len(word) > 2:
            word = word[:place] + word[place + 1 :]
        elif kind == 1:
            word = word[:place] + rng.choice(LETTERS) + word[place:]
        elif kind == 2:
            word = word[:place] + rng.choice(LETTERS) + word[place + 1 :]
        elif place + 1 < len(word):
            word = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word


def misheard(word: str, rng: random.Random) -> str:
    swaps = [(old, new) for old, new in HEARD if old in word]
    if not swaps:
        return word
    old, new = rng.choice(swaps)
    places = [place for place in range(len(word)) if word.startswith(old, place)]
    place = rng.choice(places)
    return word[:place] + new + word[place + len(old) :]


def _edits(person: Person, rng: random.Random) -> Query:
    """One or two slips anywhere in the whole name."""
    whole = f"{person.first} {person.last}".lower()
    for _ in range(rng.choice((1, 2))):
        first, _, last = whole.partition(" ")
        if rng.random() * len(whole) < len(first):
            first = edited(first, rng, 1)
        else:
            last = edited(last, rng, 1)
        whole = f"{first} {last}"
    return Query("1-2 edits", whole, person, frozenset({"first", "last"}))


def _heard(person: Person, rng: random.Random) -> Query:
    first, last = person.first.lower(), person.last.lower()
    if rng.random() < 0.5:
        first = misheard(first, rng)
    last = misheard(last, rng)
    return Query("phonetic", f"dr {first} {last}", person, frozenset({"first", "last"}))


def _swapped(person: Person, rng: random.Random) -> Query:
    first, last = person.first.lower(), person.last.lower()
    if rng.random() < 0.5:
        last = edited(last, rng, 1)
    return Query("swapped", f"{last} {first}", person, frozenset({"first", "last"}))


def _nickname(person: Person, rng: random.Random) -> Query | None:
    short = sorted(name for name in _nicknames.nicknames_of(person.first.lower()) if len(name) > 2)
    if not short:
        return None
    said = rng.choice(short)
    last = person.last.lower()
    if rng.random() < 0.4:
        last = edited(last, rng, 1)
    return Query("nickname", f"{said} {last}", person, frozenset({"first", "last"}), said=said)


def _surname_and_city(person: Person, rng: random.Random) -> Query:
    last, city = person.last.lower(), person.city.lower()
    if rng.random() < 0.6:
        last = edited(last, rng, 1)
    return Query("surname + city", f"dr {last} {rng.choice(('in ', ''))}{city}", person, frozenset({"last", "city"}))


def _surname_and_specialty(person: Person, rng: random.Random) -> Query | None:
    words = SPECIALTIES.get(person.taxonomy)
    if words is None:
        return None
    last, word = person.last.lower(), rng.choice(words)
    if rng.random() < 0.5:
        last = edited(last, rng, 1)
    else:
        word = edited(word, rng, 1)
    return Query("surname + specialty", f"{last} {word}", person, frozenset({"last", "specialty"}))


KINDS: tuple[Callable[[Person, random.Random], Query | None], ...] = (
    _edits, _heard, _swapped, _nickname, _surname_and_city, _surname_and_specialty,
)  # fmt: skip


def queries(some: Sequence[Person], number: int, seed: int) -> Iterator[Query]:
    """`number` queries about people of `some`, the kinds in turn."""
    rng = random.Random(seed)
    made = 0
    while made < number:
        query = KINDS[made % len(KINDS)](rng.choice(some), rng)
        if query is not None:
            made += 1
            yield query


def keystrokes(some: Sequence[Person], number: int, seed: int) -> Iterator[str]:
    """What a type-ahead is asked while names are being typed, from the first letter on."""
    rng = random.Random(seed)
    made = 0
    while True:
        person = rng.choice(some)
        first, last = person.first.lower(), person.last.lower()
        text = rng.choice((f"{first} {last}", last, f"dr {last}", f"{last} {first}"))
        start = 4 if text.startswith("dr ") else 1
        for end in range(start, len(text) + 1):
            yield text[:end]
            made += 1
            if made == number:
                return
