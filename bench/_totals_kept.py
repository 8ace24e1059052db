"""Databases of the totals' bench: made for one run, or kept in a folder so that it can be run again at once."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from bench._databases import server_if_there
from bench._totals_rows import Ids
from tests.databases import KINDS, migrate
from tests.postgres import PostgresServer

ROOM = {"shared_buffers": "1GB", "max_wal_size": "8GB", "work_mem": "64MB", "maintenance_work_mem": "1GB"}


@dataclass(frozen=True)
class Kept:
    """One database; `note` says how far it has been filled, and exists only once it holds every row."""

    url: str
    note: Path

    @property
    def ids(self) -> Ids | None:
        """Where its lists begin; None while it isn't full, or when it was made on another day."""
        if not self.note.exists():
            return None
        found = json.loads(self.note.read_text())
        return Ids(**{**found, "today": date.fromisoformat(found["today"])})

    def is_full(self, ids: Ids) -> None:
        self.note.write_text(json.dumps({**asdict(ids), "today": ids.today.isoformat()}))


@dataclass(frozen=True)
class Shelf:
    """Where databases are made; those of a folder that was asked for stay there."""

    folder: Path
    server: PostgresServer | None

    def kinds(self, only: str | None) -> list[str]:
        return [kind for kind in KINDS if only in (None, kind) and (kind == "sqlite" or self.server)]

    def take(self, kind: str, answers: int, today: date) -> Kept:
        """The database of this size; empty when it isn't there or was made on another day."""
        name = f"totals_{answers}"
        kept = Kept(self._address(kind, name), self.folder / f"{kind}-{name}.json")
        if kept.ids is None or kept.ids.today != today:
            self.drop(kind, answers)
            if self.server and kind == "postgresql":
                self.server.create(name)
        migrate(kept.url)
        return kept

    def drop(self, kind: str, answers: int) -> None:
        name = f"totals_{answers}"
        (self.folder / f"{kind}-{name}.json").unlink(missing_ok=True)
        if kind == "postgresql":
            assert self.server is not None
            self.server.drop(name)
            return
        for ending in ("db", "db-wal", "db-shm"):
            (self.folder / f"{name}.{ending}").unlink(missing_ok=True)

    def _address(self, kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        assert self.server is not None
        return self.server.database_url(name)


@contextmanager
def shelf(keep: Path | None, *, only: str | None) -> Iterator[Shelf]:
    """A shelf in `keep`, or in a folder that goes with the run; without PostgreSQL where `only` the file is asked."""
    with tempfile.TemporaryDirectory(prefix="intake-totals-") as passing:
        folder = (keep or Path(passing)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        postgres = server_if_there(kept=folder / "postgresql" if keep else None, **ROOM)
        with nullcontext() if only == "sqlite" else postgres as server:
            yield Shelf(folder, server)
