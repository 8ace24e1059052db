"""Writing physicians by the ten thousand: COPY on PostgreSQL, prepared statements on the embedded database."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from intake import clock
from intake.directory.npi.rows import COLUMNS, Registered, is_active
from intake.directory.physician_search.index import insert_many

_FACTS = (*COLUMNS, "registry_updated_on", "deactivated_on", "reactivated_on", "registry_fingerprint", "active")
_INSERTED = ("id", "npi", *_FACTS, "added_by_hand", "created_at")
_KNOWN = (
    "id", "npi", "registry_updated_on", "deactivated_on", "reactivated_on", "registry_fingerprint", "set_aside_at",
    *COLUMNS,
)  # fmt: skip


@dataclass(slots=True)
class ExistingRow:
    """What the database holds about a number; `values` follow COLUMNS."""

    id: int
    npi: str
    updated_on: date | None
    deactivated_on: date | None
    reactivated_on: date | None
    fingerprint: int | None
    set_aside: bool
    values: tuple[str, ...]

    @property
    def registry_active(self) -> bool:
        return is_active(self.deactivated_on, self.reactivated_on)


class Bulk(ABC):
    """The statements of an import on one connection, inside its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._now = clock.now()

    @staticmethod
    def on(connection: Connection) -> Bulk:
        return Postgres(connection) if connection.dialect.name == "postgresql" else Embedded(connection)

    def last_physician_id(self) -> int:
        return self._connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM physician").scalar_one()

    @abstractmethod
    def existing(self, npis: Iterable[str]) -> dict[str, ExistingRow]:
        """Those of `npis` that are known, by NPI."""

    @abstractmethod
    def insert(self, readings: Sequence[Registered]) -> Sequence[int]:
        """Adds new physicians; returns their ids in order. The ids are higher than all given out before."""

    @abstractmethod
    def update(self, changes: Sequence[tuple[int, Registered, bool]]) -> None:
        """Takes over (id, reading, active); links made by hand stay."""

    @abstractmethod
    def switch_off(self, notes: Sequence[tuple[int, date]]) -> None:
        """Deactivates, touching no name."""

    @abstractmethod
    def drop_clues(self, physician_id: int, keys: Iterable[int]) -> None:
        """Forgets clues that no longer hold."""


class Embedded(Bulk):
    def existing(self, npis: Iterable[str]) -> dict[str, ExistingRow]:
        found = self._connection.exec_driver_sql(
            f"SELECT {', '.join(_KNOWN)} FROM physician WHERE npi IN (SELECT value FROM json_each(?))",  # noqa: S608
            (json.dumps(sorted(npis)),),
        )
        rows = ((row[0], row[1], _day(row[2]), _day(row[3]), _day(row[4]), *row[5:]) for row in found)
        return {row[1]: _existing(row) for row in rows}

    def insert(self, readings: Sequence[Registered]) -> Sequence[int]:
        # Within an immediate transaction nobody else can give out ids.
        first = self.last_physician_id() + 1
        created_at = self._now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        rows = [
            (
                first + place, reading.npi, *reading.values, _text(reading.updated_on), _text(reading.deactivated_on),
                _text(reading.reactivated_on), reading.fingerprint, reading.active, False, created_at,
            )
            for place, reading in enumerate(readings)
        ]  # fmt: skip
        insert_many(self._connection, f"physician ({', '.join(_INSERTED)})", rows)
        return range(first, first + len(rows))

    def update(self, changes: Sequence[tuple[int, Registered, bool]]) -> None:
        if not changes:
            return
        assignments = ", ".join(f"{name} = ?" for name in _FACTS)
        self._connection.exec_driver_sql(
            f"UPDATE physician SET {assignments} WHERE id = ?",  # noqa: S608
            [
                (*reading.values, _text(reading.updated_on), _text(reading.deactivated_on),
                 _text(reading.reactivated_on), reading.fingerprint, active, physician_id)
                for physician_id, reading, active in changes
            ],
        )  # fmt: skip

    def switch_off(self, notes: Sequence[tuple[int, date]]) -> None:
        if notes:
            self._connection.exec_driver_sql(
                "UPDATE physician SET active = 0, deactivated_on = ?, reactivated_on = NULL WHERE id = ?",
                [(_text(day), physician_id) for physician_id, day in notes],
            )

    def drop_clues(self, physician_id: int, keys: Iterable[int]) -> None:
        if rows := [(key, physician_id) for key in keys]:
            self._connection.exec_driver_sql("DELETE FROM physician_clue WHERE pair_key = ? AND physician_id = ?", rows)


class Postgres(Bulk):
    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        # Two imports at once would both add the same numbers; readers and referrals don't wait for this lock.
        connection.exec_driver_sql("LOCK TABLE physician IN SHARE ROW EXCLUSIVE MODE")

    def existing(self, npis: Iterable[str]) -> dict[str, ExistingRow]:
        found = self._connection.exec_driver_sql(
            f"SELECT {', '.join(_KNOWN)} FROM physician WHERE npi = ANY(%s)",  # noqa: S608
            (sorted(npis),),
        )
        return {row[1]: _existing(row) for row in found}

    def insert(self, readings: Sequence[Registered]) -> Sequence[int]:
        if not readings:
            return ()
        ids = self._connection.exec_driver_sql(
            "SELECT nextval(pg_get_serial_sequence('physician', 'id')) FROM generate_series(1, %s)", (len(readings),)
        ).scalars().all()  # fmt: skip
        with self._cursor() as cursor, cursor.copy(f"COPY physician ({', '.join(_INSERTED)}) FROM STDIN") as copy:
            for physician_id, reading in zip(ids, readings, strict=True):
                copy.write_row(
                    (
                        physician_id, reading.npi, *reading.values, reading.updated_on, reading.deactivated_on,
                        reading.reactivated_on, reading.fingerprint, reading.active, False, self._now,
                    )
                )  # fmt: skip
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
                    copy.write_row(
                        (physician_id, *reading.values, reading.updated_on, reading.deactivated_on,
                         reading.reactivated_on, reading.fingerprint, active)
                    )  # fmt: skip
            assignments = ", ".join(f"{name} = changed_physician.{name}" for name in _FACTS)
            cursor.execute(
                f"UPDATE physician SET {assignments} FROM changed_physician WHERE physician.id = changed_physician.id"  # noqa: S608
            )
            cursor.execute("DROP TABLE changed_physician")

    def switch_off(self, notes: Sequence[tuple[int, date]]) -> None:
        if notes:
            with self._cursor() as cursor:
                cursor.executemany(
                    "UPDATE physician SET active = false, deactivated_on = %s, reactivated_on = NULL WHERE id = %s",
                    [(day, physician_id) for physician_id, day in notes],
                )

    def drop_clues(self, physician_id: int, keys: Iterable[int]) -> None:
        if keys := list(keys):
            self._connection.exec_driver_sql(
                "DELETE FROM physician_clue WHERE physician_id = %s AND pair_key = ANY(%s::bigint[])",
                (physician_id, keys),
            )

    def _cursor(self) -> Any:
        raw: Any = self._connection.connection.driver_connection
        return raw.cursor()


def _existing(row: Sequence[Any]) -> ExistingRow:
    return ExistingRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6] is not None, tuple(row[7:]))


def _day(written: str | date | None) -> date | None:
    if written is None or isinstance(written, date):
        return written
    return date.fromisoformat(written)


def _text(day: date | datetime | None) -> str | None:
    return None if day is None else day.isoformat()
