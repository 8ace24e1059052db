"""How long the reports page takes with 40,000 answers, on both databases.

The target is a 95th percentile of 50 ms for the overview (this month and the last twelve, by source, from the
request to the finished page). Every other cut is measured too.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask

from bench._report_rows import DAYS, Practice
from bench._servers import server_if_there
from intake import clock, create_app
from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.db import db
from intake.survey.models import View
from intake.web.ops.warm_up import warm_up
from tests.clients import Client, sign_in
from tests.databases import KINDS, Databases, settings_for

ANSWERS = 40_000
TARGET_MS = 50.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    repeats = 20 if options.quick else 60
    figures: dict[str, Any] = {"answers": ANSWERS, "target_ms": TARGET_MS}
    overview = []
    with tempfile.TemporaryDirectory() as folder, server_if_there() as server:
        databases = Databases(Path(folder), server)
        for kind in KINDS if server else KINDS[:1]:
            print(f"{kind}: filling the ledger with {ANSWERS:,} answers", flush=True)
            for name, milliseconds in _measured(databases.new(kind), repeats):
                figures[f"{kind} {name} p95 ms"] = milliseconds
                print(f"  {name:40} p95 {milliseconds:7.1f} ms", flush=True)
                if name.startswith("overview"):
                    overview.append(milliseconds)
    figures["holds"] = max(overview) <= TARGET_MS
    print(json.dumps(figures))
    return 0 if figures["holds"] else 1


def _measured(database_url: str, repeats: int) -> Iterator[tuple[str, float]]:
    app = create_app(settings_for(database_url))
    app.test_client_class = Client
    warm_up(app)
    with app.app_context():
        practice = Practice()
        practice.fill(ANSWERS, days=DAYS)
        client = app.test_client()
        sign_in(client, practice.reader)
        db.session.close()
    today = clock.clinic_today("America/New_York")
    year = f"from={(today - timedelta(days=DAYS - 1)).isoformat()}&to={today.isoformat()}"
    addresses = {"overview, this month": "/reports", "overview, twelve months": f"/reports?{year}"}
    for view in (View.ANY, View.FRACTIONAL):
        addresses[f"overview, view {view}"] = f"/reports?{year}&view={view}"
    addresses |= {f"by {each}, twelve months": f"/reports?{year}&by={each}" for each in DIMENSIONS}
    addresses |= {"how sure": f"/reports/trust?{year}", "side by side": f"/reports/compare?{year}"}
    addresses["visits behind a figure"] = f"/reports/rows?{year}&by=source&key=doctor"
    for name, address in addresses.items():
        yield name, _p95(client, app, address, repeats)


def _p95(client: Any, app: Flask, address: str, repeats: int) -> float:
    waits = []
    for number in range(repeats + 3):
        start = time.perf_counter()
        found = client.get(address)
        wait = (time.perf_counter() - start) * 1000
        assert found.status_code == 200, (address, found.status_code)
        # The first few fill caches, as the first visitors of the day do.
        if number >= 3:
            waits.append(wait)
    return round(sorted(waits)[int(0.95 * len(waits))], 1)


if __name__ == "__main__":
    raise SystemExit(main())
