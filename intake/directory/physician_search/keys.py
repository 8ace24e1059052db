"""Search keys of physicians: pairs of things people say, each pair one number that a B-tree can look up.

A surname alone belongs to 90,000 clinicians of the national registry, a surname with a first name, a city or a
specialty to a few. So an index on such pairs answers in one probe where words by themselves would need long lists
to be intersected. Either half is a checksum: two words may share one, so the rows found are checked.
"""

from functools import lru_cache
from zlib import crc32

from intake.directory.name_keys import normal

CACHED_WORDS = 1 << 15
LONGEST_WORD = 40
# Written with or without, run together or not: they distinguish nobody.
PARTICLES = frozenset(
    {"de", "del", "la", "las", "los", "el", "al", "da", "di", "do", "dos", "du", "le", "van", "von", "der", "den",
     "ter", "ten", "st", "saint", "san", "santa", "bin", "ibn", "abu", "mac", "mc", "o", "y", "e"}
)  # fmt: skip
_AFTER_NAMES = frozenset({"jr", "sr", "ii", "iii", "iv", "md", "do", "phd", "np", "pa", "rn", "dds", "dmd"})
_CITY_BEGINNINGS = {
    "st": "saint", "ft": "fort", "mt": "mount", "n": "north", "s": "south", "e": "east", "w": "west"
}  # fmt: skip
_UPPER_HALF = 1 << 63
_WHOLE = 1 << 64


@lru_cache(CACHED_WORDS)
def name_words(name: str) -> tuple[str, ...]:
    """Words of a last or first name: its parts, and the parts run together (`garcialopez`)."""
    if name.isascii() and name.isalpha():
        return (name[:LONGEST_WORD].lower(),)
    parts = normal(name).split()
    if len(parts) > 1:
        kept = [part for part in parts if part not in _AFTER_NAMES] or parts
        meaning = [part for part in kept if part not in PARTICLES and len(part) > 1]
        parts = [*(meaning or kept), "".join(kept)]
    return tuple(dict.fromkeys(part[:LONGEST_WORD] for part in parts if part))


@lru_cache(CACHED_WORDS)
def city_word(city: str) -> str:
    """Run a city's name together: `saintlouis` for St. Louis."""
    parts = normal(city).split()
    if parts:
        parts[0] = _CITY_BEGINNINGS.get(parts[0], parts[0])
    return "".join(parts)[:LONGEST_WORD]


def name_half(word: str) -> int:
    """Half of a key for a name: the first letter on top, so that names with one initial are one range."""
    letters = word.encode()
    return letters[0] << 24 | crc32(letters) & 0xFFFFFF


def name_halves(name: str) -> tuple[int, ...]:
    """`name_half` of each of the name's words."""
    # Nearly every name is one word in plain letters; a million of them pass through here in an import.
    if name.isalpha() and name.isascii() and len(name) <= LONGEST_WORD:
        letters = name.lower().encode()
        return (letters[0] << 24 | crc32(letters) & 0xFFFFFF,)
    return _halves_of_words(name)


@lru_cache(CACHED_WORDS)
def _halves_of_words(name: str) -> tuple[int, ...]:
    return tuple(map(name_half, name_words(name)))


@lru_cache(CACHED_WORDS)
def city_half(word: str) -> int:
    return crc32(b"@" + word.encode())


@lru_cache(1024)
def specialty_half(code: str) -> int:
    return crc32(b"#" + code.encode()) if code else 0


def pair_key(upper: int, lower: int) -> int:
    """Join both halves to one signed 64-bit number; one upper half with any lower one is one range."""
    return signed(upper << 32 | lower)


def any_with(upper: int) -> tuple[int, int]:
    """First and last key of all pairs with this upper half."""
    return pair_key(upper, 0), pair_key(upper, 0xFFFFFFFF)


def initial_with(upper: int, initial: str) -> tuple[int, int]:
    """First and last key of the pairs with this upper half and a name beginning with `initial`."""
    letter = ord(initial) & 0xFF
    return pair_key(upper, letter << 24), pair_key(upper, letter << 24 | 0xFFFFFF)


def search_keys(  # noqa: PLR0917
    last: str, first: str, middle: str, former_last: str, former_first: str, city: str, code: str
) -> list[int]:
    """Every pair that a physician is found by, unsigned; one may occur twice."""
    lasts, firsts = name_halves(last), name_halves(first)
    if former_last:
        lasts = (*lasts, *name_halves(former_last))
    if former_first and former_first != first:
        firsts = (*firsts, *name_halves(former_first))
    keys = [one << 32 | other for one in lasts for other in firsts]
    keys += [one << 32 | other for one in firsts for other in lasts]
    if len(middle) > 1:
        # Many go by their middle name; nobody is looked up by the middle name first.
        keys += [one << 32 | other for other in name_halves(middle) for one in lasts]
    if city:
        place, specialty = _town_half(city) << 32, specialty_half(code)
        keys += [place | one for one in (*lasts, *firsts, specialty) if one]
    if code:
        upper = specialty_half(code) << 32
        keys += [upper | one for one in lasts]
    return keys


def signed(key: int) -> int:
    """Return a key as the database keeps it: 64 bits with a sign."""
    return key - _WHOLE if key >= _UPPER_HALF else key


@lru_cache(CACHED_WORDS)
def _town_half(city: str) -> int:
    return city_half(city_word(city))
