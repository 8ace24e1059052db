"""`./dev mutants FILE…`: changes a module in one small way after another and says which changes no test notices.

Each mutant is written into a copy of the tree, never into the tree itself, and tried with the tests of its file
(`TESTS` below; those of its room unless listed), on the embedded database first, and on PostgreSQL what lives there. A
mutant is killed when a test fails or never ends.
"""

import argparse
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from intake.dev.runner.mutations import Mutation, mutations
from intake.dev.runner.practices import TOP

# What is tried first kills most; the whole of a room only where a listed file has none of its own.
TESTS = {
    "intake/survey/recording/record_answer.py": ("tests/survey/recording", "tests/survey/review"),
    "intake/survey/ledger/crediting.py": ("tests/survey/ledger", "tests/attribution/test_worked_examples.py"),
    "intake/survey/ledger/counting.py": ("tests/survey/recording", "tests/attribution/totals/test_totals.py"),
    "intake/survey/ledger/entries.py": ("tests/survey/recording", "tests/attribution/totals/test_totals.py"),
    "intake/sms/consent/consent.py": ("tests/sms/consent", "tests/sms", "tests/capture/desk/test_desk_texting.py"),
    "intake/accounts/auth/guards.py": (
        "tests/house_rules/test_who_may_open_what.py",
        "tests/web/test_forms_at_the_edges.py",
        "tests/accounts",
    ),
    "intake/capture/text/planning/eligibility.py": ("tests/capture/desk/test_desk_texting.py", "tests/capture/text"),
    "intake/attribution/rollup/refresh.py": ("tests/attribution/rollup/test_refresh.py",),
    "intake/attribution/rollup/refresh_sql.py": ("tests/attribution/rollup/test_refresh.py",),
}  # fmt: skip
WANTED_SHARE = 0.9
# The quicker one first: most mutants never see the other.
DATABASES = ("sqlite", "postgresql")
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".dev", "var", "__pycache__", ".mypy_cache", ".ruff_cache")


class TestsFail(Exception):
    """Without any change the tests of the file fail, so that they can't tell a mutant from the original."""


@dataclass(frozen=True)
class Copy:
    """A copy of the tree in which one mutant at a time is tried."""

    top: Path

    def passes(self, tests: Sequence[str], *, database: str, seconds: float | None = None) -> bool:
        """Whether the tests pass here on that database; those that don't end within `seconds` have failed."""
        command = [sys.executable, "-m", "pytest", "-n0", "-x", "-q", "--no-header", "--tb=no", "--database", database]
        environment = {**os.environ, "PYTHONPATH": str(self.top)}
        try:
            done = subprocess.run(
                [*command, *tests], cwd=self.top, env=environment, capture_output=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def survives(self, path: str, mutation: Mutation, tests: Sequence[str], *, seconds: Mapping[str, float]) -> bool:
        """Whether no test notices this change. `seconds`: how long they may take, by database."""
        file = self.top / path
        original = file.read_text(encoding="utf-8")
        file.write_text(mutation.source, encoding="utf-8")
        try:
            return all(self.passes(tests, database=each, seconds=seconds[each]) for each in DATABASES)
        finally:
            file.write_text(original, encoding="utf-8")


@contextmanager
def copies(count: int) -> Iterator["queue.Queue[Copy]"]:
    """That many copies of the tree, gone with the end of the block."""
    free: queue.Queue[Copy] = queue.Queue()
    with tempfile.TemporaryDirectory(prefix="intake-mutants-") as folder:
        for number in range(count):
            top = Path(folder) / str(number)
            shutil.copytree(TOP, top, ignore=LEFT_OUT)
            free.put(Copy(top))
        yield free


def chosen_tests(path: str) -> tuple[str, ...]:
    return TESTS.get(path) or ("/".join(["tests", *path.split("/")[1:2]]),)


def survivors(path: str, free: "queue.Queue[Copy]", *, jobs: int, sample: int | None) -> tuple[list[Mutation], int]:
    """The mutants of this file that no test notices, and how many were tried. Raises TestsFail."""
    tests = chosen_tests(path)
    copy = free.get()
    usual_seconds = {database: _usual_seconds(copy, path, tests, database) for database in DATABASES}
    free.put(copy)
    found = list(mutations((TOP / path).read_text(encoding="utf-8")))
    if sample is not None and sample < len(found):
        found = sorted(random.Random(path).sample(found, sample), key=lambda each: each.line)  # noqa: S311 - a choice
    usual = sum(usual_seconds.values())
    print(f"{path}: {len(found)} mutants, usually {usual:.0f} s each at most, with {' '.join(tests)}", flush=True)
    patience = {database: 4 * seconds + 20 for database, seconds in usual_seconds.items()}

    def lives(mutation: Mutation) -> bool:
        copy = free.get()
        try:
            return copy.survives(path, mutation, tests, seconds=patience)
        finally:
            free.put(copy)

    left = []
    with ThreadPoolExecutor(jobs) as threads:
        for mutation, alive in zip(found, threads.map(lives, found), strict=True):
            if alive:
                left.append(mutation)
                print(f"  {path}:{mutation.line}: {mutation.was}  →  {mutation.now}", flush=True)
    return left, len(found)


def _usual_seconds(copy: Copy, path: str, tests: Sequence[str], database: str) -> float:
    began = time.monotonic()
    if not copy.passes(tests, database=database):
        raise TestsFail(f"{' '.join(tests)} fail on {path} as it is, on {database}")
    return time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev mutants", description="Changes that no test notices.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="modules below intake/")
    parser.add_argument("--sample", type=int, metavar="N", help="try N of each file's mutants, the same at every run")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="how many at once")
    options = parser.parse_args()
    holds = True
    with copies(options.jobs) as free:
        for given in options.files:
            path = str(Path(given).resolve().relative_to(TOP))
            try:
                left, tried = survivors(path, free, jobs=options.jobs, sample=options.sample)
            except TestsFail as failure:
                print(failure, file=sys.stderr)
                return 2
            share = 1 - len(left) / tried if tried else 1.0
            holds &= share >= WANTED_SHARE
            print(f"{path}: {tried - len(left)} of {tried} killed ({share:.0%})", flush=True)
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
