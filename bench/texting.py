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
import tempfile
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from bench import _texting_queue as queue
from bench._databases import each_kind, migrated
from bench._figures import finish
from bench._texting_inbox import measure_inbox
from bench._texting_run import FAULTS, READ_FAULTS, carrier_at_work, described, run, set_clock, texting_settings
from intake import clock
from intake.dev.fake_carrier.carrier import Carrier
from tests.databases import KINDS

PARTS = ("run", "queue", "webhooks", "inbox")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--database", choices=KINDS)
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for part in [options.part] if options.part else PARTS:
        results[part] = {
            kind: MEASURES[part](kind, make("texting"), options.quick)
            for kind, make in each_kind(only=options.database)
        }
    holds = all(found["holds"] for part in results.values() for found in part.values())
    print("PASS" if holds else "FAIL", flush=True)
    return finish({"bench": "texting", **results, "holds": holds})


def accept(name: str, database_url: str, quick: bool) -> dict[str, Any]:
    count, kill_every = 150 if quick else 1000, 2.0
    workers = 1 if name == "sqlite" else 4
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
        try:
            with migrated(settings) as app:
                print(f"{name}: {count} surveys, {workers} worker(s) killed every {kill_every:.0f} s", flush=True)
                findings = run(app, settings, carrier, count=count, workers=workers, kill_every=kill_every)
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
