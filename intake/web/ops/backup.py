"""Backups of either database: taken while people work, always an encrypted SQLite file, checked before they count.

PostgreSQL is read in one snapshot, table by table, into a file of the same form as the embedded database's, so that a
backup of one kind restores onto the other.
"""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import sqlcipher3.dbapi2
from alembic import command
from pydantic import SecretStr
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from intake import clock
from intake.config import Settings
from intake.database_faults import READ_ONLY, fault_of, missing_file
from intake.db import db, open_embedded, raw_key, reading, writing
from intake.web.ops import notes, table_copy
from intake.web.ops.migrations import alembic_config
from intake.web.ops.readiness import revisions

# Short steps with a breath between them, so that a front desk that writes meanwhile does not wait.
PAGES_PER_STEP = 500
BREATH_SECONDS = 0.01
# No copy takes that long.
LEFT_SECONDS = 24 * 3600
COUNTED = ("patient", "visit", "answer", "credit_entry", "audit_entry")


class BackupRefused(click.ClickException):
    """The copy can't be made or isn't whole; the message says why and what to do."""


@dataclass(frozen=True)
class BackupContents:
    """Contents of a copy, to be compared with the original."""

    revision: str
    taken_at: datetime | None
    rows: dict[str, int]
    audit_head: str


def backup_key(settings: Settings) -> SecretStr:
    """Return the key of backups: BACKUP_KEY, or the embedded file's own. Raises BackupRefused."""
    for key in (settings.backup_key, settings.database_key):
        if key is not None and key.get_secret_value():
            return key
    raise BackupRefused("Set BACKUP_KEY first: backups are always encrypted. Make one with: openssl rand -hex 32")


def back_up(settings: Settings, target: Path) -> BackupContents:
    """Copy the running database to `target`, which must not exist yet; whole and checked, or not at all."""
    if settings.embedded and not settings.database_path.exists():
        raise BackupRefused(missing_file(settings.database_path).sentence)
    if target.exists():
        raise BackupRefused(f"{target} is already there; give a new name, so that no older copy is lost.")
    key = backup_key(settings)
    with _draft_of(target) as draft:
        if settings.embedded:
            _copy_file(settings, draft, key)
        else:
            _copy_server(draft, key)
        return check_backup(settings, draft)


def check_backup(settings: Settings, path: Path) -> BackupContents:
    """Read all of a copy with this practice's key; raises BackupRefused when it isn't whole. Changes nothing."""
    if not path.is_file():
        raise BackupRefused(f"There is no file {path}.")
    by_hand = (
        f"{path} is a database in use, or a copy of one made by hand: what stood in its write-ahead log is missing, "
        "perhaps everything of the last hours. Make a backup with flask db backup."
    )
    if path.with_name(path.name + "-wal").exists():
        raise BackupRefused(by_hand)
    try:
        with opened_file(path, backup_key(settings)) as copy:
            # With another key nothing at all can be read.
            copy.execute("SELECT count(*) FROM sqlite_master")
            # The first reads every page's seal, the second follows every index.
            broken = copy.execute("PRAGMA cipher_integrity_check").fetchall()
            if broken:
                raise BackupRefused(f"{path} is damaged: {broken[0][0]}.")
            if copy.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
                raise BackupRefused(by_hand)
            broken = [row for row in copy.execute("PRAGMA integrity_check").fetchall() if row[0] != "ok"]
            if broken:
                raise BackupRefused(f"{path} is damaged: {broken[0][0]}.")
            return _contents(copy)
    except sqlcipher3.dbapi2.DatabaseError:
        raise BackupRefused(
            f"{path} can't be read with the key of this practice's backups: another key, another kind of file, or "
            "damaged."
        ) from None


@contextmanager
def opened_file(path: Path, key: SecretStr) -> Iterator[Any]:
    """A raw connection to a backup."""
    connection = sqlcipher3.dbapi2.connect(str(path), isolation_level=None)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{raw_key(key.get_secret_value())}'\"")
        yield connection
    finally:
        connection.close()


def engine_of(path: Path, key: SecretStr) -> Engine:
    """An engine on a backup, for migrations and for copying rows."""

    def connect() -> Any:
        connection = sqlcipher3.dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{raw_key(key.get_secret_value())}'\"")
        # A draft that a power cut spoils is made again.
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    return create_engine("sqlite+pysqlite://", module=sqlcipher3.dbapi2, creator=connect, poolclass=NullPool)


def pause_texts(copy: Any) -> None:
    """Pause texting in the copy: a restored practice must not send what the original has sent since."""
    copy.execute(
        "INSERT INTO line_state (id, paused_because, paused_at) VALUES (1, 'restored', ?) "
        "ON CONFLICT (id) DO UPDATE SET paused_because = excluded.paused_because, paused_at = excluded.paused_at",
        (_now(),),
    )


def flush(path: Path) -> None:
    """Write a file to the disk itself, so that a power cut loses nothing."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def full_disk(error: Exception, folder: Path) -> str | None:
    """Say that the disk of `folder`, which was written to, is full, if that is what `error` says."""
    said = getattr(error, "orig", None) or error
    # The driver's copying gives its words alone, without a code.
    words = isinstance(said, sqlcipher3.dbapi2.Error) and "disk is full" in str(said)
    if not words and getattr(error, "errno", None) not in (errno.ENOSPC, errno.EDQUOT):
        return None
    return f"The disk of {folder} is full. Free space there, or take another folder."


def clear_left(folder: Path, pattern: str) -> None:
    """Delete what a copy that was killed left, once it is a day old."""
    for left in folder.glob(pattern):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


@contextmanager
def _draft_of(target: Path) -> Iterator[Path]:
    """A file beside `target` that takes its place when all went well, and vanishes otherwise."""
    draft = target.with_name(target.name + ".part")
    clear_left(target.parent, "*.db.part*")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        why = full_disk(error, target.parent) or f"{target.parent} can't be written to: {error.strerror}."
        raise BackupRefused(why) from None
    try:
        yield draft
        flush(draft)
        draft.rename(target)
        flush(target.parent)
    except BackupRefused:
        raise
    except (OSError, sqlcipher3.dbapi2.Error, DBAPIError) as error:
        raise BackupRefused(_why(error, target)) from None
    finally:
        for left in (draft, draft.with_name(draft.name + "-journal")):
            with suppress(FileNotFoundError):
                left.unlink()


def _why(error: Exception, target: Path) -> str:
    if full := full_disk(error, target.parent):
        return f"The copy could not be made. {full}"
    if fault := fault_of(error):
        return f"The copy could not be made. {fault.sentence}"
    return f"The copy could not be made in {target.parent}: {getattr(error, 'strerror', None) or type(error).__name__}."


def _copy_file(settings: Settings, draft: Path, key: SecretStr) -> None:
    source = open_embedded(settings)
    try:
        _require_writable(source)
        with opened_file(draft, key) as copy:
            # One moment, held: steps that each read their own begin anew whenever somebody has written.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=PAGES_PER_STEP, sleep=BREATH_SECONDS)
            source.execute("ROLLBACK")
            # One file without a log beside it, however the original is kept.
            copy.execute("PRAGMA journal_mode = DELETE")
            pause_texts(copy)
            _note_taken(copy, "sqlite")
    finally:
        source.close()


def _require_writable(source: Any) -> None:
    """Raise where the file or what lies beside it can't be written: reading it isn't sure to end then."""
    try:
        source.execute("BEGIN IMMEDIATE")
        source.execute("ROLLBACK")
    except sqlcipher3.dbapi2.OperationalError as error:
        if fault_of(error) is READ_ONLY:
            raise


def _copy_server(draft: Path, key: SecretStr) -> None:
    engine = engine_of(draft, key)
    with reading(), db.engine.connect() as source:
        revision, _ = revisions(source)
        if revision is None:
            raise BackupRefused("The database is empty. Run flask db upgrade first.")
        with writing():
            command.upgrade(alembic_config(engine), revision)
            table_copy.copy_all(source, engine)
    with opened_file(draft, key) as copy:
        pause_texts(copy)
        _note_taken(copy, "postgresql")


def _note_taken(copy: Any, kind: str) -> None:
    if _has_notes(copy):
        copy.execute("DELETE FROM operation_note")
        values = ("taken", _now(), notes.GOOD, f'{{"from": "{kind}"}}')
        copy.execute("INSERT INTO operation_note (name, at, outcome, details) VALUES (?, ?, ?, ?)", values)


def _contents(copy: Any) -> BackupContents:
    (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    rows = {name: copy.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTED}  # noqa: S608
    head = copy.execute("SELECT hash FROM audit_seal ORDER BY position DESC LIMIT 1").fetchone()
    found = copy.execute("SELECT at FROM operation_note WHERE name = 'taken'").fetchone() if _has_notes(copy) else None
    taken_at = clock.parse(f"{found[0]}+00:00") if found else None
    return BackupContents(revision, taken_at, rows, head[0] if head else "none yet")


def _has_notes(copy: Any) -> bool:
    # One that was taken before the migration which brings them has none.
    return bool(copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'operation_note'").fetchone())


def _now() -> str:
    # As SQLAlchemy writes a moment on SQLite.
    return f"{clock.now():%Y-%m-%d %H:%M:%S.%f}"
