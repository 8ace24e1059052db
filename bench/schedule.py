"""How long a schedule of ten thousand rows takes to import, and to import again.

./dev bench schedule [--quick] [--rows N] [--database sqlite|postgresql]

Each import is the command that a practice runs, in a process of its own: at most ten seconds of its processor time for
ten thousand rows, five for the same file again, which must change nothing. By the clock is told too; that depends on
whatever else the machine is doing.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bench._databases import each_kind
from bench._figures import finish
from tests.databases import KINDS, environment_of, migrate, settings_for
from tests.making import npi
from tests.serving import TOP

SEED = 20_261_130
ROWS = 10_000
MOST_SECONDS = {"first": 10.0, "again": 5.0}
TITLES = (
    "Appt ID,MRN,First Name,Last Name,DOB,Cell Phone,Appt Date,Appt Time,Visit Type,Status,Provider,Language,"
    "Referring Physician,Referring NPI"
)
SYLLABLES = ("lo", "ra", "mi", "ken", "tas", "ver", "du", "nel", "shi", "bor")

# Adds the location, runs the command, prints the counts with the seconds that it took.
PROGRAM = """
import json, sys, time
from intake import create_app
from intake.db import db
from intake.directory.models import Location
from intake.directory.patients.queries import find_location_by_code
app = create_app()
with app.app_context():
    if find_location_by_code("MAIN") is None:
        db.session.add(Location(code="MAIN", name="Riverside", time_zone="America/New_York"))
        db.session.commit()
runner = app.test_cli_runner()
began, spent = time.perf_counter(), time.process_time()
done = runner.invoke(args=["visits", "import", sys.argv[1], "--location", "MAIN", "--json"])
by_the_clock, seconds = time.perf_counter() - began, time.process_time() - spent
told = json.loads(done.stdout)
counts = {name: told[name] for name in ("added", "changed", "unchanged")}
print(json.dumps(counts | {"seconds": round(seconds, 2), "by_the_clock": round(by_the_clock, 2)}))
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench schedule")
    parser.add_argument("--quick", action="store_true", help="1,000 rows")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--database", choices=KINDS)
    options = parser.parse_args()
    rows = options.rows or (1_000 if options.quick else ROWS)
    with tempfile.TemporaryDirectory(prefix="intake-bench-") as folder:
        file = Path(folder) / "schedule.csv"
        write_schedule(file, rows)
        figures = []
        for kind, make in each_kind(only=options.database):
            url = make("schedule")
            migrate(url)
            figures.append(_judged(kind, rows, _import(url, file), _import(url, file)))
    holds = bool(figures) and not any(figure["falls_short"] for figure in figures)
    return finish({"bench": "schedule", "rows": rows, "figures": figures, "holds": holds})


def write_schedule(path: Path, rows: int) -> None:
    """A file of that many appointments around today, nine in ten of different patients."""
    draw = Random(SEED)
    with path.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(TITLES.split(","))
        for number in range(rows):
            patient = number % max(rows * 9 // 10, 1)
            day = date.today() + timedelta(days=draw.randrange(-20, 30))  # noqa: DTZ011 - near today on any clock
            born = date(1930, 1, 1) + timedelta(days=patient * 7_919 % 34_000)
            referrer = draw.randrange(300)
            referred = (f"Okafor{_name(referrer)}, Grace MD", npi(800_000 + referrer)) if referrer % 3 else ("", "")
            table.writerow([
                f"8{number:06}", f"{patient:07}", _name(patient).title(), _name(patient // 7 + 1).title(),
                f"{born:%m/%d/%Y}", f"(518) 555-{patient % 10_000:04}", f"{day:%m/%d/%Y}",
                f"{8 + number % 4}:{number % 60:02} AM", draw.choice(["New Pt - Consult", "F/U", "NP", "Est"]),
                "Scheduled", draw.choice(["Chen, Wei MD", "Okoye, Ada NP"]), "English", *referred,
            ])  # fmt: skip


def _name(number: int) -> str:
    return "".join(SYLLABLES[int(digit)] for digit in str(number + 10))


def _import(url: str, file: Path) -> dict[str, Any]:
    environment = environment_of(settings_for(url)) | {"PYTHONPATH": str(TOP)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file)], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _judged(kind: str, rows: int, first: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    share = rows / ROWS
    targets = {
        "first import": first["added"] == rows and first["seconds"] <= max(MOST_SECONDS["first"] * share, 2),
        "the same again": again["unchanged"] == rows and again["seconds"] <= max(MOST_SECONDS["again"] * share, 2),
    }
    figure = {
        "database": kind,
        "seconds": first["seconds"],
        "seconds_again": again["seconds"],
        "by_the_clock": first["by_the_clock"],
        "by_the_clock_again": again["by_the_clock"],
        "falls_short": [name for name, holds in targets.items() if not holds],
    }
    print(json.dumps(figure), flush=True)
    return figure


if __name__ == "__main__":
    raise SystemExit(main())
