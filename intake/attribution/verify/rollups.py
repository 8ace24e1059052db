"""The rollups compared with the ledger's folded rows, summed from scratch, and made again where they are wrong.

Month by month, each in one statement that sees one moment: exact while refreshes go on, and never long at work.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Date, bindparam, delete, func, select, text, update

from intake.attribution.filters.periods import month_end
from intake.attribution.rollup import refresh_sql
from intake.attribution.rollup.models import (
    EVERYWHERE,
    FOLDED_TO,
    LEDGER_OF,
    ROLLUPS,
    CoMentionKind,
    CoMentionRollup,
    RollupSpan,
    RollupState,
)
from intake.attribution.rollup.refresh import take_time
from intake.attribution.verify.comparison import TableComparison, WrongFigure
from intake.db import db
from intake.directory.models import Location

# The names are ours. The sign keeps planners from taking the row's number for the way in; the day is.
FOLDED = "+id <= (SELECT {column} FROM tally_state) AND day BETWEEN :first AND :last"
DAYS = (bindparam("first", type_=Date), bindparam("last", type_=Date))


@dataclass
class RollupComparison(TableComparison):
    """What was found, on which days, and which ledgers are said to be folded further than they reach."""

    days: set[date] = field(default_factory=set)
    ahead: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.wrong_figures and not self.ahead


def compare_rollups() -> RollupComparison:
    """Compare every figure of every rollup, in the transaction at hand. What isn't folded yet can't be wrong."""
    found = compare_bounds()
    for month in months():
        found.add(compare_month(month))
    return found


def compare_bounds() -> RollupComparison:
    """How far the ledgers are folded, and rows of places and spans that no rollup has."""
    found = RollupComparison()
    for ledger, column in FOLDED_TO.items():
        reach = db.session.scalar(select(func.max(ledger.id))) or 0
        if db.session.scalars(select(column)).one() > reach:
            found.ahead.append(ledger.__tablename__.removesuffix("_entry"))
    for rollup in ROLLUPS:
        for row in db.session.execute(select(rollup.__table__).where(~_known(rollup))).mappings():
            _note(found, rollup, row, dict.fromkeys(rollup.amounts(), 0), row)
    return found


def repair_bounds() -> None:
    """Set back what is said to be folded to what there is, and drop rows that no rollup has; commits."""
    _claim()
    for ledger, column in FOLDED_TO.items():
        reach = db.session.scalar(select(func.max(ledger.id))) or 0
        db.session.execute(update(RollupState).where(column > reach).values({column: reach}))
    for rollup in ROLLUPS:
        db.session.execute(delete(rollup.__table__).where(~_known(rollup)))
    db.session.commit()


def months() -> Iterator[date]:
    """First day of every month of which a ledger or a rollup has a row, in order."""
    take_time()
    days: set[date] = set()
    for rollup in ROLLUPS:
        days |= {day.replace(day=1) for day in db.session.scalars(select(rollup.day).distinct())}
    for ledger in FOLDED_TO:
        # From month to month by the index, rather than past every row.
        day = db.session.scalar(select(func.min(ledger.day)))
        while day is not None:
            days.add(day.replace(day=1))
            day = db.session.scalar(select(func.min(ledger.day)).where(ledger.day > month_end(day)))
    return iter(sorted(days))


def compare_month(month: date) -> RollupComparison:
    """Compare every figure of every rollup within the month that begins on this day."""
    take_time()
    found, dialect = RollupComparison(), db.session.get_bind().dialect.name
    for rollup in ROLLUPS:
        identity = ", ".join(("location_id", "span", "day", *rollup.own_key()))
        owed = ", ".join(f"{name} AS owed_{name}, 0 AS kept_{name}" for name in rollup.amounts())
        kept = ", ".join(f"0, {name}" for name in rollup.amounts())
        sums = ", ".join(f"SUM(owed_{name}) AS owed_{name}, SUM(kept_{name}) AS {name}" for name in rollup.amounts())
        known = _known(rollup).compile(db.engine, compile_kwargs={"literal_binds": True})
        statement = text(
            f"WITH fresh AS ({_fresh(rollup, dialect)}), every AS ({refresh_sql.spread(rollup, dialect)}),"  # noqa: S608
            f" both_sides AS (SELECT {identity}, {owed} FROM every UNION ALL SELECT {identity}, {kept}"
            f" FROM {rollup.__tablename__} WHERE {known} AND day BETWEEN :first AND :last)"
            f" SELECT {identity}, {sums} FROM both_sides GROUP BY {identity}"
        ).bindparams(*DAYS)
        rows = db.session.execute(statement, _days(month), execution_options={"yield_per": 1_000})
        for row in rows.mappings():
            _note(found, rollup, row, {name: int(row[f"owed_{name}"]) for name in rollup.amounts()}, row)
    return found


def repair_month(month: date, days: set[date]) -> None:
    """Make these days again from the ledger's folded rows, each in a transaction of its own, then their month."""
    dialect = db.session.get_bind().dialect.name
    for day in sorted(days):
        _claim()
        for rollup in ROLLUPS:
            _drop(rollup, RollupSpan.DAY, day, day)
            words = (
                refresh_sql.insert_all(rollup, dialect, _fresh(rollup, dialect)) + f" AND span = {RollupSpan.DAY.value}"
            )
            db.session.execute(text(words).bindparams(*DAYS), {"first": day, "last": day})
        db.session.commit()
    _claim()
    for rollup in ROLLUPS:
        _drop(rollup, RollupSpan.MONTH, month, month_end(month))
        table, keys = rollup.__table__, [rollup.__table__.c[name] for name in ("location_id", *rollup.own_key())]
        sums = [func.sum(table.c[name]) for name in rollup.amounts()]
        of_days = (
            select(*keys, bindparam("span", int(RollupSpan.MONTH)), bindparam("month", month, Date), *sums)
            .where(_known(rollup), table.c.span == int(RollupSpan.DAY), table.c.day.between(month, month_end(month)))
            .group_by(*keys)
        )
        names = [each.name for each in keys] + ["span", "day", *rollup.amounts()]
        db.session.execute(table.insert().from_select(names, of_days))
    db.session.commit()


def _claim() -> None:
    """Lock the rollups for this transaction; refreshes stand back, and what was read of them before no longer holds."""
    take_time()
    if db.session.get_bind().dialect.name == "postgresql":
        # A refresh may be at work for longer than a page would wait.
        db.session.execute(text("SET LOCAL lock_timeout = 0"))
    db.session.execute(update(RollupState).values(times_begun=RollupState.times_begun + 1))


def _drop(rollup: Any, span: RollupSpan, first: date, last: date) -> None:
    table = rollup.__table__
    there = table.c.span == int(span), table.c.day.between(first, last)
    db.session.execute(delete(table).where(_known(rollup), *there))


def _days(month: date) -> dict[str, date]:
    return {"first": month, "last": month_end(month)}


def _fresh(rollup: Any, dialect: str) -> str:
    """SQL: what the ledger's folded rows between two days sum to."""
    folded = FOLDED.format(column=FOLDED_TO[LEDGER_OF[rollup]].key)
    if rollup is CoMentionRollup:
        return refresh_sql.standing_co_mentions(dialect, folded)
    return refresh_sql.ledger_sums(rollup, folded)


def _known(rollup: Any) -> Any:
    """SQL: rows of the places, spans and kinds there are; said so, the key leads straight to a month's days."""
    places = select(Location.id).union_all(select(func.abs(EVERYWHERE)))
    known = rollup.location_id.in_(places) & rollup.span.in_([int(each) for each in RollupSpan])
    return known & rollup.about.in_([int(each) for each in CoMentionKind]) if rollup is CoMentionRollup else known


def _note(found: RollupComparison, rollup: Any, row: Any, owed: Any, kept: Any) -> None:
    found.figures += len(rollup.amounts())
    for column in rollup.amounts():
        if owed[column] != int(kept[column]):
            day = row["day"] if isinstance(row["day"], date) else date.fromisoformat(row["day"])
            key = {name: row[name] for name in ("span", "location_id", *rollup.own_key())}
            found.note(WrongFigure(rollup.__tablename__, {"day": day, **key}, column, int(kept[column]), owed[column]))
            found.days |= {day} if row["span"] == RollupSpan.DAY else set()
