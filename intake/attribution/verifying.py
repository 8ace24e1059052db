"""`flask totals verify`: ledger against answers, tallies against ledger, and their repair, beside whoever writes.

Looks in short transactions that only read, so nobody waits; repairs in short ones that are each whole. Ended at any
moment, even by force, what was repaired stays, the rest is as it was, and the next run goes on.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import func, select

from intake.accounts import audit
from intake.attribution.folding import backlog, give_way
from intake.attribution.mending import mend
from intake.attribution.proof import Proof, prove, prove_next
from intake.attribution.refolding import TallyProof, compare_bounds, compare_month, months, refold
from intake.db import db, reading, writing
from intake.directory.models import Visit
from intake.survey import ledger

VISITS_A_REPAIR = 200
SECONDS_BETWEEN_WORDS = 2.0
# So many wrong figures are kept to be told.
MOST_TOLD = 20
TRIES = 5


@dataclass
class Verified:
    """What was found, what was done about it, and what is still wrong after that."""

    ledger: Proof = field(default_factory=Proof)
    tallies: TallyProof = field(default_factory=TallyProof)
    wrong_visits: int = 0
    appended: int = 0
    mended: int = 0
    refolded: bool = False
    ledger_left: int = 0
    tallies_left: int = 0
    unfolded: int = 0

    @property
    def holds(self) -> bool:
        return not self.ledger_left and not self.tallies_left


def verify_all(*, repairing: bool, say: Callable[[str], None]) -> Verified:
    """Compares everything, repairs it if asked to, and tells now and then how far it is."""
    db.session.commit()
    found, told = Verified(), _Told(say)
    _verify_ledger(found, told, repairing=repairing)
    _verify_tallies(found, told, repairing=repairing)
    with _looking():
        found.unfolded = backlog().rows
    return found


def _verify_ledger(found: Verified, told: "_Told", *, repairing: bool) -> None:
    with _looking():
        last = db.session.scalar(select(func.max(Visit.id))) or 0
    while True:
        with _looking():
            step = prove_next(found.ledger.upto)
        if step is None:
            return
        left = step.wrong_figures
        if repairing and step.wrong_visits:
            found.appended += _repair(step.wrong_visits)
            with _looking():
                left = prove(found.ledger.upto + 1, step.upto).wrong_figures
        found.ledger_left += left
        found.wrong_visits += len(step.wrong_visits)
        _add(found.ledger, step)
        told(f"Answers: {found.ledger.visits:,} visits compared, {100 * step.upto // max(last, step.upto)} %.")


def _add(whole: Proof, step: Proof) -> None:
    whole.visits += step.visits
    whole.figures += step.figures
    whole.wrong_figures += step.wrong_figures
    whole.wrong += step.wrong[: max(0, MOST_TOLD - len(whole.wrong))]
    whole.upto = step.upto


def _repair(visit_ids: list[int]) -> int:
    appended = 0
    for start in range(0, len(visit_ids), VISITS_A_REPAIR):
        some = visit_ids[start : start + VISITS_A_REPAIR]
        began = time.monotonic()
        with writing():
            entries = ledger.settle(some)
            audit.record("ledger.repaired", visits=len(some), entries=entries)
            db.session.commit()
        appended += entries
        give_way(time.monotonic() - began)
    return appended


def _verify_tallies(found: Verified, told: "_Told", *, repairing: bool) -> None:
    beyond, left = _mended(found, compare_bounds, repairing=repairing)
    found.tallies.add(beyond, most=MOST_TOLD)
    found.tallies_left = left + len(beyond.ahead)
    too_many = bool(beyond.ahead)
    with _looking():
        all_months = list(months())
    for number, month in enumerate(all_months, 1):
        first, left = _mended(found, partial(compare_month, month), repairing=repairing and not too_many)
        found.tallies.add(first, most=MOST_TOLD)
        found.tallies_left += left
        # More is wrong than is worth mending one by one.
        too_many = too_many or first.wrong_figures > len(first.wrong)
        told(f"Tallies: {number} of {len(all_months)} months compared.")
    if repairing and found.tallies_left:
        with writing():
            for folded, whole in refold():
                told(f"Folding anew: {folded:,} of {whole:,} ledger rows.")
        found.refolded = True
        found.tallies_left = _still_wrong(told)


def _mended(found: Verified, compare: Callable[[], TallyProof], *, repairing: bool) -> tuple[TallyProof, int]:
    """What was wrong at first, and how many figures still are: the folder or another repair may come between."""
    with _looking():
        first = now = compare()
    for _ in range(TRIES if repairing else 0):
        if not now.wrong_figures or now.wrong_figures > len(now.wrong):
            break
        with writing():
            found.mended += mend(now)
        with _looking():
            now = compare()
    return first, now.wrong_figures


def _still_wrong(told: "_Told") -> int:
    with _looking():
        bounds, all_months = compare_bounds(), list(months())
    wrong = bounds.wrong_figures + len(bounds.ahead)
    for number, month in enumerate(all_months, 1):
        with _looking():
            wrong += compare_month(month).wrong_figures
        told(f"Tallies: {number} of {len(all_months)} months compared again.")
    return wrong


@contextmanager
def _looking() -> Iterator[None]:
    """One short transaction that only reads, of one moment."""
    with reading():
        yield
        db.session.commit()


class _Told:
    """Says how far it is, but not all the time."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._next = time.monotonic() + SECONDS_BETWEEN_WORDS

    def __call__(self, words: str) -> None:
        if time.monotonic() >= self._next:
            self._say(words)
            self._next = time.monotonic() + SECONDS_BETWEEN_WORDS
