"""The spell checker: the known word meant by a misspelled one, a few letters off or equal in sound."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SOUNDS = (
    (re.compile(r"ough"), "o"),
    (re.compile(r"ight"), "ite"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"th"), "f"),
    (re.compile(r"sh|ch|tch"), "x"),
    (re.compile(r"ck|q|c(?![eiy])"), "k"),
    (re.compile(r"c|z"), "s"),
    (re.compile(r"v"), "b"),
    (re.compile(r"g(?=[eiy])|j"), "h"),
    (re.compile(r"y|ee|ea|ie|ei"), "i"),
    (re.compile(r"oo|ou|u"), "o"),
    (re.compile(r"(?<=.)h"), ""),
    (re.compile(r"(.)\1"), r"\1"),
)


@lru_cache(maxsize=16_384)
def sound(word: str) -> str:
    """A rough spelling by ear; equal for "docter"/"doktor", "serch"/"search", "vesino"/"vecino"."""
    for pattern, instead in _SOUNDS:
        word = pattern.sub(instead, word)
    return word.removesuffix("e") if len(word) > 3 else word


@dataclass(frozen=True, slots=True)
class Respelling:
    word: str
    letters_off: int


def _sound_close(word: str, other: str) -> bool:
    return OSA.distance(sound(word), sound(other), score_cutoff=1) <= 1


def _letters_allowed(length: int) -> int:
    if length <= 3:
        return 0
    if length <= 5:
        return 1
    return 2 if length <= 11 else 3


def _bases(word: str) -> Iterator[str]:
    """What an English word may be a form of: "sitting" is "sit", "carried" is "carry"."""
    for ending in ("ing", "ed", "ly", "es", "s"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3:
            yield from (base, f"{base}e")
            if base[-1] == base[-2]:
                yield base[:-1]
            if base[-1] == "i":
                yield f"{base[:-1]}y"


class Speller:
    """Corrects towards `targets` (words that mean something to us); `known` words are never corrected;
    `likely` ones win where two are as close; `other` real words are neither known nor corrected."""

    def __init__(
        self, *, targets: Iterable[str], known: Iterable[str], likely: Iterable[str] = (), other: Iterable[str] = ()
    ) -> None:
        self._targets = frozenset(word for word in targets if len(word) >= 4 and not word.isdigit())
        self._likely = frozenset(likely)
        self._other = frozenset(other)
        self._known = frozenset(known) | frozenset(targets)
        self._by_length: dict[int, list[str]] = {}
        self._by_sound: dict[str, list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= 3:
                self._by_length.setdefault(len(word), []).append(word)
        for word in sorted(self._targets):
            self._by_sound.setdefault(sound(word), []).append(word)
        self._cache: dict[str, Respelling | None] = {}

    def knows(self, word: str) -> bool:
        """Whether the word, or the one it is a form of, is known."""
        return word in self._known or any(base in self._known for base in _bases(word))

    def respell(self, word: str) -> Respelling | None:
        """The one word meant, or None when it is known already, too short, or could be anything."""
        if (
            word in self._other
            or self.knows(word)
            or len(word) < 4
            or len(word) > 24
            or any(letter.isdigit() for letter in word)
        ):
            return None
        if word not in self._cache:
            if len(self._cache) >= 20_000:
                self._cache.clear()
            self._cache[word] = self._nearest(word)
        return self._cache[word]

    def _nearest(self, word: str) -> Respelling | None:
        allowed = _letters_allowed(len(word))
        best: tuple[float, str, int] | None = None
        for length in range(len(word) - allowed, len(word) + allowed + 1):
            most = min(allowed, _letters_allowed(length))
            close = process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=most, limit=None
            )
            for other, off, _ in close:
                same_start = other[0] == word[0]
                # People keep the first letter; without it two letters off, or one of four, is a different word.
                if not same_start and (off > 1 or min(len(word), length) <= 4):
                    continue
                if off > 1 and length <= 7 and not _sound_close(word, other):
                    continue
                cost = off - 0.3 * (word[-1] == other[-1]) - 0.3 * same_start + 0.2 * (other not in self._targets)
                cost -= 0.1 * (other in self._likely)
                if best is None or cost < best[0]:
                    best = (cost, other, int(off))
        by_ear = self._by_sound.get(sound(word))
        if by_ear and (best is None or best[2] > 1):
            off = OSA.distance(word, by_ear[0])
            # Of a short word every letter may sound like another one: "phys" is no "feis".
            if off <= len(word) // 2:
                best = (0.9, by_ear[0], off)
        if best is None or best[1] not in self._targets:
            return None
        return Respelling(best[1], best[2])
