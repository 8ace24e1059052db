"""Requests of a test behind the second wall: as the role of web processes, with PostgreSQL keeping locations apart.

All of a test happens within one transaction of one connection, so the role is changed for each request, and what it
may see is said at each savepoint instead of at each transaction.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, ProgrammingError

from intake import create_app
from intake.config import Settings
from intake.db import db
from intake.web.wall import location_wall, policies

WANTED = "INTAKE_TEST_WALL"
WEB = "intake_web"
_behind = "tests.walls"


def walled_settings(settings: Settings) -> Settings:
    """The same settings with a role of its own for web processes."""
    return settings.model_copy(update={"web_database_url": settings.database_url.replace("//intake", f"//{WEB}", 1)})


def raise_in(app: Flask) -> None:
    """Make the role, where this server has none yet, and put the policies in place."""
    with app.app_context():
        with suppress(ProgrammingError, IntegrityError), db.engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {WEB} LOGIN")
        with db.engine.begin() as connection:
            policies.raise_wall(connection, walled_settings(app.config["SETTINGS"]))


def behind_if_wanted(settings: Settings) -> Settings:
    """Settings for a server of its own: behind a wall, if this run wants one and nothing else was said."""
    if settings.embedded or settings.web_database_url or not os.environ.get(WANTED):
        return settings
    raise_in(create_app(settings))
    return walled_settings(settings)


def put_behind(app: Flask) -> None:
    raise_in(app)
    with app.app_context():
        location_wall.stand(app, db.engine)
        event.listen(db.engine, "savepoint", lambda connection, _name: location_wall._say(connection))
    app.extensions[_behind] = True


@contextmanager
def as_web(app: Flask) -> Iterator[None]:
    """What happens inside is done by the role of web processes, where the app is behind a wall."""
    if _behind not in app.extensions:
        yield
        return
    _say(app, f"SET ROLE {WEB}")
    try:
        yield
    finally:
        # The request's own savepoint is over by now: undone, it would bring the role back.
        _say(app, "RESET ROLE")


def _say(app: Flask, statement: str) -> None:
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql(statement)
