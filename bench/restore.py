"""The drills of operation, timed: back up, restore, another key, and the move to PostgreSQL, with a million answers.

Each counts the rows afterwards, and the embedded file is read through. Seconds of this machine, no target beside that
everything is there.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import func, select

from bench._databases import migrated
from bench._figures import finish
from bench._totals_kept import shelf
from bench._totals_rows import fill, people_and_lists, say
from intake import clock, create_app
from intake.config import Settings
from intake.db import Base, db, reading
from intake.web.ops import backup as backups
from intake.web.ops import restore as restores
from tests.databases import settings_for
from tests.making import ZONE

BACKUP_KEY, NEW_KEY = "b" * 64, "c" * 64
COUNTED = ("visit", "answer", "mention", "credit_entry", "coverage_entry")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fifty thousand answers only")
    parser.add_argument("--answers", type=int, help="1 000 000 unless given")
    options = parser.parse_args()
    answers = options.answers or (50_000 if options.quick else 1_000_000)
    figures: dict[str, Any] = {"bench": "restore", "answers": answers, "holds": True}
    with tempfile.TemporaryDirectory(prefix="intake-drill-") as folder, shelf(None, only=None) as found:
        for name, seconds, whole in _drills(Path(folder), found, answers):
            figures[name] = round(seconds, 1)
            figures["holds"] = figures["holds"] and whole
            print(f"  {name:44} {seconds:8.1f} s  {'all there' if whole else 'ROWS ARE MISSING'}", flush=True)
    return finish(figures)


def _drills(folder: Path, found: Any, answers: int) -> Iterator[tuple[str, float, bool]]:
    kept = found.take("sqlite", answers, clock.clinic_today(ZONE))
    settings = settings_for(kept.url, backup_key=BACKUP_KEY)
    with migrated(settings):
        for _how_far in fill(answers, people_and_lists()):
            pass
        say(answers)
        rows = _rows()
        copy = folder / "copy.db"
        yield "back up, embedded", _seconds(lambda: backups.back_up(settings, copy)), True
    restored = settings_for(f"sqlite:///{folder}/restored.db", backup_key=BACKUP_KEY)
    with _app(restored):
        yield "restore, embedded", _seconds(lambda: restores.restore(restored, copy)), _rows() == rows
        yield "another key", _seconds(lambda: restores.rekey(restored, SecretStr(NEW_KEY))), True
    with _app(restored.model_copy(update={"database_key": SecretStr(NEW_KEY)})):
        assert _rows() == rows
    if found.server is None:
        return
    found.server.create("moved")
    server = settings_for(found.server.database_url("moved"), backup_key=BACKUP_KEY)
    with _app(server):
        yield "move to PostgreSQL", _seconds(lambda: restores.restore(server, copy)), _rows() == rows
        again = folder / "again.db"
        yield "back up, PostgreSQL", _seconds(lambda: backups.back_up(server, again)), True


@contextmanager
def _app(settings: Settings) -> Iterator[None]:
    app = create_app(settings)
    with app.app_context():
        yield
        db.session.close()
        db.engine.dispose()


def _rows() -> dict[str, int]:
    with reading(), db.engine.connect() as connection:
        tables = Base.metadata.tables
        return {name: connection.scalar(select(func.count()).select_from(tables[name])) or 0 for name in COUNTED}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    raise SystemExit(main())
