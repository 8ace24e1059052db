"""An update while the older version works, and its taking back: what the older code could write, it still writes."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint, func, insert, select
from sqlalchemy.exc import DBAPIError

from intake import create_app
from intake.db import db
from intake.web.ops.migrations import alembic_config
from tests.house_rules.test_migrations import arrange
from tests.making import Make


@pytest.mark.both
@pytest.mark.parametrize("steps", [1, pytest.param(12, marks=pytest.mark.everything)])
def test_older_code_writes_on_while_the_database_is_updated_and_taken_back(
    committed_app: Flask, make: Make, steps: int
) -> None:
    arrange(make)
    make.answer(make.visit(), make.sources()["tv"], verbatim="a neighbour")
    db.session.commit()
    db.session.close()
    revisions = [each.revision for each in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    for newer, older in pairwise(revisions[: steps + 1]):
        command.downgrade(alembic_config(), older)
        with older_code(committed_app) as writer:
            writer.wait_for_rounds(1)
            command.upgrade(alembic_config(), newer)
            writer.wait_for_rounds(1)
            command.downgrade(alembic_config(), older)
            writer.wait_for_rounds(1)
        assert writer.refused == [], newer
        assert len(writer.tables) > 15
        assert writer.lost() == [], newer


@dataclass
class Writer:
    """Copies a row of each table again and again, naming only the columns that it knows."""

    engine: Engine
    tables: dict[Table, dict[str, Any]] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    rounds: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    went_round: threading.Condition = field(default_factory=threading.Condition)

    def learn(self) -> None:
        """Look at the tables of today, and which of them take a copy of a row."""
        found = MetaData()
        found.reflect(self.engine)
        for table in found.sorted_tables:
            with self.engine.connect() as connection:
                row = connection.execute(select(table).limit(1)).mappings().first()
            if row is None or table.name == "alembic_version":
                continue
            self.tables[table] = dict(row)
            if not self.write(table):
                del self.tables[table]
        for table in self.tables:
            with self.engine.connect() as connection:
                self.there[table.name] = connection.scalar(select(func.count()).select_from(table)) or 0
        self.written, self.refused = {}, []

    def write(self, table: Table) -> bool:
        values = {**self.tables[table], **_distinct(table)}
        keys = list(table.primary_key)
        if len(keys) == 1 and isinstance(keys[0].type, Integer) and not keys[0].foreign_keys:
            values.pop(keys[0].name)
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(table).values(values))
        except DBAPIError as error:
            self.refused.append(f"{table.name}: {error.orig}")
            return False
        self.written[table.name] = self.written.get(table.name, 0) + 1
        return True

    def write_on(self) -> None:
        while not self.over.is_set() and not self.refused:
            for table in self.tables:
                self.write(table)
            with self.went_round:
                self.rounds += 1
                self.went_round.notify_all()

    def wait_for_rounds(self, more: int) -> None:
        wanted = self.rounds + more
        with self.went_round:
            self.went_round.wait_for(lambda: self.rounds > wanted or bool(self.refused), timeout=120)

    def lost(self) -> list[str]:
        """Tables with fewer rows than were taken in."""
        with self.engine.connect() as connection:
            return [
                table.name
                for table in self.tables
                if connection.scalar(select(func.count()).select_from(table))
                != self.there[table.name] + self.written.get(table.name, 0)
            ]


@contextmanager
def older_code(app: Flask) -> Iterator[Writer]:
    other = create_app(app.config["SETTINGS"])
    with other.app_context():
        writer = Writer(db.engine)
    writer.learn()
    thread = threading.Thread(target=writer.write_on, daemon=True)
    thread.start()
    try:
        yield writer
    finally:
        writer.over.set()
        thread.join(120)


def _distinct(table: Table) -> dict[str, Any]:
    """New values for columns that must be distinct."""
    names = {column.name for column in table.columns if column.unique}
    names |= {c.name for each in table.constraints if isinstance(each, UniqueConstraint) for c in each.columns}
    names |= {c.name for index in table.indexes if index.unique for c in index.columns}
    names |= {column.name for column in table.primary_key}
    fresh: dict[str, Any] = {}
    for column in (table.c[name] for name in names):
        if column.foreign_keys:
            continue
        if isinstance(column.type, String):
            fresh[column.name] = uuid.uuid4().hex[: column.type.length or 32]
        elif isinstance(column.type, LargeBinary):
            fresh[column.name] = uuid.uuid4().bytes
    return fresh
