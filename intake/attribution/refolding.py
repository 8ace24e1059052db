"""Proof of the tallies: the ledger's folded rows summed from scratch, compared figure for figure; and a new start."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select, text

from intake.attribution import folding
from intake.attribution.folding_sql import TALLIES, TOGETHER, Tally, spread, standing_together
from intake.attribution.models import EVERYWHERE, Span, TallyState
from intake.db import db

FOLDED = "id <= (SELECT {ledger}_folded_to FROM tally_state)"  # the names are ours


@dataclass(frozen=True)
class Deviation:
    """One figure of a tally that is not what the ledger's rows sum to."""

    tally: str
    location_id: int
    span: Span
    day: date
    key: tuple[Any, ...]
    column: str
    stands: int
    should_stand: int

    def __str__(self) -> str:
        where = "all locations" if self.location_id == EVERYWHERE else f"location {self.location_id}"
        when = f"{self.day:%Y-%m}" if self.span == Span.MONTH else self.day.isoformat()
        which = ", ".join(str(part) for part in self.key)
        return (
            f"{self.tally} {when}, {where} ({which}): {self.column} is {self.stands} and should be {self.should_stand}"
        )


@dataclass
class TallyProof:
    """What was compared, and where the tallies are wrong. `ahead` are ledgers folded further than they reach."""

    figures: int = 0
    wrong: list[Deviation] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.wrong and not self.ahead


def compare_tallies() -> TallyProof:
    """Compares every figure of every tally with the ledger. What isn't folded yet has no tally to be wrong."""
    found = TallyProof()
    folding.take_time()
    state = db.session.execute(select(TallyState.credit_folded_to, TallyState.coverage_folded_to)).one()
    for (ledger, model), folded_to in zip(folding.LEDGERS.items(), state, strict=True):
        if folded_to > (db.session.scalar(select(func.max(model.id))) or 0):
            found.ahead.append(ledger)
    for tally in TALLIES:
        for *identity, is_wrong, sums in _compared(tally):
            found.figures += len(tally.amounts)
            if is_wrong:
                found.wrong.extend(_deviations(tally, identity, sums))
    return found


def refold() -> Iterator[tuple[int, int]]:
    """Empty the tallies and fold the ledger anew, committing after each step; yields as folding.fold_all.

    Reports stay exact meanwhile: what isn't folded yet is read from the ledger itself.
    """
    for tally in TALLIES:
        db.session.execute(text(f"DELETE FROM {tally.name}"))  # noqa: S608 - names of ours
    db.session.execute(
        text("UPDATE tally_state SET credit_folded_to = 0, coverage_folded_to = 0, times_begun = times_begun + 1")
    )
    db.session.commit()
    yield from folding.fold_all(rows=folding.ROWS_A_LARGE_STEP)


def _compared(tally: Tally) -> Iterator[tuple[Any, ...]]:
    dialect = db.session.get_bind().dialect.name
    folded = FOLDED.format(ledger=tally.ledger)
    read = standing_together(dialect, folded) if tally is TOGETHER else tally.read.format(window=folded)
    identity = ", ".join(tally.identity)
    owed = ", ".join(f"{name} AS owed_{name}, 0 AS kept_{name}" for name in tally.amounts)
    kept = ", ".join(f"0, {name}" for name in tally.amounts)
    sums = ", ".join(f"SUM(owed_{name}), SUM(kept_{name})" for name in tally.amounts)
    rows = db.session.execute(
        text(
            f"WITH fresh AS ({read}), every AS ({spread(tally, dialect, 'fresh')}),"  # noqa: S608 - names of ours
            f" both_sides AS (SELECT {identity}, {owed} FROM every"
            f" UNION ALL SELECT {identity}, {kept} FROM {tally.name})"
            f" SELECT {identity}, {sums} FROM both_sides GROUP BY {identity}"
        ),
        execution_options={"yield_per": 1_000},
    )
    width = len(tally.identity)
    for row in rows:
        amounts = [int(value) for value in row[width:]]
        pairs = list(zip(amounts[::2], amounts[1::2], strict=True))
        yield *row[:width], any(owed != kept for owed, kept in pairs), pairs


def _deviations(tally: Tally, identity: list[Any], pairs: list[tuple[int, int]]) -> Iterator[Deviation]:
    location_id, span, day, *key = identity
    for column, (owed, kept) in zip(tally.amounts, pairs, strict=True):
        if owed != kept:
            on = day if isinstance(day, date) else date.fromisoformat(day)
            yield Deviation(tally.name, location_id, Span(span), on, tuple(key), column, kept, owed)
