"""Each test inside one transaction that is rolled back, whatever is committed within it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from flask import Flask, has_app_context
from psycopg._preparing import PrepareManager
from sqlalchemy import Connection, Engine, event

from intake.attribution.rollup.period_cache import period_cache
from intake.db import db
from intake.web.ttl_cache import forget

WRITES = ("INSERT", "UPDATE", "DELETE")
# That somebody looked at a page changes nothing on it.
LOOKS = "INSERT INTO audit_entry"
# All that the pages of a few rooms ask.
MOST_PREPARED = 1_000


@event.listens_for(Engine, "after_cursor_execute")
def forget_what_was_remembered(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
    """A test writes and looks within a moment, for which a page may remember what was there before."""
    if statement.startswith(WRITES) and not statement.startswith(LOOKS) and has_app_context():
        forget()


@contextmanager
def _kept_prepared(connection: Connection) -> Iterator[None]:
    """What PostgreSQL prepared for one test serves the next; the driver would forget all of it with each rollback."""
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        driver.prepared_max = MOST_PREPARED
    with patch.object(PrepareManager, "_should_discard", lambda *_: False):
        yield


@contextmanager
def rolled_back(app: Flask) -> Iterator[None]:
    """Every session and every connection of `app` shares one connection; their commits become savepoints.

    Flask-SQLAlchemy-Lite 0.2 brings the same, but its sessions commit the outer transaction since SQLAlchemy 2.1
    lets a session that is bound to an engine adopt the transaction it finds.
    """
    with app.app_context():
        engine: Engine = db.engine
        sessions = db.sessionmaker
    with engine.connect() as connection, _kept_prepared(connection):
        outer = connection.begin()
        shared = {"bind": connection, "binds": None, "join_transaction_mode": "create_savepoint"}
        try:
            with (
                patch.dict(sessions.kw, shared),
                patch.object(connection, "close", lambda: None),
                patch.object(connection, "begin", connection.begin_nested),
                patch.object(engine, "connect", lambda: connection),
            ):
                yield
        finally:
            outer.rollback()
            with app.app_context():
                period_cache().clear()
                forget()
