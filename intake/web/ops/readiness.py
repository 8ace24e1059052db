"""Whether this process can do its work: the database answers, fits this code, can be written and is set up soundly."""

import time
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from intake import database_faults, log
from intake.config import current_settings
from intake.database_faults import DatabaseFault, fault_of
from intake.db import db, reading, writing
from intake.web.ops import notes
from intake.web.ops.file_systems import network_file_system
from intake.web.ops.migrations import alembic_config

# A load balancer asks every second or two, and anybody may: one write in this time says enough.
WRITE_AGAIN_SECONDS = 2.0
STATE = "intake_readiness"
_POOLED = "SELECT pg_backend_pid()"
COLLATION = (
    "SELECT datcollversion, pg_database_collation_actual_version(oid) FROM pg_database "
    "WHERE datname = current_database()"
)


def database_fault() -> DatabaseFault | None:
    """Return what keeps the service from working, or None. Says it in the log when it changes."""
    state = current_app.extensions.setdefault(STATE, {})
    try:
        found = _check(state)
    except (DBAPIError, PoolTimeout) as error:
        found = fault_of(error) or database_faults.AWAY
    if found != state.get("fault"):
        state["fault"] = found
        if found is None:
            log.logger().info("ready_again")
        else:
            log.logger().error("not_ready", reason=found.name, do=found.sentence)
    return found


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """(revision of the database, revision that this code expects)."""
    current = MigrationContext.configure(connection).get_current_revision()
    return current, ScriptDirectory.from_config(alembic_config()).get_current_head()


def is_newer(revision: str | None) -> bool:
    """Return whether a database is of a form made after this code, which goes on working with it meanwhile."""
    if revision is None:
        return False
    try:
        return ScriptDirectory.from_config(alembic_config()).get_revision(revision) is None
    except (CommandError, ResolutionError):
        return True


def _check(state: dict[str, Any]) -> DatabaseFault | None:
    with reading(), db.engine.connect() as connection:
        current, newest = revisions(connection)
        if current is None:
            settings = current_settings()
            return database_faults.empty_file(settings.database_path) if settings.embedded else database_faults.EMPTY
        if current != newest and not is_newer(current):
            return database_faults.NOT_MIGRATED
        # Looked at once by each process, and again as long as it is wrong.
        look = connection.dialect.name == "postgresql" and not state.get("sound")
        if look and _sorts_otherwise(connection):
            return database_faults.COLLATION
        pooled = look and _is_pooled(connection)
    # A pooler may have one server connection for all, which is free again when the transaction has ended.
    if pooled and _changes_servers():
        return database_faults.POOLER
    state["sound"] = True
    settings = current_settings()
    if settings.embedded and network_file_system(settings.database_path.absolute()):
        return database_faults.NETWORK_DRIVE
    if time.monotonic() - state.get("written", -WRITE_AGAIN_SECONDS) >= WRITE_AGAIN_SECONDS:
        with writing(), db.engine.begin() as connection:
            notes.note(connection, "write")
        state["written"] = time.monotonic()
    return None


def _sorts_otherwise(connection: Connection) -> bool:
    """Whether the operating system sorts text otherwise than when the database was made."""
    made_with, now = connection.execute(text(COLLATION)).one()
    return made_with is not None and now is not None and made_with != now


def _is_pooled(connection: Connection) -> bool:
    """Whether a pooler stands between: it makes up the number that without one is the server process's own."""
    driver: Any = connection.connection.driver_connection
    return bool(connection.scalar(text(_POOLED)) != driver.pgconn.backend_pid)


def _changes_servers() -> bool:
    """Whether two connections that are open at once were ever served by the same process of the database."""
    with db.engine.connect() as one, db.engine.connect() as other:
        first = one.scalar(text(_POOLED))
        one.rollback()
        between = other.scalar(text(_POOLED))
        # Asked only while another server connection is there to answer.
        return bool(first == between or one.scalar(text(_POOLED)) != first)
