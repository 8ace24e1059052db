"""What texting must survive and how fast it is: --part run, queue, webhooks or inbox; all unless one is given.

run: 1,000 surveys, a carrier that says 429 and 500, answers rubbish, hangs and drops, whether a text is sent or a list
asked for; a trial account whose texts begin with a sentence of its own, and which keeps no words; callbacks late,
twice, in any order; patients who say STOP in the middle; workers killed every two seconds. One worker on the embedded
file, four on PostgreSQL.
queue: 10,000 queued texts at the configured rate by one worker, beside a million old ones.
webhooks: how long the server takes to answer one.
inbox: 5,000 unread replies at four locations; how soon the first page is there, the urgent first.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alembic import command

from bench import _texting_queue as queue
from bench._texting_inbox import measure_inbox
from bench._texting_run import FAULTS, READ_FAULTS, carrier_at_work, described, run, set_clock, texting_settings
from intake import clock, create_app
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier
from intake.web.ops.database_commands import alembic_config
from tests.postgres import postgres_server

PARTS = ("run", "queue", "webhooks", "inbox")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--database", choices=("embedded", "postgresql"))
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for part in [options.part] if options.part else PARTS:
        measure = MEASURES[part]
        results[part] = on_both(measure, options)
    holds = all(found["holds"] for part in results.values() for found in part.values())
    print("PASS" if holds else "FAIL", flush=True)
    print(json.dumps({"bench": "texting", **results, "holds": holds}))
    return 0 if holds else 1


def on_both(measure: Callable[[str, str, bool], dict[str, Any]], options: argparse.Namespace) -> dict[str, Any]:
    results = {}
    if options.database != "postgresql":
        with tempfile.TemporaryDirectory(prefix="intake-bench-") as folder:
            results["embedded"] = measure("embedded", f"sqlite:///{folder}/intake.db", options.quick)
    if options.database != "embedded":
        with postgres_server(durable=True) as server:
            results["postgresql"] = measure("postgresql", server.create("texting"), options.quick)
    return results


def accept(name: str, database_url: str, quick: bool) -> dict[str, Any]:
    count, kill_every = 150 if quick else 1000, 2.0
    workers = 1 if name == "embedded" else 4
    real = clock.now
    # New York closes for good a minute before its hour, so it has this long, and Los Angeles opens after it.
    set_clock(60 + (8 if quick else 20))
    carrier = Carrier(
        hang_seconds=3.0,
        faults=dict(FAULTS),
        read_faults=dict(READ_FAULTS),
        trial=True,
        hides_bodies=True,
        replies_itself=True,
    )
    with carrier_at_work(carrier) as address, tempfile.TemporaryDirectory() as spool:
        settings = texting_settings(database_url, carrier, address, spool_folder=spool)
        app = create_app(settings)
        try:
            with app.app_context():
                command.upgrade(alembic_config(), "head")
                print(f"{name}: {count} surveys, {workers} worker(s) killed every {kill_every:.0f} s", flush=True)
                findings = run(app, settings, carrier, count=count, workers=workers, kill_every=kill_every)
                db.session.close()
                db.engine.dispose()
        finally:
            with suppress(AttributeError):
                clock.now = real
    print(f"  {described(findings)}", flush=True)
    print(f"  {'PASS' if findings.clean else 'FAIL'}", flush=True)
    return {**asdict(findings), "holds": findings.clean and findings.kills > 0}


MEASURES = {
    "run": accept,
    "queue": queue.measure_queue,
    "webhooks": queue.measure_webhooks,
    "inbox": measure_inbox,
}


if __name__ == "__main__":
    raise SystemExit(main())
