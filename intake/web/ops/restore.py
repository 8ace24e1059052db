"""Restoring a backup, onto either kind of database: so a practice moves from the embedded file to PostgreSQL.

What comes back texts nobody and has nobody signed in; what to look at is said by the rooms that know it.
"""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlcipher3.dbapi2
from alembic import command
from pydantic import SecretStr
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from intake import clock
from intake.config import Settings
from intake.database_faults import fault_of
from intake.db import db, open_embedded, reading, writing
from intake.slots import Parts
from intake.web.ops import table_copy
from intake.web.ops.backup import (
    BackupContents,
    BackupRefused,
    backup_key,
    check_backup,
    engine_of,
    flush,
    opened_file,
    pause_texts,
)
from intake.web.ops.migrations import alembic_config
from intake.web.ops.readiness import is_newer, revisions

# What a migrated database holds before anybody used it; any other row is somebody's.
SEEDED = frozenset({"role", "tally_state", "physician_search_state", "line_state"})
# What a room does to a database that came back, flushing; it returns the sentences for whoever restored it.
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
    with tempfile.TemporaryDirectory(prefix="intake-restore-") as folder:
        # Ciphertext like the backup itself, and readable by this account alone.
        draft = Path(folder) / "draft.db"
        shutil.copyfile(source, draft)
        try:
            engine = engine_of(draft, backup_key(settings))
            with writing():
                command.upgrade(alembic_config(engine), "head")
            with opened_file(draft, backup_key(settings)) as copy:
                pause_texts(copy)
            kept = None
            if settings.embedded:
                kept = _into_file(settings, draft, replace)
            else:
                _into_server(draft, settings)
        except (OSError, sqlcipher3.dbapi2.Error, DBAPIError, table_copy.CopyDiffers) as error:
            fault = fault_of(error)
            why = fault.sentence if fault else getattr(error, "strerror", None) or type(error).__name__
            raise BackupRefused(f"The backup could not be restored: {why}") from None
    with writing():
        sentences = [sentence for step in AFTER_RESTORE.all for sentence in step()]
        db.session.commit()
    return Restored(contents, sentences, kept)


def rekey(settings: Settings, new_key: SecretStr) -> Path:
    """Give the embedded file another key, and return where the one with the old key is kept. Raises BackupRefused.

    The new file is read through before it takes the old one's place; nobody may work on it meanwhile.
    """
    if not settings.embedded:
        raise BackupRefused("PostgreSQL has no such key; for its backups set another BACKUP_KEY.")
    path = settings.database_path
    if not path.exists():
        raise BackupRefused(f"There is no database at {path} yet.")
    db.session.close()
    db.engine.dispose()
    kept = _set_aside(settings, path, keep_as="before-rekey")
    try:
        assert settings.database_key is not None
        _copy_with_key(kept, settings.database_key, path, new_key)
    except (BackupRefused, OSError, sqlcipher3.dbapi2.Error) as error:
        path.unlink(missing_ok=True)
        kept.rename(path)
        raise BackupRefused(f"The key could not be changed; nothing is different ({type(error).__name__}).") from None
    return kept


def _copy_with_key(old: Path, old_key: SecretStr, path: Path, new_key: SecretStr) -> None:
    """Write `old` anew under another key, whole and on the disk before it appears as `path`."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    new.touch(0o600)
    try:
        with opened_file(old, old_key) as source, opened_file(new, new_key) as target:
            source.backup(target)
            if target.execute("PRAGMA cipher_integrity_check").fetchone() is not None:
                raise BackupRefused("The copy is damaged.")
        flush(new)
        new.rename(path)
        flush(path.parent)
    finally:
        new.unlink(missing_ok=True)


def _into_file(settings: Settings, draft: Path, replace: bool) -> Path | None:
    path = settings.database_path
    db.session.close()
    db.engine.dispose()
    kept = None
    if path.exists():
        raw = open_embedded(settings)
        has_rows = _has_rows_of_somebody(raw)
        raw.close()
        if has_rows and not replace:
            raise BackupRefused(f"{path} holds a practice already. With --replace it is kept under another name.")
        kept = _set_aside(settings, path, keep_as="before-restore")
        if not has_rows:
            kept.unlink()
            kept = None
    assert settings.database_key is not None
    _copy_with_key(draft, backup_key(settings), path, settings.database_key)
    return kept


def _set_aside(settings: Settings, path: Path, *, keep_as: str) -> Path:
    """Move the file that is there to another name, whole, unless somebody works on it."""
    raw = open_embedded(settings)
    try:
        try:
            # Needs the file for itself, and takes the write-ahead log in.
            raw.execute("PRAGMA busy_timeout = 1000")
            raw.execute("PRAGMA journal_mode = DELETE")
        except sqlcipher3.dbapi2.OperationalError:
            raise BackupRefused(f"{path} is in use. Stop the server and the worker first.") from None
    finally:
        raw.close()
    kept = path.with_name(f"{path.name}.{keep_as}-{clock.now():%Y%m%d%H%M%S}")
    path.rename(kept)
    for left in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + left).unlink()
    return kept


def _has_rows_of_somebody(raw: object) -> bool:
    names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]  # type: ignore[attr-defined]
    return any(
        raw.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # type: ignore[attr-defined]  # noqa: S608
        for name in names
        if name not in SEEDED | table_copy.LEFT_OUT and not name.startswith("sqlite_")
    )


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
    return not any(
        connection.scalar(select(func.count()).select_from(select(table).limit(1).subquery()))
        for table in table_copy.tables_of(connection)
        if table.name not in SEEDED
    )
