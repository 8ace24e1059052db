"""The search index of physicians, kept up to date: by hand, in bulk, and from scratch."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from flask import Flask
from sqlalchemy import Connection, delete, event, inspect, select, text, update
from sqlalchemy.orm import Session

from intake.db import db
from intake.directory.models import Physician, ReferringPractice, ReferringPracticeMerge
from intake.directory.physician_search.keys import city_word, name_words, search_keys, signed
from intake.directory.physician_search.vocabulary import (
    CITY,
    NAME,
    add_words,
    extend_vocabulary,
    new_stamp,
    store_vocabulary,
)
from intake.directory.search_models import PhysicianSearchKey, PhysicianSearchState

# Keys are written in sorted runs of this many: fewer pages of the index are touched twice, and memory stays small.
RUN = 500_000
ROWS_A_STEP = 5_000
_INSERT = "INSERT INTO physician_clue (pair_key, physician_id) VALUES (:pair_key, :physician_id) ON CONFLICT DO NOTHING"
# In the order that search_keys takes them.
_FIELDS = ("last_name", "first_name", "middle_name", "former_last_name", "former_first_name", "city", "taxonomy_code")
_SHIFT = 40
_VARIABLES = 2_000
_OFFSET = 1 << 63


def init_app(app: Flask) -> None:
    """Index physicians that are added or changed through a session in the same commit."""
    if not event.contains(Session, "after_flush", _index_changes):
        event.listen(Session, "after_flush", _index_changes)


def index_physicians(ids: Iterable[int]) -> None:
    """Index physicians that were written past the session, by bulk statements. Flushes."""
    columns = [getattr(Physician, name) for name in _FIELDS]
    writer = SearchKeyWriter(db.session.connection())
    words: dict[str, Counter[str]] = {NAME: Counter(), CITY: Counter()}
    wanted = list(ids)
    for start in range(0, len(wanted), 500):
        query = select(Physician.id, *columns).where(Physician.id.in_(wanted[start : start + 500]))
        _index_rows(db.session.execute(query), writer, words)
    writer.finish()
    extend_vocabulary(words)


def reindex(on_progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Rebuild every key and the vocabulary; return the number of physicians. Flushes."""
    connection = db.session.connection()
    without_time_limit(connection)
    connection.execute(delete(PhysicianSearchKey))
    words: dict[str, Counter[str]] = {NAME: Counter(), CITY: Counter()}
    done = index_after(0, words=words, on_progress=on_progress)
    store_vocabulary(words)
    connection.execute(update(PhysicianSearchState).values(unindexed_after_id=None))
    return done


def index_after(
    last_id: int,
    *,
    words: dict[str, Counter[str]],
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Index all physicians with a higher id than `last_id`; count their words into `words`. Flushes."""
    connection = db.session.connection()
    total = connection.scalar(text("SELECT count(*) FROM physician WHERE id > :id"), {"id": last_id}) or 0
    columns = ", ".join(_FIELDS)
    query = text(f"SELECT id, {columns} FROM physician WHERE id > :id ORDER BY id LIMIT :limit")  # noqa: S608
    writer = SearchKeyWriter(connection)
    done = 0
    while rows := connection.execute(query, {"id": last_id, "limit": ROWS_A_STEP}).all():
        _index_rows(rows, writer, words)
        last_id = rows[-1][0]
        done += len(rows)
        on_progress(done, total)
    writer.finish()
    return done


def _index_rows(rows: Iterable[Any], writer: "SearchKeyWriter", words: Mapping[str, Counter[str]]) -> None:
    for physician_id, *values in rows:
        writer.add(physician_id, search_keys(*values))
        count_words(words, values)


def count_words(words: Mapping[str, Counter[str]], facts: Sequence[str]) -> None:
    """Count the words of one physician's facts, which follow _FIELDS."""
    *names, city, _code = facts
    for name in names:
        if name:
            words[NAME].update(name_words(name))
    if town := city_word(city):
        words[CITY][town] += 1


def without_time_limit(connection: Connection) -> None:
    """Lift the limit of a page's statements for this transaction: bulk work takes longer."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def insert_many(connection: Connection, into: str, rows: Sequence[Sequence[Any]], otherwise: str = "") -> None:
    """Insert many rows a statement, on the embedded database: half the time of one row after the other."""
    if not rows:
        return
    width = len(rows[0])
    step = _VARIABLES // width
    marks = f"({', '.join('?' * width)})"
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        connection.exec_driver_sql(
            f"INSERT INTO {into} VALUES {', '.join([marks] * len(some))} {otherwise}",  # noqa: S608
            tuple(chain.from_iterable(some)),
        )


class SearchKeyWriter:
    """Collects keys and writes them in sorted runs. `connection` may be replaced between two transactions."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._waiting: list[int] = []

    def add(self, physician_id: int, keys: Iterable[int]) -> None:
        # One number instead of a pair: a third of the memory, and it sorts as the index does.
        self._waiting += [(key ^ _OFFSET) << _SHIFT | physician_id for key in keys]
        if len(self._waiting) >= RUN:
            self.finish()

    def finish(self) -> None:
        """Write the keys that still wait."""
        self._waiting.sort()
        low = (1 << _SHIFT) - 1
        rows = [((packed >> _SHIFT) - _OFFSET, packed & low) for packed in self._waiting]
        self._waiting = []
        if not rows:
            return
        if self.connection.dialect.name == "postgresql":
            self._copy(rows)
        else:
            insert_many(self.connection, "physician_clue (pair_key, physician_id)", rows, "ON CONFLICT DO NOTHING")

    def _copy(self, rows: Iterable[tuple[int, int]]) -> None:
        raw: Any = self.connection.connection.driver_connection
        with raw.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE IF NOT EXISTS new_physician_clue (pair_key bigint, physician_id bigint)"
                " ON COMMIT DELETE ROWS"
            )
            with cursor.copy("COPY new_physician_clue FROM STDIN") as copy:
                block: list[str] = []
                for key, physician_id in rows:
                    block.append(f"{key}\t{physician_id}\n")
                    if len(block) == 10_000:
                        copy.write("".join(block))
                        block.clear()
                copy.write("".join(block))
            cursor.execute(
                "INSERT INTO physician_clue SELECT pair_key, physician_id FROM new_physician_clue"
                " ON CONFLICT DO NOTHING"
            )
            cursor.execute("TRUNCATE new_physician_clue")


def _index_changes(session: Session, _flush: Any) -> None:
    if any(isinstance(row, ReferringPractice | ReferringPracticeMerge) for row in (*session.new, *session.dirty)):
        session.connection().execute(update(PhysicianSearchState).values(additions_stamp=new_stamp()))
    changed = [row for row in session.dirty if isinstance(row, Physician)]
    added = [row for row in session.new if isinstance(row, Physician)]
    if not changed and not added:
        return
    connection = session.connection()
    words: dict[str, set[str]] = {NAME: set(), CITY: set()}
    for row in added + changed:
        facts = [getattr(row, name) or "" for name in _FIELDS]
        keys = set(map(signed, search_keys(*facts)))
        if row not in added:
            before = set(map(signed, search_keys(*[_value_before(row, name) for name in _FIELDS])))
            if before == keys:
                continue
            for key in before - keys:
                connection.execute(
                    delete(PhysicianSearchKey).where(
                        PhysicianSearchKey.pair_key == key, PhysicianSearchKey.physician_id == row.id
                    )
                )
            keys -= before
        if keys:
            connection.execute(text(_INSERT), [{"pair_key": key, "physician_id": row.id} for key in keys])
        counted: dict[str, Counter[str]] = {NAME: Counter(), CITY: Counter()}
        count_words(counted, facts)
        for kind, counter in counted.items():
            words[kind].update(counter)
    add_words(words)


def _value_before(row: Physician, name: str) -> str:
    history = inspect(row).attrs[name].history
    return (history.deleted[0] if history.deleted else getattr(row, name)) or ""
