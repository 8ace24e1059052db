"""How fast a registry file is taken over, search index included, and how much memory that takes.

./dev bench npi_import [--quick] [--rows N] [--database sqlite|postgresql]

All 330 columns, as the registry publishes them. Each import runs in a process of its own; targets are 20,000 rows a
second of that process's processor time (one core, whatever else the machine is doing) and memory that doesn't grow
with the file. Importing the same file again must change nothing.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench._databases import each_kind
from bench._figures import finish
from bench._people import write_registry_file
from tests.databases import KINDS, environment_of, migrate, settings_for
from tests.serving import TOP

SEED = 20_261_122
ROWS_A_SECOND = 20_000
MEMORY_GROWTH = 1.35

# Prints the import's counts with this process's own processor time and peak memory, without what starting costs.
PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from intake import create_app
from intake.db import db
from intake.directory.registry_import.importer import import_registry
app = create_app()
with app.app_context():
    before = time.process_time()
    counts = import_registry(Path(sys.argv[1]), checkpoint=db.session.commit)
    spent = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(vars(counts) | {"processor_seconds": round(spent, 2), "peak_megabytes": round(peak, 1)}))
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench npi_import")
    parser.add_argument("--quick", action="store_true", help="40,000 rows, within a minute")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--database", choices=KINDS)
    options = parser.parse_args()
    rows = options.rows or (40_000 if options.quick else 400_000)
    with tempfile.TemporaryDirectory(prefix="intake-bench-") as folder:
        small, large = Path(folder) / "quarter.csv", Path(folder) / "whole.csv"
        print(f"making {rows:,} invented rows of 330 columns", flush=True)
        write_registry_file(small, rows // 4, SEED)
        write_registry_file(large, rows, SEED)
        figures = []
        for kind, make in each_kind(only=options.database):
            first, url = _import(make("quarter"), small), make("whole")
            figures.append(_judged(kind, first, _import(url, large), _import(url, large)))
    holds = bool(figures) and not any(figure["falls_short"] for figure in figures)
    return finish({"bench": "npi_import", "rows": rows, "figures": figures, "holds": holds})


def _import(url: str, file: Path) -> dict[str, Any]:
    migrate(url)
    environment = environment_of(settings_for(url)) | {"PYTHONPATH": str(TOP)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file)], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _judged(kind: str, small: dict[str, Any], whole: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    rate = whole["read"] / max(whole["processor_seconds"], 0.01)
    targets = {
        "rows a second": rate >= ROWS_A_SECOND,
        "memory": whole["peak_megabytes"] <= small["peak_megabytes"] * MEMORY_GROWTH,
        "idempotence": again["unchanged"] == whole["read"] and not again["added"] and not again["updated"],
    }
    figure = {
        "database": kind,
        "rows_per_processor_second": round(rate),
        "rows_per_second_by_the_clock": whole["rows_per_second"],
        "again_rows_per_processor_second": round(again["read"] / max(again["processor_seconds"], 0.01)),
        "peak_megabytes": whole["peak_megabytes"],
        "peak_megabytes_of_a_quarter": small["peak_megabytes"],
        "falls_short": [name for name, holds in targets.items() if not holds],
    }
    print(json.dumps(figure), flush=True)
    return figure


if __name__ == "__main__":
    raise SystemExit(main())
