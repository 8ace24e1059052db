"""The refresh: brings the rollups up to date with the ledger, while the ledger grows.

Ledger rows are numbered, appended and never changed, so "folded up to row 4,711" says everything, in one number that
moves in the same transaction as the rollups: a refresh that is killed has done nothing, and readers add the rows
after the number. Answers never wait for it.
"""

import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select, text, update

from intake.attribution.rollup import refresh_sql
from intake.attribution.rollup.models import FOLDED_TO, LEDGER_OF, ROLLUPS, RollupState
from intake.db import db

# Rows in one transaction: on the embedded file answers wait for as long as it takes.
ROWS_A_STEP = 5_000
ROWS_A_LARGE_STEP = 100_000
WAIT_SECONDS = 2.0
LOOK_SECONDS = 0.01
QUICK_SECONDS, GIVE_WAY_SECONDS = 0.1, 0.12

# A transaction that inserts into a table holds this lock from before its rows are numbered until it ends.
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND relation = CAST(:ledger AS regclass) AND granted AND pid IS DISTINCT FROM pg_backend_pid()"
)


def refresh(*, rows: int = ROWS_A_STEP) -> int:
    """Fold up to `rows` rows of each ledger; return how many numbers it moved on, 0 when there was nothing to do.

    Flushes; the caller commits, at once. While another refresh is at work this one does nothing.
    """
    connection = db.session.connection()
    claimed = connection.execute(select(*FOLDED_TO.values()).with_for_update(skip_locked=True)).first()
    if claimed is None:
        return 0
    moved = 0
    for (ledger, column), after in zip(FOLDED_TO.items(), claimed, strict=True):
        upto = _settled(connection, ledger, after, rows)
        if upto <= after:
            continue
        for rollup in ROLLUPS:
            if LEDGER_OF[rollup] is ledger:
                words = text(refresh_sql.add_window(rollup, connection.dialect.name))
                connection.execute(words, {"after": after, "upto": upto})
        connection.execute(update(RollupState).values({column: upto}))
        moved += upto - after
    return moved


def refresh_all(*, rows: int = ROWS_A_STEP) -> Iterator[tuple[int, int]]:
    """Fold everything there is, committing after each step; yield (rows folded so far, rows to fold)."""
    folded, whole = 0, backlog()
    while True:
        began = time.monotonic()
        take_time()
        moved = refresh(rows=rows)
        db.session.commit()
        if not moved:
            return
        folded += moved
        yield folded, max(whole, folded)
        give_way(time.monotonic() - began)


def backlog() -> int:
    """How many rows of either ledger are not folded yet, as far as their numbers tell."""
    last = [select(func.max(model.id)).scalar_subquery() for model in FOLDED_TO]
    row = db.session.execute(select(*FOLDED_TO.values(), *last)).one()
    return max(0, (row[2] or 0) - row[0]) + max(0, (row[3] or 0) - row[1])


def give_way(worked_seconds: float) -> None:
    """Let others have the embedded file, after a step that kept it for so long.

    Writers of other processes ask again every tenth of a second, so going on at once would keep them out for good.
    """
    if worked_seconds > QUICK_SECONDS and db.engine.dialect.name == "sqlite":
        time.sleep(GIVE_WAY_SECONDS)


def take_time() -> None:
    """Let this transaction's statements take as long as they need."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def _settled(connection: Connection, ledger: Any, folded_to: int, rows: int) -> int:
    """Return a row number up to which nothing can appear any more; `folded_to` when there is none further on.

    Numbers are given out before transactions end, so on PostgreSQL row 12 may be seen before row 11. Every transaction
    that might still bring a lower number is one that is writing to the ledger now: once these have ended, all is seen
    that ever will be. None of them waits for us. On the embedded file there is one writer, which is this one.
    """
    last = connection.scalar(select(func.max(ledger.id))) or 0
    upto = min(last, folded_to + rows)
    if upto <= folded_to or connection.dialect.name == "sqlite":
        return upto
    table = {"ledger": ledger.__tablename__}
    at_work = set(connection.scalars(_WRITERS, table))
    patience = time.monotonic() + WAIT_SECONDS
    while at_work:
        if time.monotonic() > patience:
            # A long import, most likely; its rows are read as they are until it ends.
            return folded_to
        time.sleep(LOOK_SECONDS)
        at_work &= set(connection.scalars(_WRITERS, table))
    return upto
