"""What folding costs those who answer: the same captures with and without a worker beside them, in turns.

Sixteen patients at once, all at one location, all naming one source, which is where a running total would make them
queue. Rounds with and without the worker alternate, so that what else the machine does falls on both.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from statistics import median
from typing import Any

from sqlalchemy import func, select

from bench._load import Post, run
from intake import create_app
from intake.attribution.rollup.refresh import ROWS_A_LARGE_STEP, backlog, refresh_all
from intake.attribution.verify.rollups import compare_rollups
from intake.config import Settings
from intake.db import db
from intake.survey.models import CreditEntry
from tests.databases import environment_of
from tests.serving import TOP

ROUNDS = (False, True, True, False, False, True, True, False)
LEAST_RATIO = 0.88


def with_and_without(url: str, posts: list[Post], settings: Settings, *, clients: int) -> dict[str, Any]:
    """Captures a second in each round, and the ratio of their medians; `posts` are shared out among the rounds."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    refused: dict[int, int] = {}
    size = len(posts) // len(ROUNDS)
    for number, folding in enumerate(ROUNDS):
        with worker(settings) if folding else nullcontext():
            outcomes = run(url, posts[number * size : (number + 1) * size], clients=clients)
        rates[folding].append(outcomes.rate)
        refused |= outcomes.refused
        print(f"  {'with' if folding else 'without'} folding: {outcomes.rate:.0f} captures a second", flush=True)
    without, beside = median(rates[False]), median(rates[True])
    return {
        "without": round(without),
        "with": round(beside),
        "ratio": round(beside / without, 3),
        "refused": refused,
    }


@contextmanager
def worker(settings: Settings) -> Iterator[None]:
    """`flask worker`, at work when the block begins."""
    mailing = {"smtp_host": "127.0.0.1", "mail_from": "a@b.test", "log_level": "INFO"}
    environment = environment_of(settings.model_copy(update=mailing))
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    process = subprocess.Popen(command, cwd=TOP, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "worker_is_at_work" in line:
                break
        yield
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()


def left_behind(settings: Settings) -> dict[str, Any]:
    """How far the worker came, and whether every figure of the tallies is what the ledger sums to."""
    with create_app(settings).app_context():
        unfolded, rows = backlog(), db.session.scalar(select(func.max(CreditEntry.id))) or 0
        for _ in refresh_all(rows=ROWS_A_LARGE_STEP):
            pass
        found = compare_rollups()
        db.session.close()
        db.engine.dispose()
    return {"credit_rows": rows, "left_to_fold": unfolded, "figures": found.figures, "tallies_hold": found.holds}
