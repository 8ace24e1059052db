"""Bulk writing of physicians: COPY on PostgreSQL, prepared statements on the embedded database."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from sqlalchemy import Connection

from intake import clock
from intake.directory.npi.rows import COLUMNS, Deactivated, Registered, is_active
from intake.directory.physician_search.index import insert_many

_FACTS = (*COLUMNS, "registry_updated_on", "deactivated_on", "reactivated_on", "registry_fingerprint", "active")
_INSERTED = ("id", "npi", *_FACTS, "added_by_hand", "created_at")
_KNOWN = (
    "id", "npi", "registry_updated_on", "deactivated_on", "reactivated_on", "registry_fingerprint", "set_aside_at",
    *COLUMNS,
)  # fmt: skip
_REPLACEMENT = COLUMNS.index("replacement_npi")


@dataclass(slots=True)
class ExistingRow:
    """The row that the database has for an NPI; `values` follow COLUMNS."""

    id: int
    npi: str
    updated_on: date | None
    deactivated_on: date | None
    reactivated_on: date | None
    fingerprint: int | None
    set_aside: bool
    values: tuple[str, ...]

    @property
    def replacement_npi(self) -> str:
        return self.values[_REPLACEMENT]

    @property
    def registry_active(self) -> bool:
        return is_active(self.deactivated_on, self.reactivated_on)


class Bulk(ABC):
    """The statements of an import on one connection, inside its transaction."""

    mark: str
    in_list: str

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._now = clock.now()

    @staticmethod
    def on(connection: Connection) -> Bulk:
        return Postgres(connection) if connection.dialect.name == "postgresql" else Embedded(connection)

    def last_physician_id(self) -> int:
        return self._connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM physician").scalar_one()

    def existing(self, npis: Iterable[str]) -> dict[str, ExistingRow]:
        """Those of `npis` that are known, by NPI."""
        sql = f"SELECT {', '.join(_KNOWN)} FROM physician WHERE npi {self.in_list}"  # noqa: S608
        return {row[1]: _existing(row) for row in self._connection.exec_driver_sql(sql, (self._list(npis),))}

    @abstractmethod
    def insert(self, readings: Sequence[Registered]) -> Sequence[int]:
        """Add new physicians; return their ids in order. The ids are higher than all given out before."""

    @abstractmethod
    def update(self, changes: Sequence[tuple[int, Registered, bool]]) -> None:
        """Write (id, reading, active) over what the registry said before; links made by hand stay."""

    def switch_off(self, notes: Sequence[tuple[int, Deactivated]]) -> None:
        """Deactivate, touching no name; a note without a new number leaves the one that is known."""
        if notes:
            replaced = f"replacement_npi = coalesce(nullif({self.mark}, ''), replacement_npi)"
            values = f"active = false, deactivated_on = {self.mark}, reactivated_on = NULL, {replaced}"
            self._connection.exec_driver_sql(
                f"UPDATE physician SET {values} WHERE id = {self.mark}",  # noqa: S608
                [(_text(note.deactivated_on), note.replacement_npi, physician_id) for physician_id, note in notes],
            )

    def drop_keys(self, physician_id: int, keys: Iterable[int]) -> None:
        """Delete search keys that no longer hold."""
        sql = f"DELETE FROM physician_clue WHERE physician_id = {self.mark} AND pair_key {self.in_list}"  # noqa: S608
        self._connection.exec_driver_sql(sql, (physician_id, self._list(keys)))

    @abstractmethod
    def _list(self, values: Iterable[Any]) -> Any:
        """Return values as `in_list` takes them."""


class Embedded(Bulk):
    mark, in_list = "?", "IN (SELECT value FROM json_each(?))"

    def insert(self, readings: Sequence[Registered]) -> Sequence[int]:
        # Within an immediate transaction nobody else can give out ids.
        first = self.last_physician_id() + 1
        created_at = self._now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        rows = [
            (first + place, reading.npi, *_facts(reading, reading.active, _text), False, created_at)
            for place, reading in enumerate(readings)
        ]
        insert_many(self._connection, f"physician ({', '.join(_INSERTED)})", rows)
        return range(first, first + len(rows))

    def update(self, changes: Sequence[tuple[int, Registered, bool]]) -> None:
        if not changes:
            return
        assignments = ", ".join(f"{name} = ?" for name in _FACTS)
        self._connection.exec_driver_sql(
            f"UPDATE physician SET {assignments} WHERE id = ?",  # noqa: S608
            [(*_facts(reading, active, _text), physician_id) for physician_id, reading, active in changes],
        )

    def _list(self, values: Iterable[Any]) -> str:
        return json.dumps(sorted(values))


class Postgres(Bulk):
    mark, in_list = "%s", "= ANY(%s)"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        # Two imports at once would both add the same numbers; readers and referrals don't wait for this lock.
        connection.exec_driver_sql("LOCK TABLE physician IN SHARE ROW EXCLUSIVE MODE")

    def insert(self, readings: Sequence[Registered]) -> Sequence[int]:
        if not readings:
            return ()
        ids = self._connection.exec_driver_sql(
            "SELECT nextval(pg_get_serial_sequence('physician', 'id')) FROM generate_series(1, %s)", (len(readings),)
        ).scalars().all()  # fmt: skip
        with self._cursor() as cursor, cursor.copy(f"COPY physician ({', '.join(_INSERTED)}) FROM STDIN") as copy:
            for physician_id, reading in zip(ids, readings, strict=True):
                facts = _facts(reading, reading.active, _unchanged)
                copy.write_row((physician_id, reading.npi, *facts, False, self._now))
        return ids

    def update(self, changes: Sequence[tuple[int, Registered, bool]]) -> None:
        if not changes:
            return
        columns = ("id", *_FACTS)
        with self._cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE changed_physician ON COMMIT DROP AS"  # noqa: S608
                f" SELECT {', '.join(columns)} FROM physician LIMIT 0"
            )
            with cursor.copy(f"COPY changed_physician ({', '.join(columns)}) FROM STDIN") as copy:
                for physician_id, reading, active in changes:
                    copy.write_row((physician_id, *_facts(reading, active, _unchanged)))
            assignments = ", ".join(f"{name} = changed_physician.{name}" for name in _FACTS)
            cursor.execute(
                f"UPDATE physician SET {assignments} FROM changed_physician WHERE physician.id = changed_physician.id"  # noqa: S608
            )
            cursor.execute("DROP TABLE changed_physician")

    def _list(self, values: Iterable[Any]) -> list[Any]:
        return sorted(values)

    def _cursor(self) -> Any:
        raw: Any = self._connection.connection.driver_connection
        return raw.cursor()


def _facts(reading: Registered, active: bool, day: Callable[[date | None], Any]) -> tuple[Any, ...]:
    """Values of _FACTS; `day` puts a date into the form that the database driver takes."""
    days = (day(reading.updated_on), day(reading.deactivated_on), day(reading.reactivated_on))
    return (*reading.values, *days, reading.fingerprint, active)


def _existing(row: Sequence[Any]) -> ExistingRow:
    physician_id, npi, updated, off, on, fingerprint, set_aside_at, *values = row
    days = (_day(updated), _day(off), _day(on))
    return ExistingRow(physician_id, npi, *days, fingerprint, set_aside_at is not None, tuple(values))


def _day(written: str | date | None) -> date | None:
    return date.fromisoformat(written) if isinstance(written, str) else written


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _unchanged(day: date | None) -> date | None:
    return day
