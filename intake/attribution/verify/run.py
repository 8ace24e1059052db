"""Everything compared and repaired beside those who write.

Looks in short transactions that only read, so nobody waits; repairs in short ones that are each whole. Ended at any
moment, even by force, what was repaired stays, the rest is as it was, and the next run goes on.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import func, select

from intake.accounts.audit import audit_trail
from intake.attribution.rollup.refresh import backlog, give_way
from intake.attribution.verify.ledger import LedgerComparison, compare_next, compare_visits
from intake.attribution.verify.rollups import (
    RollupComparison,
    compare_bounds,
    compare_month,
    months,
    repair_bounds,
    repair_month,
)
from intake.db import db, reading, writing
from intake.directory.models import Visit
from intake.survey.ledger import entries as ledger

VISITS_A_REPAIR = 200
SECONDS_BETWEEN_WORDS = 2.0


@dataclass
class Verified:
    """What was found, what was done about it, and how many figures are still wrong after that."""

    ledger: LedgerComparison = field(default_factory=LedgerComparison)
    rollups: RollupComparison = field(default_factory=RollupComparison)
    wrong_visits: int = 0
    appended: int = 0
    mended: int = 0
    ledger_left: int = 0
    rollups_left: int = 0
    unfolded: int = 0

    @property
    def holds(self) -> bool:
        return not self.ledger_left and not self.rollups_left


def verify_all(*, repairing: bool, say: Callable[[str], None]) -> Verified:
    """Compare everything, repair it if asked to, and tell now and then how far it is."""
    db.session.commit()
    found, told = Verified(), _Progress(say)
    _verify_ledger(found, told, repairing=repairing)
    _verify_rollups(found, told, repairing=repairing)
    with _looking():
        found.unfolded = backlog()
    return found


def _verify_ledger(found: Verified, told: "_Progress", *, repairing: bool) -> None:
    with _looking():
        last = db.session.scalar(select(func.max(Visit.id))) or 0
    whole = found.ledger
    while True:
        with _looking():
            step = compare_next(whole.upto)
        if step is None:
            return
        left = step.wrong_figures
        if repairing and step.wrong_visits:
            found.appended += _repair_visits(step.wrong_visits)
            with _looking():
                left = compare_visits(whole.upto + 1, step.upto).wrong_figures
        found.ledger_left += left
        found.wrong_visits += len(step.wrong_visits)
        whole.add(step)
        whole.visits, whole.upto = whole.visits + step.visits, step.upto
        told(f"Answers: {whole.visits:,} visits compared, {100 * step.upto // max(last, step.upto)} %.")


def _repair_visits(visit_ids: list[int]) -> int:
    appended = 0
    for start in range(0, len(visit_ids), VISITS_A_REPAIR):
        some = visit_ids[start : start + VISITS_A_REPAIR]
        began = time.monotonic()
        with writing():
            entries = ledger.settle(some)
            audit_trail.record("ledger.repaired", visits=len(some), entries=entries)
            db.session.commit()
        appended += entries
        give_way(time.monotonic() - began)
    return appended


def _verify_rollups(found: Verified, told: "_Progress", *, repairing: bool) -> None:
    def look(compare: Callable[[], RollupComparison], repair: Callable[[RollupComparison], None]) -> None:
        with _looking():
            first = left = compare()
        if repairing and not first.holds:
            with writing():
                repair(first)
            with _looking():
                left = compare()
            found.mended += first.wrong_figures - left.wrong_figures
        found.rollups.add(first)
        found.rollups.ahead += first.ahead
        found.rollups_left += left.wrong_figures + len(left.ahead)

    look(compare_bounds, lambda _: repair_bounds())
    with _looking():
        all_months = list(months())
    for number, month in enumerate(all_months, 1):
        look(lambda month=month: compare_month(month), lambda first, month=month: repair_month(month, first.days))  # type: ignore[misc]
        told(f"Rollups: {number} of {len(all_months)} months compared.")


@contextmanager
def _looking() -> Iterator[None]:
    """One short transaction that only reads, of one moment."""
    with reading():
        yield
        db.session.commit()


class _Progress:
    """Says how far it is, but not all the time."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._next = time.monotonic() + SECONDS_BETWEEN_WORDS

    def __call__(self, words: str) -> None:
        if time.monotonic() >= self._next:
            self._say(words)
            self._next = time.monotonic() + SECONDS_BETWEEN_WORDS
