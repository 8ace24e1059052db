"""Each test inside one transaction that is rolled back, whatever is committed within it."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from flask import Flask
from sqlalchemy import Engine

from intake.attribution.rollup.period_cache import period_cache
from intake.db import db


@contextmanager
def rolled_back(app: Flask) -> Iterator[None]:
    """Every session and every connection of `app` shares one connection; their commits become savepoints.

    Flask-SQLAlchemy-Lite 0.2 brings the same, but its sessions commit the outer transaction since SQLAlchemy 2.1
    lets a session that is bound to an engine adopt the transaction it finds.
    """
    with app.app_context():
        engine: Engine = db.engine
        sessions = db.sessionmaker
    with engine.connect() as connection:
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
