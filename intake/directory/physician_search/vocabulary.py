"""The vocabulary of physicians' names and cities: kept in the database, held in memory.

An import or a reindexing rebuilds the vocabulary and stores it in pieces that load in well under a second; a
physician added by hand leaves only the new words, in a table of their own. Either draws a new stamp, and every
process compares stamps before it searches, so all of them know a new name as soon as it is committed.
"""

from __future__ import annotations

import heapq
import secrets
import threading
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import delete, insert, select, text, update

from intake.db import db
from intake.directory.physician_search.spelling import Spelling
from intake.directory.search_models import PhysicianSearchPart, PhysicianSearchState, PhysicianSearchWord

PART_BYTES = 1 << 20
NAME, CITY = "name", "city"
KINDS = (NAME, CITY)
# So many new words are added beside the vocabulary; more are worth rebuilding it.
MOST_ADDITIONS = 500
MOST_KNOWN = 2_000
_SHORT_BEGINNING = 2
_lock = threading.Lock()


# A word, edits to it, how often it occurs, whether it sounds alike.
Near = tuple[str, int, int, bool]


@dataclass
class WordList:
    """Sorted words, how often each occurs, and the means to find near ones."""

    spelling: Spelling
    counts: array[int]
    _commonest: dict[tuple[str, int], list[tuple[str, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> WordList:
        words = sorted(counts)
        return cls(Spelling.of(words), array("I", (min(counts[word], 0xFFFFFFFF) for word in words)))

    def __contains__(self, word: str) -> bool:
        return self.spelling.find(word) is not None

    def count(self, word: str) -> int:
        place = self.spelling.find(word)
        return 0 if place is None else self.counts[place]

    def near(self, word: str) -> list[Near]:
        counts = self.counts
        return [(other, edits, counts[place], alike) for other, place, edits, alike in self.spelling.near(word)]

    def beginning(self, start: str, most: int) -> list[tuple[str, int]]:
        """The commonest words that begin with `start`, and how often each occurs."""
        if len(start) <= _SHORT_BEGINNING and (start, most) in self._commonest:
            return self._commonest[start, most]
        places = self.spelling.beginning(start)
        chosen = heapq.nlargest(most, places, key=self.counts.__getitem__) if len(places) > most else list(places)
        found = [(self.spelling.words[place], self.counts[place]) for place in chosen]
        if len(start) <= _SHORT_BEGINNING:
            self._commonest[start, most] = found
        return found


@dataclass
class Vocabulary:
    """Words by kind: those of the last build, and those added since."""

    built: dict[str, WordList]
    added: dict[str, WordList]
    vocabulary_stamp: int
    additions_stamp: int
    # What parsing found out about single words; the next keystroke asks about all but the last one again.
    known: dict[Any, Any] = field(default_factory=dict)

    def remembered(self, key: Any, find: Callable[[], Any]) -> Any:
        """Return `find()`, cached by `key`; the caller must not change it."""
        known = self.known
        if key in known:
            return known[key]
        found = find()
        if len(known) >= MOST_KNOWN:
            known.clear()
        known[key] = found
        return found

    def lists(self, kind: str) -> tuple[WordList, ...]:
        return (self.built[kind], self.added[kind])

    def has(self, kind: str, word: str) -> bool:
        return any(word in words for words in self.lists(kind))

    def count(self, kind: str, word: str) -> int:
        return sum(words.count(word) for words in self.lists(kind))

    def near(self, kind: str, word: str) -> list[Near]:
        return [near for words in self.lists(kind) for near in words.near(word)]

    def beginning(self, kind: str, start: str, most: int) -> list[tuple[str, int]]:
        return [found for words in self.lists(kind) for found in words.beginning(start, most)]

    def misspelled_starts(self, kind: str, start: str, most: int) -> list[str]:
        """Beginnings that occur and are one edit away from `start`."""
        return [found for words in self.lists(kind) for found in words.spelling.misspelled_starts(start, most)]


def current_vocabulary(stamps: tuple[int, int] | None = None) -> Vocabulary:
    """The vocabulary as this transaction sees it. `stamps` spares the look-up when they were just read."""
    if stamps is None:
        row = db.session.execute(
            select(PhysicianSearchState.vocabulary_stamp, PhysicianSearchState.additions_stamp)
        ).one()
        stamps = (row[0], row[1])
    known: Vocabulary | None = current_app.extensions.get("physician_vocabulary")
    if known and (known.vocabulary_stamp, known.additions_stamp) == stamps:
        return known
    with _lock:
        known = current_app.extensions.get("physician_vocabulary")
        if known and (known.vocabulary_stamp, known.additions_stamp) == stamps:
            return known
        built = known.built if known and known.vocabulary_stamp == stamps[0] else _load_built()
        fresh = Vocabulary(built, _load_added(), *stamps)
        current_app.extensions["physician_vocabulary"] = fresh
    return fresh


def add_words(words: Mapping[str, set[str]]) -> None:
    """Add words of physicians that the vocabulary lacks. Flushes."""
    vocabulary = current_vocabulary()
    new = [
        {"kind": kind, "word": word}
        for kind in KINDS
        for word in sorted(words.get(kind, ()))
        if not vocabulary.has(kind, word)
    ]
    if not new:
        return
    db.session.connection().execute(
        text("INSERT INTO physician_search_word (kind, word) VALUES (:kind, :word) ON CONFLICT DO NOTHING"), new
    )
    db.session.connection().execute(update(PhysicianSearchState).values(additions_stamp=new_stamp()))


def extend_vocabulary(counts: Mapping[str, Mapping[str, int]]) -> None:
    """Add the words that an import counted, rebuilding the vocabulary when many are new. Flushes."""
    vocabulary = current_vocabulary()
    new = {kind: {word for word in counts.get(kind, {}) if not vocabulary.has(kind, word)} for kind in KINDS}
    added = sum(len(vocabulary.added[kind].counts) for kind in KINDS)
    if sum(map(len, new.values())) + added <= MOST_ADDITIONS:
        add_words(new)
        return
    merged = {}
    for kind in KINDS:
        merged[kind] = dict(counts.get(kind, {}))
        for words in vocabulary.lists(kind):
            for word, count in zip(words.spelling.words, words.counts, strict=True):
                merged[kind][word] = merged[kind].get(word, 0) + count
    store_vocabulary(merged)


def store_vocabulary(counts: Mapping[str, Mapping[str, int]]) -> None:
    """Build the vocabulary from these words alone, in place of the one there was. Flushes."""
    connection = db.session.connection()
    connection.execute(delete(PhysicianSearchPart))
    connection.execute(delete(PhysicianSearchWord))
    for kind in KINDS:
        words = WordList.of(counts.get(kind, {}))
        entries, starts = words.spelling.arrays
        pieces = {
            "words": "\n".join(words.spelling.words).encode(),
            "counts": words.counts.tobytes(),
            "entries": entries.tobytes(),
            "starts": starts.tobytes(),
        }
        for name, data in pieces.items():
            for part, start in enumerate(range(0, len(data), PART_BYTES)):
                connection.execute(
                    insert(PhysicianSearchPart).values(
                        name=f"{kind}.{name}", part=part, data=data[start : start + PART_BYTES]
                    )
                )
    connection.execute(update(PhysicianSearchState).values(vocabulary_stamp=new_stamp(), additions_stamp=new_stamp()))


def new_stamp() -> int:
    return secrets.randbits(62)


def _load_built() -> dict[str, WordList]:
    rows = db.session.execute(
        select(PhysicianSearchPart.name, PhysicianSearchPart.data).order_by(
            PhysicianSearchPart.name, PhysicianSearchPart.part
        )
    )
    pieces: dict[str, bytearray] = {}
    for name, data in rows:
        pieces.setdefault(name, bytearray()).extend(data)
    built = {}
    for kind in KINDS:
        if f"{kind}.words" not in pieces:
            built[kind] = WordList.of({})
            continue
        words = pieces[f"{kind}.words"].decode().split("\n")
        numbers = {name: array("I") for name in ("counts", "entries", "starts")}
        for name, into in numbers.items():
            into.frombytes(pieces.pop(f"{kind}.{name}", b""))
        built[kind] = WordList(Spelling(words, numbers["entries"], numbers["starts"]), numbers["counts"])
    return built


def _load_added() -> dict[str, WordList]:
    added: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
    for kind, word in db.session.execute(select(PhysicianSearchWord.kind, PhysicianSearchWord.word)):
        added[kind][word] = 1
    return {kind: WordList.of(words) for kind, words in added.items()}
