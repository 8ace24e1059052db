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
from collections.abc import Iterator

from intake.dev.runner.practices import TOP

# Fetched browsers stay with the clone: nothing is left on the machine, and HOME may be missing.
BROWSERS = TOP / ".dev" / "browsers"
CHROMIUM_LOG = TOP / ".dev" / "chromium.log"
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
    """One without windows if it can be had, else any; without one the summary says so."""
    from tests.browsers import find_chromium, has_window

    found = find_chromium()
    # Where none can be had, a whole browser does, and nobody waits for the network a second time.
    if found and (os.environ.get("CHROMIUM") or not has_window(found) or CHROMIUM_LOG.exists()):
        return
    CHROMIUM_LOG.parent.mkdir(exist_ok=True)
    CHROMIUM_LOG.unlink(missing_ok=True)
    for said, commands in _ways_to_chromium():
        if found and not has_window(found):
            break
        print(said, flush=True)
        with CHROMIUM_LOG.open("ab") as log:
            for words in commands:
                environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
                subprocess.run(words, env=environment, stdout=log, stderr=log, check=False)
        find_chromium.cache_clear()
        found = find_chromium()
    if not found:
        print("No Chromium could be had that starts here; the browser tests will be counted as not run.", flush=True)


def _ways_to_chromium() -> Iterator[tuple[str, list[list[str]]]]:
    """What to say and to run, best first: Debian's own without windows, Playwright's, Debian's whole browser."""
    from tests.browsers import find_chromium

    may_install = os.geteuid() == 0 and shutil.which("apt-get")
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends"]
    if may_install:
        commands = [["apt-get", "-qq", "update"], [*install, "chromium-headless-shell"]]
        yield "Installing Debian's chromium-headless-shell for the browser tests", commands
    fetch = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    yield "Fetching Playwright's Chromium for the browser tests", [fetch]
    if may_install and not find_chromium():
        yield "Installing Debian's chromium for the browser tests", [[*install, "chromium"]]


if __name__ == "__main__":
    raise SystemExit(main())
