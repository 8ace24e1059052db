"""Restoring a backup, onto either kind of database: so a practice moves from the embedded file to PostgreSQL.

What comes back texts nobody and has nobody signed in; what to look at is said by the rooms that know it.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2
from alembic import command
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, exists, select
from sqlalchemy.exc import DBAPIError

from intake import clock
from intake.config import Settings
from intake.database_faults import BEFORE_REKEY, BEFORE_RESTORE, BUSY, fault_of, missing_file
from intake.db import db, open_embedded, reading, writing
from intake.slots import Parts
from intake.web.ops import table_copy
from intake.web.ops.backup import (
    BackupContents,
    BackupRefused,
    backup_key,
    check_backup,
    clear_left,
    engine_of,
    flush,
    full_disk,
    opened_file,
    pause_texts,
)
from intake.web.ops.migrations import alembic_config
from intake.web.ops.readiness import is_newer, revisions

# Rows of one of these are somebody's; the rest an installation or the worker makes by itself.
PRACTICE = frozenset({"staff", "patient", "visit", "physician", "practice"})
# What a room does to a copy that is about to come back, flushing; it returns the sentences for whoever restores it.
AFTER_RESTORE: Parts[Callable[[], list[str]]] = Parts("after a restore")


@dataclass(frozen=True)
class Restored:
    """What came back, and what to look at."""

    contents: BackupContents
    sentences: list[str]
    kept: Path | None = None


def restore(settings: Settings, source: Path, *, replace: bool = False) -> Restored:
    """Bring a backup back into the database of these settings. Raises BackupRefused, having changed nothing.

    The database must not be in use. An embedded file that is there is kept under another name when `replace` says so;
    PostgreSQL must be empty, so that nothing can be lost.
    """
    contents = check_backup(settings, source)
    if is_newer(contents.revision):
        raise BackupRefused(f"{source} is of a newer form ({contents.revision}) than this code. Update Intake first.")
    clear_left(place := Path(tempfile.gettempdir()), "intake-restore-*")
    try:
        with tempfile.TemporaryDirectory(prefix="intake-restore-") as folder:
            # Ciphertext like the backup itself, and readable by this account alone.
            draft = Path(folder) / "draft.db"
            shutil.copyfile(source, draft)
            engine = engine_of(draft, backup_key(settings))
            with writing():
                command.upgrade(alembic_config(engine), "head")
            with opened_file(draft, backup_key(settings)) as copy:
                pause_texts(copy)
            # Before it takes its place: killed later, it has nobody signed in all the same.
            sentences = _made_ready(engine)
            kept = None
            if settings.embedded:
                place = settings.database_path.parent
                kept = _into_file(settings, draft, replace)
            else:
                _into_server(draft, settings)
    except (OSError, sqlcipher3.dbapi2.Error, DBAPIError, table_copy.CopyDiffers) as error:
        raise BackupRefused(f"The backup could not be restored: {_why(error, place)}") from None
    return Restored(contents, sentences, kept)


def _made_ready(engine: Engine) -> list[str]:
    """Let every room see to the draft, as the session's database for that long; what they say of it."""
    db.session.close()
    usual, db.session.bind = db.session.bind, engine
    try:
        with writing():
            sentences = [sentence for step in AFTER_RESTORE.all for sentence in step()]
            db.session.commit()
    finally:
        db.session.close()
        db.session.bind = usual
    return sentences


def _why(error: Exception, place: Path) -> str:
    fault = fault_of(error)
    if full := full_disk(error, place):
        return full
    return fault.sentence if fault else getattr(error, "strerror", None) or type(error).__name__


def rekey(settings: Settings, new_key: SecretStr) -> Path:
    """Give the embedded file another key, and return where the one with the old key is kept. Raises BackupRefused.

    The new file is read through before it takes the old one's place; nobody may work on it meanwhile.
    """
    if not settings.embedded:
        raise BackupRefused("PostgreSQL has no such key; for its backups set another BACKUP_KEY.")
    path = settings.database_path
    if not path.exists():
        raise BackupRefused(missing_file(path).sentence)
    assert settings.database_key is not None
    kept = _name_aside(path, BEFORE_REKEY)
    try:
        with _held(settings) as held:
            _take_place(path, kept, held, new_key)
    except (OSError, sqlcipher3.dbapi2.Error) as error:
        raise BackupRefused(f"The key could not be changed; nothing is different: {_why(error, path.parent)}") from None
    return kept


def _into_file(settings: Settings, draft: Path, replace: bool) -> Path | None:
    path = settings.database_path
    assert settings.database_key is not None
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened_file(draft, backup_key(settings)) as source:
            _take_place(path, None, source, settings.database_key)
        return None
    raw = open_embedded(settings)
    has_rows = _is_somebodys(raw)
    raw.close()
    if has_rows and not replace:
        raise BackupRefused(f"{path} holds a practice already. With --replace it is kept under another name.")
    kept = _name_aside(path, BEFORE_RESTORE) if has_rows else None
    with _held(settings), opened_file(draft, backup_key(settings)) as source:
        _take_place(path, kept, source, settings.database_key)
    return kept


@contextmanager
def _held(settings: Settings) -> Iterator[Any]:
    """A raw connection to the embedded file, whole and kept from everybody else. Raises BackupRefused when in use."""
    db.session.close()
    db.engine.dispose()
    path = settings.database_path
    raw = open_embedded(settings)
    try:
        try:
            # Needs the file for itself, and takes the write-ahead log in; once locked it stays so until closed.
            raw.execute("PRAGMA busy_timeout = 1000")
            raw.execute("PRAGMA journal_mode = DELETE")
            raw.execute("PRAGMA locking_mode = EXCLUSIVE")
            raw.execute("BEGIN EXCLUSIVE")
            raw.execute("COMMIT")
        except sqlcipher3.dbapi2.OperationalError as error:
            if fault_of(error) not in (BUSY, None):
                raise
            raise BackupRefused(f"{path} is in use. Stop the server and the worker first.") from None
        yield raw
    finally:
        raw.close()


def _take_place(path: Path, kept: Path | None, source: Any, key: SecretStr) -> None:
    """Put a copy of `source` under `key` where `path` is, whole and on the disk; what was there stays as `kept`.

    Killed at any moment, it leaves the old file or the new one at `path`.
    """
    new = path.with_name(path.name + ".new")
    for left in (new, new.with_name(new.name + "-journal")):
        left.unlink(missing_ok=True)
    new.touch(0o600)
    try:
        with opened_file(new, key) as target:
            source.backup(target)
            if target.execute("PRAGMA cipher_integrity_check").fetchone() is not None:
                raise BackupRefused("The copy is damaged; nothing is different.")
        flush(new)
        # Beside a file that is gone; the new one must not be read with another's log.
        log = path.with_name(path.name + "-wal")
        if log.exists():
            log.rename(f"{_name_aside(path, BEFORE_RESTORE)}-wal")
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
        if kept is not None:
            _keep(path, kept)
        try:
            new.replace(path)
        except OSError:
            if kept is not None:
                # Whether both names or the second alone are there.
                kept.unlink() if path.exists() else kept.rename(path)
            raise
        flush(path.parent)
    finally:
        new.unlink(missing_ok=True)


def _keep(path: Path, kept: Path) -> None:
    try:
        # A second name for it, so that the first is never without a file.
        os.link(path, kept)
    except OSError:
        # This file system knows one name a file.
        path.rename(kept)


def _name_aside(path: Path, why: str) -> Path:
    return path.with_name(f"{path.name}.{why}-{clock.now():%Y%m%d%H%M%S}")


def _is_somebodys(raw: Any) -> bool:
    names = {row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return any(raw.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in PRACTICE & names)  # noqa: S608


def _into_server(draft: Path, settings: Settings) -> None:
    with reading(), db.engine.connect() as connection:
        current, newest = revisions(connection)
        if current is not None and not _is_unused(connection):
            raise BackupRefused("This PostgreSQL database holds a practice already. Create an empty one for the copy.")
    if current != newest:
        with writing():
            command.upgrade(alembic_config(), "head")
    with reading(), engine_of(draft, backup_key(settings)).connect() as source:
        table_copy.copy_all(source, db.engine)


def _is_unused(connection: Connection) -> bool:
    tables = [table for table in table_copy.tables_of(connection) if table.name in PRACTICE]
    return not any(connection.scalar(select(exists().select_from(table))) for table in tables)
