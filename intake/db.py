"""The database: one engine for the encrypted embedded file or PostgreSQL, the base of models, column types."""

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from inspect import iscoroutinefunction
from typing import Any, ClassVar

import sqlcipher3.dbapi2
from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from psycopg import IsolationLevel
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import BigInteger, Connection, DateTime, Dialect, Engine, Integer, MetaData, event, inspect, update
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from intake.config import Settings
from intake.database_faults import FileMissing, fault_of, set_aside
from intake.sqlite_write_lock import end_turn, take_turn

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 15
LOCK_WAIT_SECONDS = 5
IDLE_SECONDS_BEFORE_PING = 2.0
RECYCLE_SECONDS = 3600
# A statement asked before on the same connection is prepared: taken apart once, and later planned once.
ASKED_TWICE = 1
MOST_PREPARED = 300

_reading: ContextVar[bool] = ContextVar("reading", default=False)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC on both databases; refuses a naive value."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database layer")
        value = value.astimezone(UTC)
        # SQLite has no zone: plain UTC text sorts and compares as it should.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows by itself only for a column declared exactly INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, int: BigId}

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        """The table of `TextSurvey` is text_survey."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


class Numbered(Base):
    """A table whose rows are numbered by the database."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigId, primary_key=True, sort_order=-1)


db = SQLAlchemy(session_options={"expire_on_commit": False})


def attach(app: Flask) -> None:
    """Gives the app its database. Its sessions end with each app context."""
    db.init_app(app)
    # The extension also ends asynchronous sessions, which this service has none of; that alone would start an
    # event loop at the end of every request.
    endings = [ending for ending in app.teardown_appcontext_funcs if not iscoroutinefunction(ending)]
    app.teardown_appcontext_funcs[:] = endings


def engine_settings(settings: Settings) -> dict[str, Any]:
    """Arguments of create_engine for these settings, in the form that Flask-SQLAlchemy-Lite takes."""
    if settings.embedded:
        return {
            "url": f"sqlite+pysqlite:///{settings.database_path.absolute()}",
            "module": sqlcipher3.dbapi2,
            "creator": lambda: open_embedded(settings),
            "poolclass": QueuePool,
            # The connections used last have the most pages deciphered.
            "pool_use_lifo": True,
            "pool_size": 8,
            "max_overflow": 24,
            # A connection reads the planner's statistics when it opens and never again.
            "pool_recycle": RECYCLE_SECONDS,
        }
    options = f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_WAIT_SECONDS}s -c timezone=UTC"
    # A database of another encoding would give bytes for text.
    options += " -c client_encoding=UTF8"
    # A page asks for little: to start helpers or compile a query takes longer than such queries do.
    options += " -c jit=off -c max_parallel_workers_per_gather=0"
    return {
        "url": settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1),
        "connect_args": {"connect_timeout": CONNECT_SECONDS, "options": options, "prepare_threshold": ASKED_TWICE},
        # The connections used last have the most statements prepared.
        "pool_use_lifo": True,
        "pool_size": 8,
        "max_overflow": 24,
        "pool_timeout": CONNECT_SECONDS,
    }


def require_embedded(settings: Settings) -> None:
    """Raise FileMissing where the embedded file should be and isn't."""
    if settings.embedded and not settings.database_path.exists():
        raise FileMissing(settings.database_path)


def make_embedded(settings: Settings) -> None:
    """Make the embedded file where there is none, empty, for the migrations that come next.

    Raises FileMissing when one that was set aside lies beside it: that is the practice.
    """
    path = settings.database_path
    if not settings.embedded or path.exists():
        return
    if set_aside(path):
        raise FileMissing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def open_embedded(settings: Settings) -> Any:
    """A raw connection to the encrypted file: key handed over, write-ahead log on, every commit flushed to disk.

    Raises FileMissing rather than make an empty one, which would look like a practice that lost everything.
    """
    require_embedded(settings)
    # Autocommit at the driver; transactions are begun by the listener below, because the driver's own
    # implicit BEGIN is deferred and two writers that upgrade at once get "database is locked".
    connection = sqlcipher3.dbapi2.connect(
        f"{settings.database_path.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=LOCK_WAIT_SECONDS,
        cached_statements=MOST_PREPARED,
    )
    assert settings.database_key is not None
    cursor = connection.cursor()
    # It would write its own lines beside ours.
    cursor.execute("PRAGMA cipher_log_level = NONE")
    cursor.execute(f"PRAGMA key = \"x'{raw_key(settings.database_key.get_secret_value())}'\"")
    cursor.execute("PRAGMA journal_mode = WAL")
    # NORMAL may lose an acknowledged commit at power loss.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_SECONDS * 1000}")
    cursor.execute("PRAGMA temp_store = MEMORY")
    # What is erased is overwritten, not only let go of.
    cursor.execute("PRAGMA secure_delete = ON")
    # Pages kept deciphered. With half, what counts over the visits of a hundred thousand answers takes thrice as long.
    cursor.execute("PRAGMA cache_size = -32000")
    cursor.close()
    return connection


@lru_cache(maxsize=8)
def raw_key(secret: str) -> str:
    """64 hex digits for SQLCipher. A 64-digit hex secret is taken as it is; anything else goes through scrypt once.

    Handing over a raw key skips SQLCipher's own derivation, which costs a third of a second per connection.
    """
    if len(secret) == 64 and all(digit in "0123456789abcdefABCDEF" for digit in secret):
        return secret.lower()
    derived = hashlib.scrypt(
        secret.encode(), salt=b"intake embedded database", n=2**15, r=8, p=1, maxmem=2**26, dklen=32
    )
    return derived.hex()


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside only read, so on the embedded database they don't queue behind writers."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Transactions begun inside write, even within a request that otherwise only reads."""
    token = _reading.set(False)
    try:
        yield
    finally:
        _reading.reset(token)


def is_reading() -> bool:
    """Whether transactions begun now only read."""
    return _reading.get()


def set_reading(value: bool) -> None:
    """For the request edge, which has no block to wrap."""
    _reading.set(value)


def is_unavailable(error: BaseException) -> bool:
    """True when something is the matter with the whole database, not with what was asked of it: all must wait."""
    return fault_of(error) is not None


def raise_if_away(error: Exception) -> None:
    """Raise `error` when it says that the database is away: no step can do anything then, and all is retried."""
    if is_unavailable(error):
        raise error


def refresh_statistics() -> None:
    """Tell the embedded database's planner how its tables have grown; PostgreSQL does that by itself.

    Samples the tables that changed a lot since the last time, in milliseconds, and does nothing when there is none
    (SQLite, "PRAGMA optimize"). While anybody writes it leaves everything as it is: there will be a next time.
    """
    if db.engine.dialect.name != "sqlite":
        return
    pooled = db.engine.raw_connection()
    # With 0x10000 tables count that this connection never asked, with 0x02 they are analysed if need be.
    driver: Any = pooled.driver_connection
    with closing(pooled):
        driver.execute("PRAGMA busy_timeout = 0")
        with suppress(sqlcipher3.dbapi2.OperationalError):
            driver.execute("PRAGMA optimize = 0x10002")
        driver.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_SECONDS * 1000}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        if _reading.get():
            connection.exec_driver_sql("BEGIN")
            return
        take_turn(connection, seconds=LOCK_WAIT_SECONDS)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    # What only reads sees one moment from beginning to end, as it does on the embedded database, so that the figures
    # of a page belong together. The driver says so in its BEGIN; setting it costs no round trip.
    driver: Any = connection.connection.driver_connection
    wanted = IsolationLevel.REPEATABLE_READ if _reading.get() else None
    if driver.isolation_level != wanted:
        driver.isolation_level = wanted


@event.listens_for(Engine, "checkin")
def _remember_use(dbapi_connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()
    end_turn(record.info)


@event.listens_for(Engine, "close")
@event.listens_for(Engine, "detach")
@event.listens_for(Engine, "invalidate")
def _lost(dbapi_connection: Any, record: Any, *_: Any) -> None:
    end_turn(record.info)


def ping_idle_connections(engine: Engine) -> None:
    """Replace a connection that died while idle before it is used; busy ones skip the round trip."""

    @event.listens_for(engine, "checkout")
    def _check(dbapi_connection: Any, record: Any, _proxy: Any) -> None:
        used_at = record.info.get("used_at")
        if used_at is None or time.monotonic() - used_at < IDLE_SECONDS_BEFORE_PING:
            return
        try:
            alive = engine.dialect.do_ping(dbapi_connection)
        except engine.dialect.dbapi.Error:  # type: ignore[union-attr]
            alive = False
        if not alive:
            raise DisconnectionError


def keep_prepared_statements(engine: Engine) -> None:
    """Let what PostgreSQL has prepared outlive the end of a page that only read.

    Such a page ends with ROLLBACK, and the driver then forgets every prepared statement, because what was rolled back
    may have made the tables they ask (psycopg, "Prepared statements"). Nothing but a migration makes tables here, so
    the words go to the server past the driver's bookkeeping. Whatever wrote ends as the driver would have it.
    """
    if engine.dialect.name != "postgresql":
        return
    roll_back = engine.dialect.do_rollback

    def do_rollback(connection: Any) -> None:
        driver = connection.driver_connection
        only_reads = driver is not None and driver.isolation_level == IsolationLevel.REPEATABLE_READ
        if not only_reads or driver.pgconn.transaction_status != TransactionStatus.INTRANS:
            roll_back(connection)
            return
        if driver.pgconn.exec_(b"ROLLBACK").status != ExecStatus.COMMAND_OK:
            # It says what is the matter, in its own kind of error.
            roll_back(connection)

    engine.dialect.do_rollback = do_rollback  # type: ignore[method-assign, assignment]

    @event.listens_for(engine, "connect")
    def _make_room(dbapi_connection: Any, record: Any) -> None:
        dbapi_connection.prepared_max = MOST_PREPARED


def write_changes(row: Any) -> None:
    """Write this row's changed columns now, past the session's flush, which takes a capture an eighth of its time."""
    state = inspect(row)
    changed = {name: getattr(row, name) for name in state.committed_state if name in state.mapper.column_attrs}
    if changed:
        model = type(row)
        db.session.connection().execute(update(model).where(model.id == row.id), changed)
        for name, value in changed.items():
            set_committed_value(row, name, value)
