"""Words near a misspelled one, among hundreds of thousands, in a fraction of a millisecond.

Every word is filed under each form that leaves out up to two of its first letters, and under how it sounds; a typed
word is looked up in the same way. Two words that differ by up to two insertions, deletions, replacements or swaps
share such a form. The files are two arrays of 32-bit numbers, so that the whole country's names stay small.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from zlib import crc32

from rapidfuzz import process
from rapidfuzz.distance import OSA

LEADING_LETTERS = 6
_EMPTY_LETTERS = 3

_DIGRAPHS = re.compile(r"^(?:kn|gn|pn|wr|ps)|ph|tch|sch|sh|ch|th|d?g(?=[eiy])|gh(?=t|$)|c(?=[eiy])|[cq]k?|mb$|x|h")
_DIGRAPH_SOUNDS = {
    "kn": "n", "gn": "n", "pn": "n", "wr": "r", "ps": "s", "ph": "f", "tch": "#", "sch": "#", "sh": "#", "ch": "#",
    "th": "t", "dg": "j", "g": "j", "gh": "", "c": "k", "q": "k", "ck": "k", "qk": "k", "mb": "m", "x": "ks", "h": "",
}  # fmt: skip
_SOFT = frozenset("eiy")
_LETTER_SOUNDS = str.maketrans({"v": "f", "z": "s", **dict.fromkeys("eiouyw", "a")})
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(1 << 14)
def sound(word: str) -> str:
    """How a word sounds, roughly: `stfn` for Stephen and Steven. Vowels count only at the beginning."""
    if word[:1] == "x":
        word = "s" + word[1:]
    word = _DIGRAPHS.sub(_sound_of, word).translate(_LETTER_SOUNDS)
    word = _REPEATED.sub(r"\1", word)
    return word[:1] + word[1:].replace("a", "")


def _sound_of(match: re.Match[str]) -> str:
    letters = match.group()
    if letters == "c" and match.string[match.end() : match.end() + 1] in _SOFT and match.end() < len(match.string):
        return "s"
    return _DIGRAPH_SOUNDS[letters]


def forms(word: str, *, left_out: int) -> set[int]:
    """Checksums of the leading letters and of what remains of them with up to `left_out` missing."""
    head = word.encode()[:LEADING_LETTERS]
    found = {crc32(head)}
    for missing in range(1, left_out + 1):
        if len(head) - missing < 2:
            break
        found.update(map(crc32, map(bytes, combinations(head, len(head) - missing))))
    return found


def edits_allowed(word: str) -> int:
    """How many mistakes a word of this length may hold and still be told from others."""
    return 1 if len(word) <= _EMPTY_LETTERS else 2


class Spelling:
    """Finds, for a typed word, the places in `words` (sorted, distinct) of those that it may be meant for."""

    def __init__(self, words: Sequence[str], entries: array[int], starts: array[int]) -> None:
        self.words = words
        self._entries = entries
        self._starts = starts
        self._bucket_bits, self._word_bits = _bits(len(words))

    @classmethod
    def of(cls, words: Sequence[str]) -> Spelling:
        """Builds the files for `words`. About 100,000 words take two seconds."""
        bucket_bits, word_bits = _bits(len(words))
        mask, check_mask = (1 << bucket_bits) - 1, (1 << (32 - word_bits)) - 1
        hashes, owners = array("I"), array("I")
        starts = array("I", bytes(4 * ((1 << bucket_bits) + 1)))
        for place, word in enumerate(words):
            keys = forms(word, left_out=edits_allowed(word))
            keys.add(crc32(b"~" + sound(word).encode()))
            for key in keys:
                starts[(key & mask) + 1] += 1
            hashes.extend(keys)
            owners.extend([place] * len(keys))
        for bucket in range(1 << bucket_bits):
            starts[bucket + 1] += starts[bucket]
        entries = array("I", bytes(4 * len(hashes)))
        free = starts[:]
        for key, place in zip(hashes, owners, strict=True):
            bucket = key & mask
            entries[free[bucket]] = (key >> bucket_bits & check_mask) << word_bits | place
            free[bucket] += 1
        return cls(words, entries, starts)

    @property
    def arrays(self) -> tuple[array[int], array[int]]:
        """What to keep, to be handed to the constructor again beside the same words."""
        return self._entries, self._starts

    def near(self, word: str) -> list[tuple[str, int, int]]:
        """(word, its place, edits) within the allowed distance, or sounding alike (then edits may be more)."""
        allowed = edits_allowed(word)
        own_sound = sound(word)
        words = self.words
        places = list(self._filed(forms(word, left_out=allowed)))
        others = [words[place] for place in places]
        found = [
            (other, places[index], int(edits))
            for other, edits, index in process.extract_iter(word, others, scorer=OSA.distance, score_cutoff=allowed)
        ]
        alike = self._filed([crc32(b"~" + own_sound.encode())]).difference(place for _, place, _ in found)
        for place in alike:
            other = words[place]
            if sound(other) == own_sound:
                found.append((other, place, OSA.distance(word, other)))
        return found

    def find(self, word: str) -> int | None:
        """The place of exactly this word."""
        place = bisect_left(self.words, word)
        return place if place < len(self.words) and self.words[place] == word else None

    def beginning(self, start: str) -> range:
        """The places of all words that begin with `start`."""
        return range(bisect_left(self.words, start), bisect_left(self.words, start + "\U0010ffff"))

    def _filed(self, keys: Iterable[int]) -> set[int]:
        bucket_bits, word_bits = self._bucket_bits, self._word_bits
        mask, check_mask, place_mask = (1 << bucket_bits) - 1, (1 << (32 - word_bits)) - 1, (1 << word_bits) - 1
        starts, entries = self._starts, self._entries
        found: set[int] = set()
        for key in keys:
            bucket = key & mask
            start, end = starts[bucket], starts[bucket + 1]
            if start == end:
                continue
            check = key >> bucket_bits & check_mask
            for entry in entries[start:end]:
                if entry >> word_bits == check:
                    found.add(entry & place_mask)
        return found


def _bits(words: int) -> tuple[int, int]:
    """(bits that choose the bucket, bits that name a word): a handful of entries a bucket."""
    word_bits = max(words.bit_length(), 1)
    return min(max(word_bits + 1, 4), 20), word_bits
