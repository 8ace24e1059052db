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
from operator import itemgetter
from zlib import crc32

from rapidfuzz import process
from rapidfuzz.distance import OSA

LEADING_LETTERS = 6
_EMPTY_LETTERS = 3
_AFTER_ALL = "\U0010ffff"

_DIGRAPHS = re.compile(r"^(?:kn|gn|pn|wr|ps)|ph|tch|sch|sh|ch|th|d?g(?=[eiy])|gh(?=t|$)|c(?=[eiy])|[cq]k?|mb$|x|h")
_DIGRAPH_SOUNDS = {
    "kn": "n", "gn": "n", "pn": "n", "wr": "r", "ps": "s", "ph": "f", "tch": "#", "sch": "#", "sh": "#", "ch": "#",
    "th": "t", "dg": "j", "g": "j", "gh": "", "c": "k", "q": "k", "ck": "k", "qk": "k", "mb": "m", "x": "ks", "h": "",
}  # fmt: skip
_SOFT = frozenset("eiy")
_LETTER_SOUNDS = str.maketrans({"v": "f", "z": "s"})
_VOWEL_SOUNDS = str.maketrans(dict.fromkeys("eiouyw", "a"))
_VOWELS = re.compile(r"[aeiouy][aeiouyw]*")
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(1 << 14)
def sound(word: str) -> str:
    """How a word sounds, roughly: `stfn` for Stephen and Steven. Vowels count only at the beginning."""
    word = _REPEATED.sub(r"\1", _consonants(word).translate(_VOWEL_SOUNDS))
    return word[:1] + word[1:].replace("a", "")


@lru_cache(1 << 14)
def spoken(word: str) -> str:
    """How a word sounds, its vowels included: `idi` for Eddie and Eddy."""
    return _REPEATED.sub(r"\1", _VOWELS.sub(_vowel_of, _consonants(word)))


def _consonants(word: str) -> str:
    if word[:1] == "x":
        word = "s" + word[1:]
    return _DIGRAPHS.sub(_sound_of, word).translate(_LETTER_SOUNDS)


def _vowel_of(match: re.Match[str]) -> str:
    letters = match.group()
    if set(letters) & set("ouw"):
        return "o"
    if letters in {"ia", "ya"}:
        return "ia"
    return "a" if set(letters) == {"a"} else "i"


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
        # The collector of garbage walks through a list again and again; a tuple of words it leaves alone.
        self.words = tuple(words)
        self._entries = entries
        self._starts = starts
        # Arrays kept in a database may have been filed in fewer buckets than are used today.
        self._bucket_bits = (len(starts) - 1).bit_length() - 1
        self._word_bits = _word_bits(len(words))

    @classmethod
    def of(cls, words: Sequence[str]) -> Spelling:
        """Builds the files for `words`. About 100,000 words take two seconds."""
        word_bits = _word_bits(len(words))
        bucket_bits = min(max(word_bits + 3, 4), 20)
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

    def near(self, word: str) -> list[tuple[str, int, int, bool]]:
        """(word, its place, edits, whether both sound alike) within the allowed distance; further off if alike."""
        if not self.words:
            return []
        allowed = edits_allowed(word)
        own_sound = sound(word)
        words = self.words
        alike = self._filed([crc32(b"~" + own_sound.encode())])
        places = list(self._filed(forms(word, left_out=allowed)))
        others = itemgetter(*places)(words) if len(places) > 1 else [words[place] for place in places]
        found = [
            (other, place, int(edits), place in alike)
            for other, edits, index in process.extract_iter(word, others, scorer=OSA.distance, score_cutoff=allowed)
            for place in (places[index],)
        ]
        for place in alike.difference(place for _, place, _, _ in found):
            other = words[place]
            # Two sounds may share a checksum.
            if sound(other) == own_sound:
                found.append((other, place, OSA.distance(word, other), True))
        return found

    def find(self, word: str) -> int | None:
        """The place of exactly this word."""
        place = bisect_left(self.words, word)
        return place if place < len(self.words) and self.words[place] == word else None

    def misspelled_starts(self, start: str, most: int) -> list[str]:
        """Beginnings of words that are one edit (a letter more, less, other, or two swapped) away from `start`."""
        words, found = self.words, dict[str, None]()
        low, high = 0, len(words)
        for place in range(len(start) + 1):
            # All words that share the first `place` letters stand in a row, and so do those with one more letter.
            head, tail = start[:place], start[place:]
            if place:
                low = bisect_left(words, head, low, high)
                high = bisect_left(words, head + _AFTER_ALL, low, high)
            if low == high:
                break
            endings = [tail[1:]] if tail else []
            if len(tail) > 1:
                endings.append(tail[1] + tail[0] + tail[2:])
            for ending in endings:
                if self._occurs(head + ending, low, high):
                    found[head + ending] = None
            at = low if words[low] != head else bisect_left(words, head + "\x00", low, high)
            while at < high and tail:
                letter = words[at][place]
                after = bisect_left(words, head + letter + _AFTER_ALL, at, high)
                for ending in (tail[1:], tail):
                    if self._occurs(head + letter + ending, at, after):
                        found[head + letter + ending] = None
                at = after
        found.pop(start, None)
        return list(found)[:most]

    def _occurs(self, start: str, low: int, high: int) -> bool:
        """Whether one of these words, which stand in a row, begins so."""
        at = bisect_left(self.words, start, low, high)
        return at < high and self.words[at].startswith(start)

    def beginning(self, start: str) -> range:
        """The places of all words that begin with `start`."""
        return range(bisect_left(self.words, start), bisect_left(self.words, start + _AFTER_ALL))

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


def _word_bits(words: int) -> int:
    """How many bits of an entry name the word; the others are compared with the checksum asked for."""
    return max(words.bit_length(), 1)
