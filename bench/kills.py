"""16 clients post 500 answers each while all web processes are killed again and again; on both databases.

Every thank-you that was shown must have exactly one answer, no half rows, and totals equal to the rows.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._kills import CLIENTS, Aftermath, aftermath, under_fire
from bench.capture import migrated
from intake import create_app
from intake.config import Settings
from intake.db import db
from tests.databases import settings_for
from tests.postgres import postgres_server
from tests.serving import free_port

EVERY_SECONDS = 2.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    count = CLIENTS * (40 if options.quick else 500)
    results: dict[str, Any] = {}
    with postgres_server(durable=True) as server:
        results["postgresql"] = measure(server.create("kills"), count)
    with tempfile.TemporaryDirectory(prefix="intake-bench-") as folder:
        results["embedded"] = measure(f"sqlite:///{folder}/intake.db", count)
    holds = all(found.clean and found.acknowledged == count and found.kills for found in results.values())
    print(json.dumps({"bench": "kills", **{name: asdict(found) for name, found in results.items()}, "holds": holds}))
    return 0 if holds else 1


def measure(database_url: str, count: int) -> Aftermath:
    settings: Settings = settings_for(database_url, public_url=f"http://127.0.0.1:{free_port()}")
    with migrated(settings) as prepared_for:
        prepared = prepared_for(count)
    outcomes, kills = under_fire(settings, prepared, every_seconds=EVERY_SECONDS)
    app = create_app(settings)
    with app.app_context():
        found = aftermath(app, outcomes, kills)
        db.session.close()
        db.engine.dispose()
    print(f"{settings.database_url.split(':')[0]}: {found}", flush=True)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
