"""The folder: brings the tallies up to date with the ledger, while the ledger grows.

Ledger rows are numbered, appended and never changed, so "folded up to row 4,711" says everything, in one number that
moves in the same transaction as the tallies: a folder that is killed has done nothing, and readers add the rows after
it in the same statement. Answers never wait for the folder; it is the only writer of the tallies.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, text

from intake.attribution import folding_sql
from intake.attribution.folding_sql import TALLIES
from intake.attribution.models import TallyState
from intake.db import db
from intake.survey.models import CoverageEntry, CreditEntry

LEDGERS: dict[str, Any] = {"credit": CreditEntry, "coverage": CoverageEntry}
# Rows in one transaction: on the embedded file answers wait for as long as it takes.
ROWS_A_STEP = 5_000
ROWS_A_LARGE_STEP = 100_000
# For folding much while others write.
ROWS_A_MIDDLE_STEP = 25_000
WAIT_SECONDS = 2.0
LOOK_SECONDS = 0.01
QUICK_SECONDS, GIVE_WAY_SECONDS = 0.1, 0.12

# Whoever inserts into a table holds this lock on it from before its rows are numbered until they are committed.
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND relation = CAST(:ledger AS regclass) AND granted AND pid IS DISTINCT FROM pg_backend_pid()"
)


@dataclass(frozen=True)
class Backlog:
    """How many rows of either ledger are not folded yet, as far as their numbers tell."""

    credit: int
    coverage: int

    @property
    def rows(self) -> int:
        return self.credit + self.coverage


def fold(*, rows: int = ROWS_A_STEP) -> int:
    """Fold up to `rows` rows of each ledger; returns how many numbers it moved on, 0 when there was nothing to do.

    Flushes; the caller commits, at once. While another folder is at work this one does nothing.
    """
    connection = db.session.connection()
    state = _claimed(connection)
    if state is None:
        return 0
    moved = 0
    for ledger, folded_to in state.items():
        upto = _settled(connection, ledger, folded_to, rows)
        if upto <= folded_to:
            continue
        _fold(connection, ledger, folded_to, upto)
        moved += upto - folded_to
    return moved


def fold_all(*, rows: int = ROWS_A_STEP) -> Iterator[tuple[int, int]]:
    """Fold everything there is, committing after each step; yields (rows folded so far, rows to fold)."""
    folded, whole = 0, backlog().rows
    while True:
        began = time.monotonic()
        take_time()
        moved = fold(rows=rows)
        db.session.commit()
        if not moved:
            return
        folded += moved
        yield folded, max(whole, folded)
        give_way(time.monotonic() - began)


def give_way(worked_seconds: float) -> None:
    """Lets whoever waits for the embedded file have it, after a step that kept it for so long.

    Writers of other processes ask again every tenth of a second, so who goes on at once would keep them out for good.
    """
    if worked_seconds > QUICK_SECONDS and db.engine.dialect.name == "sqlite":
        time.sleep(GIVE_WAY_SECONDS)


def take_time() -> None:
    """Lets this transaction's statements take as long as they need."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def backlog() -> Backlog:
    """What waits to be folded."""
    last = [select(func.max(model.id)).scalar_subquery() for model in LEDGERS.values()]
    row = db.session.execute(select(TallyState.credit_folded_to, TallyState.coverage_folded_to, *last)).one()
    return Backlog(max(0, (row[2] or 0) - row[0]), max(0, (row[3] or 0) - row[1]))


def _claimed(connection: Connection) -> dict[str, int] | None:
    """The state, locked for this transaction; None while another folder has it."""
    query = select(TallyState.credit_folded_to, TallyState.coverage_folded_to).with_for_update(skip_locked=True)
    row = connection.execute(query).first()
    return None if row is None else {"credit": row.credit_folded_to, "coverage": row.coverage_folded_to}


def _settled(connection: Connection, ledger: str, folded_to: int, rows: int) -> int:
    """A row number up to which nothing can appear any more; `folded_to` when there is none further on.

    Numbers are given out before transactions end, so on PostgreSQL row 12 may be seen before row 11. Every transaction
    that might still bring a lower number is one that is writing to the ledger now: once these have ended, all is seen
    that ever will be. None of them waits for us. On the embedded file there is one writer, which is this one.
    """
    model = LEDGERS[ledger]
    last = connection.scalar(select(func.max(model.id))) or 0
    upto = min(last, folded_to + rows)
    if upto <= folded_to or connection.dialect.name == "sqlite":
        return upto
    table = {"ledger": model.__tablename__}
    at_work = set(connection.scalars(_WRITERS, table))
    patience = time.monotonic() + WAIT_SECONDS
    while at_work:
        if time.monotonic() > patience:
            # A long import, most likely; its rows are read as they are until it ends.
            return folded_to
        time.sleep(LOOK_SECONDS)
        at_work &= set(connection.scalars(_WRITERS, table))
    return upto


def _fold(connection: Connection, ledger: str, after: int, upto: int) -> None:
    dialect = connection.dialect.name
    window = {"after": after, "upto": upto}
    for tally in TALLIES:
        if tally.ledger == ledger:
            connection.execute(text(folding_sql.fold(tally, dialect)), window)
    connection.execute(text(f"UPDATE tally_state SET {ledger}_folded_to = :upto"), {"upto": upto})  # noqa: S608
