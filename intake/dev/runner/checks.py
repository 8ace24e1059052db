"""`./dev check`: everything that can be said about the code without running the product; all of it at once."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from intake.dev.runner.practices import TOP

LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"
CHECKS = {
    "format": ["-m", "ruff", "format", "--check", "."],
    "lint": ["-m", "ruff", "check", "."],
    "types": ["-m", "mypy"],
    "import contracts": ["-c", LINT_IMPORTS],
    "templates": ["-m", "djlint", "templates", "--lint", "--quiet"],
    "dead code": ["-m", "intake.dev.runner.dead_code"],
    "migrations": ["-m", "pytest", "-q", "tests/house_rules/test_migrations.py", "-k", "models"],
}


def main() -> int:
    started = time.monotonic()
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        outcomes = list(pool.map(_check, CHECKS))
    print(f"{sum(outcomes)} of {len(outcomes)} checks hold ({time.monotonic() - started:.0f} s)")
    return 0 if all(outcomes) else 1


def _check(name: str) -> bool:
    done = subprocess.run([sys.executable, *CHECKS[name]], cwd=TOP, capture_output=True, text=True, check=False)
    said = f"{name:18} {'holds' if done.returncode == 0 else 'FAILS'}"
    if done.returncode:
        said += "\n" + (done.stdout + done.stderr).rstrip()
    # One write, so that two that end together don't mix their lines.
    sys.stdout.write(said + "\n")
    sys.stdout.flush()
    return done.returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
