"""How long the reports page takes with 40,000 answers, on both databases.

The target is a 95th percentile of 50 ms for the overview (this month and the last twelve, by source, from the
request to the finished page). Every other cut is measured too.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask
from sqlalchemy import insert, select, text

from intake import clock, create_app
from intake.attribution.cuts import Cut
from intake.db import db
from intake.directory.models import Patient, Physician, Visit
from intake.survey.crediting import UNIT, Credited, credits_of
from intake.survey.models import CoverageEntry, CreditEntry, View
from tests.clients import Client, sign_in
from tests.databases import KINDS, Databases, settings_for
from tests.making import Make, npi
from tests.postgres import PostgresMissing, PostgresServer, start_postgres, stop_postgres

ANSWERS = 40_000
TARGET_MS = 50.0
ELIGIBLE_A_ANSWER = 1.18
DAYS = 365
CHUNK = 5_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    repeats = 20 if options.quick else 60
    figures: dict[str, Any] = {"answers": ANSWERS, "target_ms": TARGET_MS}
    overview = []
    with tempfile.TemporaryDirectory() as folder, _server() as server:
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


@contextmanager
def _server() -> Iterator[PostgresServer | None]:
    """A PostgreSQL to measure on; None, said aloud, where there is none."""
    try:
        server = start_postgres()
    except PostgresMissing as missing:
        print(f"postgresql: not measured: {missing}", flush=True)
        yield None
        return
    try:
        yield server
    finally:
        stop_postgres(server)


def _measured(database_url: str, repeats: int) -> Iterator[tuple[str, float]]:
    app = create_app(settings_for(database_url))
    app.test_client_class = Client
    with app.app_context():
        reader = _fill()
        client = app.test_client()
        sign_in(client, reader)
        db.session.close()
    today = clock.clinic_today("America/New_York")
    year = f"from={(today - timedelta(days=DAYS - 1)).isoformat()}&to={today.isoformat()}"
    addresses = {"overview, this month": "/reports", "overview, twelve months": f"/reports?{year}"}
    addresses |= {f"by {cut}, twelve months": f"/reports?{year}&by={cut}" for cut in Cut if cut != Cut.SOURCE}
    addresses |= {f"view {view}, twelve months": f"/reports?{year}&view={view}" for view in (View.ANY, View.FRACTIONAL)}
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


def _fill() -> Any:
    """A year of visits at three locations, straight into the tables: what is measured only reads."""
    make, rng = Make(), random.Random(20_261_101)
    sources = make.sources()
    places = [make.location() for _ in range(3)]
    askers = [make.staff(locations=[place]) for place in places]
    reader = make.staff("manager", locations=places)
    patients = _patients()
    physicians = _physicians()
    today = clock.clinic_today(places[0].time_zone)
    codes = [code for code in sources if code not in ("doctor", "friend_family")]
    visits, credit, coverage = [], [], []
    eligible = int(ANSWERS * ELIGIBLE_A_ANSWER)
    for number in range(1, eligible + 1):
        place = rng.randrange(3)
        # Day after day, as a practice lives them; a ledger is never written in any other order.
        day = today - timedelta(days=DAYS - 1 - number * DAYS // (eligible + 1))
        visits.append(_visit(number, places[place].id, patients[number % len(patients)], day))
        at = {"visit_id": number, "day": day, "location_id": places[place].id}
        nothing = {"eligible": 0, "asked": 0, "answered": 0, "dont_remember": 0, "declined": 0}
        coverage.append(at | nothing | {"channel": None, "staff_id": None, "eligible": 1})
        if rng.random() > 1 / ELIGIBLE_A_ANSWER:
            continue
        asked = {"channel": rng.choice(("desk", "desk", "kiosk", "link")), "staff_id": askers[place].id}
        coverage.append(at | nothing | asked | {"asked": 1, "answered": 1})
        mentions = [_mention(rng, sources, codes, patients, physicians) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        for each in credits_of(mentions):
            units = {"primary_units": each.primary, "any_units": UNIT, "fractional_units": each.fractional}
            credit.append(at | asked | vars(each.of) | units)
    for model, rows in ((Visit, visits), (CreditEntry, credit), (CoverageEntry, coverage)):
        for start in range(0, len(rows), CHUNK):
            db.session.execute(insert(model), rows[start : start + CHUNK])
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return reader


def _mention(
    rng: random.Random, sources: Any, codes: list[str], patients: list[int], physicians: list[int]
) -> Credited:
    draw = rng.random()
    if draw < 0.5:
        return Credited(sources["friend_family"].id, None, rng.choice(patients) if draw < 0.2 else None)
    if draw < 0.74:
        return Credited(sources["doctor"].id, physicians[int(rng.random() ** 2 * len(physicians))])
    return Credited(sources[rng.choice(codes)].id)


def _visit(number: int, location_id: int, patient_id: int, day: date) -> dict[str, Any]:
    at = clock.now() - timedelta(days=(clock.now().date() - day).days)
    given = {"id": number, "location_id": location_id, "patient_id": patient_id, "appointment_id": f"B{number}"}
    given |= {"scheduled_at": at, "visit_date": day, "arrived_at": at, "visit_type": "new", "status": "completed"}
    return given | {"provider": "", "created_at": at}


def _patients() -> list[int]:
    rows = [
        {"mrn": f"B{number}", "first_name": "Ada", "last_name": f"Bench {number}", "created_at": clock.now()}
        for number in range(4_000)
    ]
    db.session.execute(insert(Patient), rows)
    return list(db.session.scalars(select(Patient.id)))


def _physicians() -> list[int]:
    rows = [
        {"npi": npi(50_000_000 + number), "first_name": "Bo", "last_name": f"Bench {number}", "created_at": clock.now()}
        for number in range(300)
    ]
    db.session.execute(insert(Physician), rows)
    return list(db.session.scalars(select(Physician.id)))


if __name__ == "__main__":
    raise SystemExit(main())
