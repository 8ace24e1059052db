"""`./dev test`: finds or fetches what tests need, then runs them, in one process more than there are cores.

Most tests run on one of the two databases (tests/conftest.py says which). `--everything` runs all on both, adds those
that take long, and the whole suite on three odd days; `--touched` runs on both what tests a room of the last commit.
`--today DAY` runs all as if it were that day (UTC; `2027-02-28` or `2027-01-01T03:30`). `--coverage` says how much of
intake/ ran, lines and branches.
"""

import os
import shutil
import subprocess
import sys

from intake.dev.runner.practices import TOP

# Fetched browsers stay with the clone: nothing is left on the machine, and HOME may be missing.
BROWSERS = TOP / ".dev" / "browsers"
# The last night of the year in the practice's towns, a leap day, and the hour that a clock change repeats.
ODD_DAYS = ("2027-01-01T03:30", "2028-02-29", "2026-11-01T05:30")
# More than these on both databases would take too long.
MOST_ROOMS = 2
ALONE = ("--pdb", "--trace", "-s", "--collect-only", "--co", "--help", "-h", "--version", "--fixtures")


def main() -> int:
    os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(BROWSERS))
    arguments = [word for word in sys.argv[1:] if word != "--touched"]
    if "--touched" in sys.argv:
        arguments += on_both(_touched_rooms())
    fetching = None
    if not {"--collect-only", "--co", "--help", "-h"} & set(arguments):
        # Beside all that follows; the one test that needs it waits for it.
        fetching = subprocess.Popen(
            [sys.executable, "-m", "intake.dev.runner.libreoffice"], cwd=TOP, stdin=subprocess.DEVNULL
        )
        _provide_chromium()
    failed = _run(arguments)
    if "--everything" in arguments:
        others = [word for word in arguments if word != "--everything"]
        for day in ODD_DAYS:
            print(f"\nAs if it were {day}", flush=True)
            failed = _run([*others, "--database", "sqlite", "--today", day]) or failed
    if fetching is not None:
        fetching.wait()
    return failed


def _run(arguments: list[str]) -> int:
    covered = "--coverage" in arguments
    arguments = [word for word in arguments if word != "--coverage"]
    measuring = ["-m", "coverage", "run"] if covered else []
    command = [sys.executable, *measuring, "-m", "pytest", *_spread(arguments), *arguments]
    failed = subprocess.run(command, cwd=TOP, check=False).returncode
    if covered:
        for words in (["combine", "-q"], ["report"]):
            subprocess.run([sys.executable, "-m", "coverage", *words], cwd=TOP, check=False)
    return failed


def on_both(rooms: list[str]) -> list[str]:
    """Return what tells pytest to run these rooms on both databases."""
    # With the equals sign: pytest takes a word of its own, dev say, for the file of that name.
    return [f"--both={room}" for room in rooms]


def _touched_rooms() -> list[str]:
    """Rooms with tests of their own that the last commit changed; none when it changed many or isn't known."""
    command = ["git", "diff", "--name-only", "HEAD~1", "--", "intake", "tests"]
    changed = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False).stdout.splitlines()
    rooms = sorted({path.split("/")[1] for path in changed if (TOP / "tests" / path.split("/")[1]).is_dir()})
    return rooms if len(rooms) <= MOST_ROOMS else []


def _spread(arguments: list[str]) -> list[str]:
    if any(word in ALONE or word.startswith("-n") for word in arguments):
        return []
    # One more than there are cores: many tests wait for a browser, a server or a worker.
    return ["-n", str(min(8, 1 + (os.cpu_count() or 2))), "--dist", "worksteal"]


def _provide_chromium() -> None:
    """One that is there, else Debian's package when root, else Playwright's own; without any the summary says so."""
    from tests.browsers import find_chromium

    if find_chromium():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's chromium for the browser tests", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *words], env=quiet, capture_output=True, check=False)
        find_chromium.cache_clear()
    if not find_chromium():
        print("Fetching Playwright's Chromium for the browser tests", flush=True)
        log = TOP / ".dev" / "chromium.log"
        with log.open("wb") as output:
            words = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
            subprocess.run(words, stdout=output, stderr=output, check=False)
        find_chromium.cache_clear()
    if not find_chromium():
        print("No Chromium could be had that starts here; the browser tests will be counted as not run.", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
