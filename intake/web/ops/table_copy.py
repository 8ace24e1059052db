"""All rows of one database into another of the same form and either kind, by what the databases say of their tables.

The models of this code are not asked: a backup before an update is taken of the older form.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from psycopg.types.json import Json
from sqlalchemy import JSON, Connection, DateTime, Engine, MetaData, Table, delete, func, insert, select, text

from intake.db import writing

ROWS_AT_ONCE = 5000
# Alembic's own, and what only tells about the machine that a copy came from.
LEFT_OUT = frozenset({"alembic_version", "operation_note"})


class CopyDiffers(Exception):
    """A table of the copy holds another number of rows than were read for it."""


def tables_of(connection: Connection) -> list[Table]:
    """Every table with rows to copy, those that others refer to first."""
    found = MetaData()
    found.reflect(connection, resolve_fks=False)
    return [table for table in found.sorted_tables if table.name not in LEFT_OUT]


def copy_all(source: Connection, target: Engine) -> dict[str, int]:
    """Copy every row, in one transaction of the target, and compare the counts. `source` reads one snapshot.

    What migrations put into the target gives way. Raises CopyDiffers.
    """
    copied: dict[str, int] = {}
    with writing(), target.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        known = {table.name: table for table in tables_of(connection)}
        for table in reversed(known.values()):
            if connection.scalar(select(func.count()).select_from(table)):
                connection.execute(delete(table))
        for table in tables_of(source):
            copied[table.name] = _copy_rows(source, table, connection, known[table.name])
        for name, rows in copied.items():
            if connection.scalar(select(func.count()).select_from(known[name])) != rows:
                raise CopyDiffers(name)
        if connection.dialect.name == "postgresql":
            _continue_numbers(connection, known.values())
    if target.dialect.name == "postgresql":
        with target.connect() as connection:
            connection.execute(text("ANALYZE"))
            connection.commit()
    return copied


def _copy_rows(source: Connection, table: Table, connection: Connection, target: Table) -> int:
    if source.dialect.name == "postgresql":
        source.execute(text("SET LOCAL statement_timeout = 0"))
    query = select(table).execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)
    rows = source.execute(query)
    names, count = [column.name for column in table.columns], 0
    if connection.dialect.name == "sqlite":
        for some in rows.partitions(ROWS_AT_ONCE):
            connection.execute(insert(target), [dict(zip(names, row, strict=True)) for row in some])
            count += len(some)
        return count
    columns = ", ".join(f'"{name}"' for name in names)
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for values in _for_copy(table, rows):
            copy.write_row(values)
            count += 1
    return count


def _for_copy(table: Table, rows: Any) -> Iterator[list[Any]]:
    """Rows as COPY takes them: moments with their zone, JSON as such."""
    makers: dict[int, Any] = {}
    for at, column in enumerate(table.columns):
        if isinstance(column.type, JSON):
            makers[at] = Json
        elif isinstance(column.type, DateTime):
            makers[at] = _in_utc
    for row in rows:
        values = list(row)
        for at, make in makers.items():
            if values[at] is not None:
                values[at] = make(values[at])
        yield values


def _in_utc(moment: datetime) -> str:
    return moment.isoformat() + ("+00:00" if moment.tzinfo is None else "")


def _continue_numbers(connection: Connection, tables: Any) -> None:
    """Let each table's next number follow the highest there is."""
    for table in tables:
        for column in table.primary_key.columns:
            sequence = connection.scalar(
                text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
            )
            if sequence:
                highest = connection.scalar(select(func.max(column)))
                connection.execute(
                    text("SELECT setval(CAST(:sequence AS regclass), :value, :used)"),
                    {"sequence": sequence, "value": highest or 1, "used": highest is not None},
                )
