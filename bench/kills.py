"""16 clients post 625 answers each while all web processes are killed after every 2 s of work; on both databases.

PostgreSQL itself is stopped and started twice on the way. Every thank-you that was shown must have exactly one
answer, no half rows, and totals equal to the rows.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from bench._databases import migrated
from bench._figures import finish
from bench._load import Outcomes, run
from bench.capture import CLIENTS, Prepared, prepare, submissions
from intake.config import Settings
from intake.db import db
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import Answer, CoverageEntry, CreditEntry, Mention
from tests.databases import settings_for
from tests.postgres import PostgresServer, postgres_server
from tests.serving import free_port, serve

EVERY_SECONDS = 2.0
SECONDS_BETWEEN_WORDS = 10.0


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


@dataclass(frozen=True)
class Aftermath:
    """Counts at the end; all but `kills`, `retried` and `acknowledged` should be zero."""

    acknowledged: int
    kills: int
    retried: int
    missing: int
    repeated: int
    half: int
    miscounted: int

    @property
    def clean(self) -> bool:
        return not (self.missing or self.repeated or self.half or self.miscounted)


def under_fire(
    settings: Settings,
    prepared: Prepared,
    *,
    every_seconds: float,
    most_kills: int = 1000,
    disturb: Callable[[float, int], None] = lambda elapsed, acknowledged: None,
) -> tuple[Outcomes, int]:
    """Send every submission until it is acknowledged, killing all web processes after every `every_seconds` of work.

    `disturb` is called about every 50 ms with the seconds so far and how many were acknowledged. Says now and then how
    far it is.
    """
    kills = 0
    began = time.monotonic()
    with serve(settings, workers=2, threads=4) as served:
        posts = list(submissions(served.url, prepared))
        # Seconds count from the first answers after a kill: where starting takes longer than that, killing by the
        # clock alone would leave time for no answer at all.
        back_at: float | None = 0.0
        answered = 0
        next_words = SECONDS_BETWEEN_WORDS

        def kill(elapsed: float, acknowledged: int) -> None:
            nonlocal kills, back_at, answered, next_words
            served.start_again_if_it_gave_up()
            disturb(elapsed, acknowledged)
            # The replies of 16 clients may still have been on their way when their servers were killed.
            if back_at is None and acknowledged >= answered + CLIENTS:
                back_at = elapsed
            if kills < most_kills and back_at is not None and elapsed >= back_at + every_seconds:
                served.kill_workers()
                kills, back_at, answered = kills + 1, None, acknowledged
            if elapsed >= next_words:
                next_words = elapsed + SECONDS_BETWEEN_WORDS
                print(
                    f"  {time.monotonic() - began:.0f} s: {acknowledged:,} of {len(posts):,}, {kills} kills", flush=True
                )

        outcomes = run(served.url, posts, clients=CLIENTS, retry=True, tick=kill)
    return outcomes, kills


def aftermath(app: Flask, outcomes: Outcomes, kills: int) -> Aftermath:
    """Compare what was acknowledged with what is there. Runs in `app`'s context."""
    acknowledged = len(set(outcomes.acknowledged))
    per_visit = Counter(db.session.scalars(select(Answer.visit_id)))
    mentions = Counter(db.session.scalars(select(Mention.answer_id)))
    credited = db.session.scalar(select(func.coalesce(func.sum(CreditEntry.primary_units), 0))) or 0
    answered = db.session.scalar(select(func.coalesce(func.sum(CoverageEntry.answered), 0))) or 0
    answers = sum(per_visit.values())
    return Aftermath(
        acknowledged=acknowledged,
        kills=kills,
        retried=outcomes.retried,
        missing=max(0, acknowledged - len(per_visit)),
        repeated=answers - len(per_visit),
        half=abs(len(mentions) - answers),
        miscounted=abs(int(credited) - answers * UNIT) + abs(int(answered) - answers),
    )


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
