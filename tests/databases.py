"""Migrated databases for workers and for tests that need their own: copies of one template a kind, migrated once."""

import fcntl
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from intake import create_app
from intake.config import Settings
from intake.db import db
from intake.web.ops import migrations
from tests.postgres import PostgresServer

KINDS = ("sqlite", "postgresql")
# 64 hexadecimal digits are used as they are: no derivation for every file.
DATABASE_KEY = "5e" * 32
SECRET_KEY = "a test's secret, known to everyone, 32 and more"


def settings_for(database_url: str, **changes: Any) -> Settings:
    """Complete settings that owe nothing to the environment or to a `.env` file."""
    given: dict[str, Any] = {"database_key": DATABASE_KEY, "secret_key": SECRET_KEY, "public_url": "http://localhost"}
    return Settings(_env_file=None, database_url=database_url, **(given | changes))


def environment_of(settings: Settings) -> dict[str, str]:
    """The same settings as environment variables, for a process of its own."""
    given = settings.model_dump(exclude_none=True)
    plain = {name: getattr(value, "get_secret_value", lambda v=value: v)() for name, value in given.items()}
    return {**os.environ, **{name.upper(): str(value) for name, value in plain.items()}}


class Databases:
    """Hands out databases within one test run; `folder` is shared by all of its workers."""

    def __init__(self, folder: Path, server: PostgresServer | None) -> None:
        self.folder = folder
        self.server = server
        self._made: list[str] = []

    def new(self, kind: str) -> str:
        """Address of a database of its own: migrated, with nothing in it."""
        name = f"intake_{uuid.uuid4().hex[:16]}"
        if kind == "sqlite":
            path = self.folder / f"{name}.db"
            shutil.copyfile(self._template_file(), path)
            return f"sqlite:///{path}"
        assert self.server is not None
        template = self._template_database()
        # Copying refuses while anybody is connected to the template, another copy included.
        with self._lock("clone"):
            self._made.append(name)
            return self.server.create(name, template=template)

    def blank(self, kind: str) -> str:
        """Address of a database without any table, for tests of the migrations themselves."""
        name = f"intake_{uuid.uuid4().hex[:16]}"
        if kind == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        assert self.server is not None
        self._made.append(name)
        return self.server.create(name)

    def drop(self, database_url: str) -> None:
        """Forget a database before the run ends."""
        if database_url.startswith("sqlite"):
            path = Path(database_url.removeprefix("sqlite:///"))
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            return
        assert self.server is not None
        name = database_url.partition("?")[0].rpartition("/")[2]
        self.server.drop(name)
        self._made.remove(name)

    def close(self) -> None:
        for name in self._made if self.server else ():
            self.server.drop(name)  # type: ignore[union-attr]

    def _template_file(self) -> Path:
        path = self.folder / "template.db"
        with self._lock("sqlite"):
            if not path.exists():
                draft = path.with_name("draft.db")
                migrate(f"sqlite:///{draft}")
                draft.rename(path)
        return path

    def _template_database(self) -> str:
        assert self.server is not None
        marker = self.folder / "postgresql-template"
        with self._lock("postgresql"):
            if not marker.exists():
                name = f"intake_template_{uuid.uuid4().hex[:12]}"
                migrate(self.server.create(name))
                marker.write_text(name)
        return marker.read_text()

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        with (self.folder / f"{name}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def migrate(database_url: str, revision: str = "head") -> None:
    """Bring a database up to `revision`, leaving no connection and no write-ahead log behind."""
    app = create_app(settings_for(database_url))
    with app.app_context():
        migrations.upgrade(revision)
        db.engine.dispose()


def readable_without_key(path: Path) -> bool:
    """True when anybody could read the file with plain SQLite."""
    try:
        with sqlite3.connect(path) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.DatabaseError:
        return False
    return True
