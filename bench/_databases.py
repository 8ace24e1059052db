"""The databases that benches measure on, and the service on each."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from intake import create_app
from intake.config import Settings
from intake.db import db
from intake.web.ops import migrations
from tests.databases import KINDS
from tests.postgres import PostgresMissing, PostgresServer, start_postgres, stop_postgres


@contextmanager
def server_if_there(**options: Any) -> Iterator[PostgresServer | None]:
    """A PostgreSQL server for the block; None, and a line that says so, where there are no binaries."""
    try:
        server = start_postgres(**options)
    except PostgresMissing as missing:
        print(f"postgresql: not measured: {missing}", flush=True)
        yield None
        return
    try:
        yield server
    finally:
        stop_postgres(server)


def each_kind(*, only: str | None = None) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Each kind of database in turn, with a function that returns the address of a new one by its name.

    PostgreSQL keeps every commit through a power cut.
    """
    if only in (None, KINDS[0]):
        with tempfile.TemporaryDirectory(prefix="intake-bench-") as folder:
            yield KINDS[0], lambda name: f"sqlite:///{folder}/{name}.db"
    if only in (None, KINDS[1]):
        with server_if_there(durable=True) as server:
            if server is not None:
                yield KINDS[1], server.create


@contextmanager
def migrated(settings: Settings) -> Iterator[Flask]:
    """The service in its own context, on a database in its newest form; leaves no connection open."""
    app = create_app(settings)
    with app.app_context():
        migrations.upgrade()
        yield app
        db.session.close()
        db.engine.dispose()
