"""Backups of the embedded database: taken while people work, encrypted like the original, checked afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2

from intake import clock
from intake.config import Settings
from intake.db import open_embedded, raw_key

# Short steps with a breath between them, so that a front desk that writes meanwhile does not wait.
PAGES_PER_STEP = 500
BREATH_SECONDS = 0.01
COUNTED = ("patient", "visit", "answer", "credit_entry", "audit_entry")


class BackupRefused(Exception):
    """The copy can't be made or isn't whole; the message says why and what to do."""


@dataclass(frozen=True)
class BackupContents:
    """Contents of a copy, to be compared with the original."""

    revision: str
    rows: dict[str, int]
    audit_head: str


def back_up(settings: Settings, target: Path) -> BackupContents:
    """Copy the running database to `target`, which must not exist yet; whole and checked, or not at all."""
    if not settings.embedded:
        raise BackupRefused(
            "This practice keeps its data in PostgreSQL, which has its own tools; docs/install.md says how to use them."
        )
    if not settings.database_path.exists():
        raise BackupRefused(f"There is no database at {settings.database_path} yet.")
    if target.exists():
        raise BackupRefused(f"{target} is already there; give a new name, so that no older copy is lost.")
    draft = target.with_name(target.name + ".part")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        raise BackupRefused(f"{target.parent} can't be written to: {error.strerror}.") from None
    try:
        with _opened(settings, settings.database_path) as source, _opened(settings, draft) as copy:
            source.backup(copy, pages=PAGES_PER_STEP, sleep=BREATH_SECONDS)
            _pause_texts(copy)
            # One file without a log beside it, however the original is kept.
            copy.execute("PRAGMA journal_mode = DELETE")
        contents = check_backup(settings, draft)
        _flush(draft)
        draft.rename(target)
        _flush(target.parent)
    except BackupRefused:
        raise
    except (OSError, sqlcipher3.dbapi2.Error) as error:
        raise BackupRefused(f"The copy could not be made: {error}.") from None
    finally:
        for left in (draft, draft.with_name(draft.name + "-journal")):
            with suppress(FileNotFoundError):
                left.unlink()
    return contents


def check_backup(settings: Settings, path: Path) -> BackupContents:
    """Read all of a copy with this practice's key; raises BackupRefused when it isn't whole."""
    if not path.is_file():
        raise BackupRefused(f"There is no file {path}.")
    with _opened(settings, path) as copy:
        try:
            # The first reads every page's seal, the second follows every index.
            broken = copy.execute("PRAGMA cipher_integrity_check").fetchall()
            broken += [row for row in copy.execute("PRAGMA integrity_check").fetchall() if row[0] != "ok"]
            if broken:
                raise BackupRefused(f"{path} is damaged: {broken[0][0]}.")
            (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
            rows = {name: copy.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTED}  # noqa: S608
            head = copy.execute("SELECT hash FROM audit_seal ORDER BY position DESC LIMIT 1").fetchone()
        except sqlcipher3.dbapi2.DatabaseError:
            raise BackupRefused(
                f"{path} can't be read with this DATABASE_KEY: another key, another kind of file, or damaged."
            ) from None
    return BackupContents(revision, rows, head[0] if head else "none yet")


def _pause_texts(copy: Any) -> None:
    """Pause texting in the copy: a restored practice must not send what the original has sent since."""
    # As SQLAlchemy writes a moment on SQLite.
    now = f"{clock.now().astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    copy.execute(
        "INSERT INTO line_state (id, paused_because, paused_at) VALUES (1, 'restored', ?) "
        "ON CONFLICT (id) DO UPDATE SET paused_because = excluded.paused_because, paused_at = excluded.paused_at",
        (now,),
    )


@contextmanager
def _opened(settings: Settings, path: Path) -> Iterator[Any]:
    if path == settings.database_path:
        connection = open_embedded(settings)
    else:
        assert settings.database_key is not None
        connection = sqlcipher3.dbapi2.connect(str(path), isolation_level=None)
        connection.execute(f"PRAGMA key = \"x'{raw_key(settings.database_key.get_secret_value())}'\"")
    try:
        yield connection
    finally:
        connection.close()


def _flush(path: Path) -> None:
    """Write a file to the disk itself, so that a power cut loses nothing."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
