"""Import of a registry file: streaming, in batches, each of them complete in itself.

Up to `ROWS_AT_ONCE` rows are one transaction: all or nothing. A larger file is committed batch by batch, so that the
clinic's own writing never waits long; when it is cut off, running it again carries on where it makes a difference,
because a row that is already in changes nothing.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from intake.db import db
from intake.directory.npi.file import COLUMNS as TITLES
from intake.directory.npi.file import FileRefused, RegistryFile, open_registry_file
from intake.directory.npi.rows import COLUMNS, Deactivated, Registered, RowInvalid, read_row
from intake.directory.physician_search.index import SearchKeyWriter, index_after, without_time_limit
from intake.directory.physician_search.keys import city_word, name_words, search_keys, signed
from intake.directory.physician_search.vocabulary import CITY, NAME, extend_vocabulary
from intake.directory.registry_import.bulk_writer import Bulk, ExistingRow
from intake.directory.search_models import PhysicianSearchState

BATCH = 10_000
ROWS_AT_ONCE = 30_000
EXAMPLES_SHOWN = 5
_NAMES = itemgetter(
    *map(COLUMNS.index, ("last_name", "first_name", "middle_name", "former_last_name", "former_first_name"))
)
_CITY = COLUMNS.index("city")
_CODE = COLUMNS.index("taxonomy_code")
_REPLACEMENT = COLUMNS.index("replacement_npi")


@dataclass
class ImportCounts:
    """Counts of an import. A row is counted once: as added, updated, unchanged, older, skipped or invalid."""

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    # The file knows less recent things than we do.
    older: int = 0
    # Physicians whom the registry switched off; those who are in use again after having been off once.
    deactivated: int = 0
    reactivated: int = 0
    # Bare deactivation notes, and those of them whose number we have never had: nobody to switch off.
    deactivation_rows: int = 0
    unknown_deactivated: int = 0
    skipped_organisations: int = 0
    skipped_state: int = 0
    invalid: int = 0
    invalid_examples: list[str] = field(default_factory=list)
    # Titles of columns that the file lacks: what is known of these stays as it is.
    lacking: list[str] = field(default_factory=list)
    seconds: float = 0.0
    rows_per_second: int = 0


def import_registry(
    path: Path,
    *,
    states: frozenset[str] = frozenset(),
    checkpoint: Callable[[], None],
    on_progress: Callable[[float, ImportCounts], None] = lambda fraction, counts: None,
) -> ImportCounts:
    """Add and update physicians from the file at `path`; all states when `states` is empty.

    `checkpoint` commits: called once at the end for a small file, after each batch of a large one. A physician
    already known is kept up to date even after moving out of `states`. Raises FileRefused; what had not been
    committed by then is for the caller to roll back.
    """
    started = time.monotonic()
    with open_registry_file(path) as file:
        if states and "state" in file.lacking:
            raise FileRefused(
                f"The file has no column “{TITLES['state']}”, so it can't be imported for some states only."
            )
        counts = _Import(file, states, checkpoint, on_progress).run()
    counts.seconds = round(time.monotonic() - started, 3)
    counts.rows_per_second = round(counts.read / max(counts.seconds, 0.001))
    return counts


@dataclass
class _Import:
    file: RegistryFile
    states: frozenset[str]
    checkpoint: Callable[[], None]
    on_progress: Callable[[float, ImportCounts], None]
    counts: ImportCounts = field(default_factory=ImportCounts)
    # How often each name and city occurs, as written.
    names: Counter[str] = field(default_factory=Counter)
    cities: Counter[str] = field(default_factory=Counter)
    keys: SearchKeyWriter = field(default_factory=lambda: SearchKeyWriter(db.session.connection()))

    def run(self) -> ImportCounts:
        words: dict[str, Counter[str]] = {NAME: Counter(), CITY: Counter()}
        self.counts.lacking = sorted(
            TITLES.get(name, "Healthcare Provider Taxonomy Code") for name in self.file.lacking
        )
        self._begin()
        self._mark_unindexed(words)
        rows = iter(self.file)
        while batch := list(islice(self._readings(rows), BATCH)):
            self._take(batch)
            if self.counts.read > ROWS_AT_ONCE:
                self.checkpoint()
                self._begin()
            self.on_progress(self.file.fraction_read(), self.counts)
        self.keys.finish()
        for raw, count in self.names.items():
            for word in name_words(raw):
                words[NAME][word] += count
        for raw, count in self.cities.items():
            if word := city_word(raw):
                words[CITY][word] += count
        extend_vocabulary(words)
        self._connection.execute(update(PhysicianSearchState).values(unindexed_after_id=None))
        self.checkpoint()
        return self.counts

    def _begin(self) -> None:
        """Set up what belongs to one transaction."""
        self._connection = db.session.connection()
        without_time_limit(self._connection)
        self._bulk = Bulk.on(self._connection)
        self.keys.connection = self._connection

    def _mark_unindexed(self, words: dict[str, Counter[str]]) -> None:
        """Index what a killed import left out, and mark this one in the same way until it is done."""
        after = self._connection.scalar(select(PhysicianSearchState.unindexed_after_id))
        if after is not None:
            index_after(after, words=words)
        last_id = self._bulk.last_physician_id()
        self._connection.execute(
            update(PhysicianSearchState).values(unindexed_after_id=last_id if after is None else after)
        )

    def _readings(self, rows: Iterator[tuple[str, ...]]) -> Iterator[Registered | Deactivated]:
        counts = self.counts
        for row in rows:
            counts.read += 1
            try:
                reading = read_row(row)
            except RowInvalid as reason:
                counts.invalid += 1
                if len(counts.invalid_examples) < EXAMPLES_SHOWN:
                    counts.invalid_examples.append(f"row {self.file.row}: {reason}")
                continue
            if reading is None:
                counts.skipped_organisations += 1
            else:
                yield reading

    def _take(self, batch: list[Registered | Deactivated]) -> None:
        existing = self._bulk.existing({reading.npi for reading in batch})
        added: dict[str, Registered] = {}
        updated: dict[int, tuple[ExistingRow, Registered]] = {}
        switched_off: dict[int, Deactivated] = {}
        counts = self.counts
        for reading in batch:
            known = existing.get(reading.npi)
            if isinstance(reading, Deactivated):
                counts.deactivation_rows += 1
                self._deactivate(reading, known, added, switched_off)
            elif known is not None:
                self._compare(reading, known, updated)
            elif self.states and reading.state not in self.states:
                counts.skipped_state += 1
            elif (twin := added.get(reading.npi)) is not None:
                counts.older += 1
                if not _is_older(reading.updated_on, twin.updated_on):
                    added[reading.npi] = reading
            else:
                added[reading.npi] = reading
        self._add(added)
        self._bulk.update(
            [(known.id, reading, reading.active and not known.set_aside) for known, reading in updated.values()]
        )
        self._bulk.switch_off(list(switched_off.items()))
        for known, reading in updated.values():
            self._reindex(known, reading)

    def _add(self, added: dict[str, Registered]) -> None:
        readings = sorted(added.values(), key=lambda reading: reading.npi)
        ids = self._bulk.insert(readings)
        self.counts.added += len(readings)
        for physician_id, reading in zip(ids, readings, strict=True):
            self.keys.add(physician_id, keys_of(reading.values))
            if not reading.active:
                self.counts.deactivated += 1
            elif reading.deactivated_on:
                self.counts.reactivated += 1
        self._count_words(readings)

    def _count_words(self, readings: list[Registered]) -> None:
        self.names.update(chain.from_iterable([_NAMES(reading.values) for reading in readings]))
        self.cities.update([reading.values[_CITY] for reading in readings])

    def _deactivate(
        self,
        note: Deactivated,
        known: ExistingRow | None,
        added: dict[str, Registered],
        switched_off: dict[int, Deactivated],
    ) -> None:
        if (twin := added.get(note.npi)) is not None:
            # Both in one file: the note is about a registration that this file still describes.
            twin.deactivated_on = max(filter(None, (twin.deactivated_on, note.deactivated_on)))
            if note.replacement_npi:
                twin.values = (*twin.values[:_REPLACEMENT], note.replacement_npi, *twin.values[_REPLACEMENT + 1 :])
        elif known is None:
            self.counts.unknown_deactivated += 1
        elif known.deactivated_on == note.deactivated_on and not known.registry_active:
            if note.replacement_npi in ("", known.replacement_npi):
                self.counts.unchanged += 1
            else:
                self.counts.updated += 1
                switched_off[known.id] = note
        elif known.reactivated_on is not None and known.reactivated_on >= note.deactivated_on:
            # A registration that came back carries both dates, so this note is from before.
            self.counts.older += 1
        else:
            self.counts.deactivated += 1
            switched_off[known.id] = note

    def _compare(
        self, reading: Registered, known: ExistingRow, updated: dict[int, tuple[ExistingRow, Registered]]
    ) -> None:
        counts = self.counts
        if self.file.lacking:
            self._keep_what_is_lacking(reading, known)
        if known.id in updated and _is_older(reading.updated_on, updated[known.id][1].updated_on):
            counts.older += 1
        elif known.fingerprint == reading.fingerprint:
            counts.unchanged += 1
        elif _is_older(reading.updated_on, known.updated_on):
            counts.older += 1
        else:
            off = None if known.registry_active else known.deactivated_on
            # A description from before the deactivation says nothing about it.
            if off and not reading.deactivated_on and (reading.updated_on is None or reading.updated_on <= off):
                reading.deactivated_on = off
            counts.updated += 1
            if reading.active and not known.registry_active:
                counts.reactivated += 1
            elif known.registry_active and not reading.active:
                counts.deactivated += 1
            updated[known.id] = (known, reading)

    def _keep_what_is_lacking(self, reading: Registered, known: ExistingRow) -> None:
        """Let a file that has no column for something say nothing of it."""
        lacking = self.file.lacking
        reading.values = tuple(
            known_value if name in lacking else value
            for name, value, known_value in zip(COLUMNS, reading.values, known.values, strict=True)
        )
        street = COLUMNS.index("street")
        if "street_second" in lacking and known.values[street].startswith(reading.values[street]):
            reading.values = (*reading.values[:street], known.values[street], *reading.values[street + 1 :])
        if "deactivated_on" in lacking:
            reading.deactivated_on = known.deactivated_on
        if "reactivated_on" in lacking:
            reading.reactivated_on = known.reactivated_on
        if "updated_on" in lacking:
            reading.updated_on = known.updated_on

    def _reindex(self, known: ExistingRow, reading: Registered) -> None:
        before, after = set(keys_of(known.values)), set(keys_of(reading.values))
        if before != after:
            self._bulk.drop_keys(known.id, map(signed, before - after))
            self.keys.add(known.id, after - before)
            self._count_words([reading])


def keys_of(values: tuple[str, ...]) -> list[int]:
    last, first, middle, former_last, former_first = _NAMES(values)
    return search_keys(last, first, middle, former_last, former_first, values[_CITY], values[_CODE])


def _is_older(updated_on: Any, known_on: Any) -> bool:
    return known_on is not None and updated_on is not None and updated_on < known_on
