"""Proof of the tallies: the ledger's folded rows summed from scratch, compared figure for figure; and a new start.

Month by month, each in one statement that sees one moment: exact while the folder moves on, and never long at work.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Date, bindparam, func, select, text

from intake.attribution import folding
from intake.attribution.folding_sql import TALLIES, TOGETHER, Tally, spread, standing_together
from intake.attribution.models import (
    EVERYWHERE,
    About,
    Span,
    TallyCoverage,
    TallyPhysician,
    TallySource,
    TallyState,
    TallyTogether,
)
from intake.attribution.periods import Period, month_end
from intake.db import db

# The names are ours. The sign keeps planners from taking the row's number for the way in; the day is.
FOLDED = "+id <= (SELECT {ledger}_folded_to FROM tally_state)"
MODELS: dict[str, Any] = {
    model.__tablename__: model for model in (TallySource, TallyPhysician, TallyTogether, TallyCoverage)
}
# So many wrong figures of a month are kept to be told and mended; all are counted.
MOST_KEPT = 20_000


@dataclass(frozen=True)
class Deviation:
    """One figure of a tally that is not what the ledger's rows sum to."""

    tally: str
    location_id: int
    span: int
    day: date
    key: tuple[Any, ...]
    column: str
    stands: int
    should_stand: int

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that `key` holds."""
        return next(tally.keys for tally in TALLIES if tally.name == self.tally)

    def __str__(self) -> str:
        where = "all locations" if self.location_id == EVERYWHERE else f"location {self.location_id}"
        when = f"{self.day:%Y-%m}" if self.span == Span.MONTH else self.day.isoformat()
        which = ", ".join(f"{name} {part}" for name, part in zip(self.names, self.key, strict=True))
        return (
            f"{self.tally} {when}, {where} ({which}): {self.column} is {self.stands} and should be {self.should_stand}"
        )


@dataclass
class TallyProof:
    """What was compared, and where the tallies are wrong. `ahead` are ledgers folded further than they reach.

    `times_begun` is the beginning of the tallies that was compared.
    """

    figures: int = 0
    wrong_figures: int = 0
    wrong: list[Deviation] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    times_begun: int = 0

    @property
    def holds(self) -> bool:
        return not self.wrong_figures and not self.ahead

    def add(self, part: "TallyProof", *, most: int = MOST_KEPT) -> None:
        """Takes up what was found in another part."""
        self.figures += part.figures
        self.wrong_figures += part.wrong_figures
        self.wrong += part.wrong[: max(0, most - len(self.wrong))]
        self.ahead += part.ahead


def compare_tallies() -> TallyProof:
    """Compares every figure of every tally with the ledger, in the transaction at hand.

    What isn't folded yet has no tally to be wrong.
    """
    found = compare_bounds()
    for month in months():
        found.add(compare_month(month))
    return found


def compare_bounds() -> TallyProof:
    """How far the ledgers are folded, and rows of places and spans that no tally has."""
    folding.take_time()
    found = TallyProof()
    state = db.session.execute(
        select(TallyState.credit_folded_to, TallyState.coverage_folded_to, TallyState.times_begun)
    ).one()
    found.times_begun = state.times_begun
    for (ledger, model), folded_to in zip(folding.LEDGERS.items(), state[:2], strict=True):
        if folded_to > (db.session.scalar(select(func.max(model.id))) or 0):
            found.ahead.append(ledger)
    for tally in TALLIES:
        kept = ", ".join((*tally.identity, *tally.amounts))
        rows = db.session.execute(
            text(f"SELECT {kept} FROM {tally.name} WHERE NOT ({_known(tally)})")  # noqa: S608 - names of ours
        )
        width = len(tally.identity)
        for row in rows:
            found.figures += len(tally.amounts)
            _note(found, tally, row[:width], [(0, int(amount)) for amount in row[width:]])
    return found


def months() -> Iterator[date]:
    """First day of every month of which a ledger or a tally has a row, in order."""
    folding.take_time()
    days: set[date] = set()
    for model in MODELS.values():
        days |= {day.replace(day=1) for day in db.session.scalars(select(model.day).distinct())}
    for model in folding.LEDGERS.values():
        # From month to month by the index, rather than past every row.
        day = db.session.scalar(select(func.min(model.day)))
        while day is not None:
            days.add(day.replace(day=1))
            day = db.session.scalar(select(func.min(model.day)).where(model.day > month_end(day)))
    return iter(sorted(days))


def compare_month(month: date) -> TallyProof:
    """Compares every figure of every tally within the month that begins on this day."""
    folding.take_time()
    found = TallyProof(times_begun=db.session.scalars(select(TallyState.times_begun)).one())
    for tally in TALLIES:
        for identity, pairs in _compared(tally, Period(month, month_end(month))):
            found.figures += len(tally.amounts)
            _note(found, tally, identity, pairs)
    return found


def refold() -> Iterator[tuple[int, int]]:
    """Empty the tallies and fold the ledger anew, committing after each step; yields as folding.fold_all.

    Reports stay exact meanwhile: what isn't folded yet is read from the ledger itself.
    """
    folding.take_time()
    # First of all the state, as the folder does: who has it is alone with the tallies.
    db.session.execute(
        text("UPDATE tally_state SET credit_folded_to = 0, coverage_folded_to = 0, times_begun = times_begun + 1")
    )
    for tally in TALLIES:
        db.session.execute(text(f"DELETE FROM {tally.name}"))  # noqa: S608 - names of ours
    db.session.commit()
    yield from folding.fold_all(rows=folding.ROWS_A_MIDDLE_STEP)


def _compared(tally: Tally, days: Period) -> Iterator[tuple[tuple[Any, ...], list[tuple[int, int]]]]:
    """(identity, what each amount should be and what it is) of every row that there is or should be."""
    dialect = db.session.get_bind().dialect.name
    folded = f"{FOLDED.format(ledger=tally.ledger)} AND day BETWEEN :first AND :last"
    read = standing_together(dialect, folded) if tally is TOGETHER else tally.read.format(window=folded)
    identity = ", ".join(tally.identity)
    owed = ", ".join(f"{name} AS owed_{name}, 0 AS kept_{name}" for name in tally.amounts)
    kept = ", ".join(f"0, {name}" for name in tally.amounts)
    sums = ", ".join(f"SUM(owed_{name}), SUM(kept_{name})" for name in tally.amounts)
    statement = text(
        f"WITH fresh AS ({read}), every AS ({spread(tally, dialect, 'fresh')}),"  # noqa: S608 - names of ours
        f" both_sides AS (SELECT {identity}, {owed} FROM every UNION ALL SELECT {identity}, {kept} FROM {tally.name}"
        f" WHERE {_known(tally)} AND day BETWEEN :first AND :last)"
        f" SELECT {identity}, {sums} FROM both_sides GROUP BY {identity}"
    ).bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date))
    rows = db.session.execute(
        statement, {"first": days.first_day, "last": days.last_day}, execution_options={"yield_per": 1_000}
    )
    width = len(tally.identity)
    for row in rows:
        yield tuple(row[:width]), list(zip(map(int, row[width::2]), map(int, row[width + 1 :: 2]), strict=True))


def _known(tally: Tally) -> str:
    """SQL: rows of the places, spans and kinds there are; said so, the key leads straight to a month's days."""
    known = f"location_id IN (SELECT {EVERYWHERE} UNION SELECT id FROM location)"  # noqa: S608 - names of ours
    known += f" AND span IN ({', '.join(str(each.value) for each in Span)})"
    return known + (f" AND about IN ({', '.join(str(each.value) for each in About)})" if tally is TOGETHER else "")


def _note(found: TallyProof, tally: Tally, identity: Any, pairs: list[tuple[int, int]]) -> None:
    location_id, span, day, *key = identity
    for column, (owed, kept) in zip(tally.amounts, pairs, strict=True):
        if owed == kept:
            continue
        found.wrong_figures += 1
        if len(found.wrong) < MOST_KEPT:
            on = day if isinstance(day, date) else date.fromisoformat(day)
            found.wrong.append(Deviation(tally.name, location_id, span, on, tuple(key), column, kept, owed))
