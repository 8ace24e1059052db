"""`./dev bench [NAME] [--quick]`: runs programs of bench/, whose last line is JSON with their figures and `holds`."""

import argparse
import json
import subprocess
import sys

from intake.dev.runner.practices import TOP

FOLDER = TOP / "bench"


def main() -> int:
    names = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
    parser = argparse.ArgumentParser(prog="./dev bench", description=f"Benches: {', '.join(names) or 'none yet'}.")
    parser.add_argument("name", nargs="?", choices=names, metavar="NAME", help="one of them; all unless given")
    parser.add_argument("--quick", action="store_true", help="end within a minute")
    options, rest = parser.parse_known_args()
    chosen = [options.name] if options.name else names
    quick = ["--quick"] if options.quick else []
    results = {name: _holds(name, [*quick, *rest], alone=len(chosen) == 1) for name in chosen}
    if len(chosen) > 1:
        for name, holds in results.items():
            print(f"{name:24} {'holds' if holds else 'FALLS SHORT'}")
    return 0 if all(results.values()) else 1


def _holds(name: str, arguments: list[str], *, alone: bool) -> bool:
    """Run one bench, showing what it prints; True when it ended well and says that its targets hold."""
    if not alone:
        print(f"== {name}", flush=True)
    last = ""
    command = [sys.executable, "-m", f"bench.{name}", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=TOP) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    try:
        figures = json.loads(last)
    except ValueError:
        print(f"{name} did not end with a line of figures", flush=True)
        return False
    return process.returncode == 0 and figures.get("holds") is True


if __name__ == "__main__":
    raise SystemExit(main())
