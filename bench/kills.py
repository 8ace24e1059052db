"""16 clients post 625 answers each while all web processes are killed after every 2 s of work; on both databases.

PostgreSQL itself is stopped and started twice on the way. Every thank-you that was shown must have exactly one
answer, no half rows, and totals equal to the rows.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bench._capture_rows import prepare
from bench._databases import migrated
from bench._figures import finish
from bench._kills import CLIENTS, Aftermath, aftermath, under_fire
from intake.config import Settings
from tests.databases import settings_for
from tests.postgres import PostgresServer, postgres_server
from tests.serving import free_port

EVERY_SECONDS = 2.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    count = CLIENTS * (40 if options.quick else 625)
    results: dict[str, Any] = {}
    with postgres_server(durable=True) as server:
        outages = Outages(server, count)
        results["postgresql"] = measure(server.create("kills"), count, disturb=outages)
    with tempfile.TemporaryDirectory(prefix="intake-bench-") as folder:
        results["embedded"] = measure(f"sqlite:///{folder}/intake.db", count)
    holds = all(found.clean and found.acknowledged == count and found.kills for found in results.values())
    holds = holds and outages.happened == 2
    print(f"PostgreSQL was stopped {outages.happened} times")
    return finish({"bench": "kills", **{name: asdict(found) for name, found in results.items()}, "holds": holds})


class Outages:
    """Stops the database server after a third and after two thirds of the submissions, for two seconds each."""

    DOWN_SECONDS = 2.0

    def __init__(self, server: PostgresServer, count: int) -> None:
        self.server = server
        self.due = [count // 3, count * 2 // 3]
        self.back_at: float | None = None
        self.happened = 0

    def __call__(self, elapsed: float, acknowledged: int) -> None:
        if self.back_at is not None:
            if elapsed >= self.back_at:
                self.server.start()
                self.back_at = None
        elif self.due and acknowledged >= self.due[0]:
            self.due.pop(0)
            self.server.stop()
            self.happened += 1
            self.back_at = elapsed + self.DOWN_SECONDS


def measure(
    database_url: str, count: int, *, disturb: Callable[[float, int], None] = lambda elapsed, acknowledged: None
) -> Aftermath:
    settings: Settings = settings_for(database_url, public_url=f"http://127.0.0.1:{free_port()}")
    with migrated(settings):
        prepared = prepare(count)
    outcomes, kills = under_fire(settings, prepared, every_seconds=EVERY_SECONDS, disturb=disturb)
    with migrated(settings) as app:
        found = aftermath(app, outcomes, kills)
    print(f"{settings.database_url.split(':')[0]}: {found}", flush=True)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
