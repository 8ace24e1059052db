"""Proof of the ledger: what should stand, folded anew from visits, asks and answers, compared figure for figure.

Deliberately not the code that writes the ledger: what should stand is worked out here from the rows themselves
(owed.py), and only the arithmetic of crediting (survey/crediting.py, tested on its own) is shared. Goes through the
visits by number, some thousands at a time, so it takes the same room however many there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from intake.attribution.owed import COVERAGE_SUMS, CREDIT_SUMS, Sums, owed
from intake.db import db
from intake.directory.models import Visit
from intake.survey.models import CoverageEntry, CreditEntry

VISITS_A_STEP = 5_000
# So many wrong figures are kept to be told; all are counted and repaired.
MOST_KEPT = 1_000
CREDIT_KEYS = ("day", "location_id", "source_id", "physician_id", "referring_patient_id", "channel", "staff_id")
COVERAGE_KEYS = ("day", "location_id", "channel", "staff_id")
BOOKS: tuple[tuple[Any, tuple[str, ...], tuple[str, ...]], ...] = (
    (CreditEntry, CREDIT_KEYS, CREDIT_SUMS),
    (CoverageEntry, COVERAGE_KEYS, COVERAGE_SUMS),
)


@dataclass(frozen=True)
class Difference:
    """One sum of the ledger that is not what the answers say. `key` reads as in the ledger's columns."""

    visit_id: int
    book: str
    key: tuple[Any, ...]
    column: str
    stands: int
    should_stand: int

    @property
    def named_key(self) -> dict[str, Any]:
        """The key with the names of its columns; what isn't set is left out."""
        names = CREDIT_KEYS if self.book == CreditEntry.__tablename__ else COVERAGE_KEYS
        return {name: value for name, value in zip(names, self.key, strict=True) if value is not None}


@dataclass
class Proof:
    """What was compared, and where the ledger is wrong: the first differences, how many there are, at which visits.

    `upto` is the number of the last visit that was looked at.
    """

    visits: int = 0
    figures: int = 0
    wrong_figures: int = 0
    wrong: list[Difference] = field(default_factory=list)
    wrong_visits: list[int] = field(default_factory=list)
    upto: int = 0


def proof() -> Proof:
    """Compares the whole ledger with a fold from scratch, in the transaction at hand."""
    found = Proof()
    for step in iter(lambda: prove_next(found.upto), None):
        found.visits += step.visits
        found.figures += step.figures
        found.wrong_figures += step.wrong_figures
        found.wrong += step.wrong[: MOST_KEPT - len(found.wrong)]
        found.wrong_visits += step.wrong_visits
        found.upto = step.upto
    return found


def prove_next(after: int) -> Proof | None:
    """Compares the next visits after this number; None when there is none."""
    ids = select(Visit.id).where(Visit.id > after).order_by(Visit.id).limit(VISITS_A_STEP).subquery()
    last: int | None = db.session.scalar(select(func.max(ids.c.id)))
    return None if last is None else prove(after + 1, last)


def prove(first: int, last: int) -> Proof:
    """Compares the visits with numbers from `first` to `last`."""
    visits, *should = owed(first, last)
    found = Proof(visits=visits, upto=last)
    wrong_visits: set[int] = set()
    for (model, keys, names), owes in zip(BOOKS, should, strict=True):
        found.figures += sum(len(names) - sums.count(0) for sums in owes.values())
        stands = _standing(model, keys, names, first, last)
        if stands == owes:
            continue
        for each in _differences(model.__tablename__, names, stands, owes):
            found.wrong_figures += 1
            wrong_visits.add(each.visit_id)
            if len(found.wrong) < MOST_KEPT:
                found.wrong.append(each)
    found.wrong_visits = sorted(wrong_visits)
    return found


def _standing(model: Any, keys: tuple[str, ...], names: tuple[str, ...], first: int, last: int) -> Sums:
    table = model.__table__
    rows = db.session.execute(
        select(table.c.visit_id, *(table.c[name] for name in (*keys, *names))).where(
            table.c.visit_id.between(first, last)
        )
    )
    width = len(keys) + 1
    found: Sums = {}
    several: set[tuple[Any, ...]] = set()
    for row in rows:
        key, sums = tuple(row[:width]), tuple(row[width:])
        if key in found:
            several.add(key)
            sums = tuple(map(int.__add__, found[key], sums))
        found[key] = sums
    for key in several:
        if not any(found[key]):
            # Taken back.
            del found[key]
    return found


def _differences(book: str, names: tuple[str, ...], stands: Sums, owes: Sums) -> Iterator[Difference]:
    nothing = (0,) * len(names)
    for key in sorted({*stands, *owes}, key=lambda key: (key[0], repr(key))):
        pairs = zip(names, stands.get(key, nothing), owes.get(key, nothing), strict=True)
        for name, is_there, should_be in pairs:
            if is_there != should_be:
                yield Difference(key[0], book, key[1:], name, is_there, should_be)
