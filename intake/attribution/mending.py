"""Mending tallies in place: what a figure lacks is added to it, whatever the folder has added meanwhile.

A tally is a sum of ledger rows, so what it lacked at one moment it lacks until somebody adds it; only tallies begun
anew have nothing to do with it any more.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import delete, insert, text, update

from intake.attribution.folding import take_time
from intake.attribution.refolding import MODELS, Deviation, TallyProof
from intake.db import db

# Rows in one transaction: on the embedded file answers wait for as long as it takes.
ROWS_A_STEP = 300


def mend(found: TallyProof) -> int:
    """Adds what the figures of `found` lack, committing some hundred rows at a time; returns how many figures.

    Does nothing more once somebody else begins the tallies anew or mends them too: then they are to be compared again.
    """
    mended, begun = 0, found.times_begun
    rows = [list(each) for _, each in groupby(found.wrong, key=_identity)]
    for start in range(0, len(rows), ROWS_A_STEP):
        step = rows[start : start + ROWS_A_STEP]
        if not _claimed(begun):
            db.session.rollback()
            break
        begun += 1
        for figures in step:
            _add(figures)
            mended += len(figures)
        db.session.commit()
    return mended


def _claimed(begun: int) -> bool:
    """Whether these are still the tallies that were compared; whoever remembers sums of them is told they changed."""
    take_time()
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        # The folder may be at work for longer than a page would wait.
        connection.execute(text("SET LOCAL lock_timeout = 0"))
    words = text("UPDATE tally_state SET times_begun = times_begun + 1 WHERE times_begun = :begun")
    return connection.execute(words, {"begun": begun}).rowcount == 1


def _add(figures: Sequence[Deviation]) -> None:
    model, key = MODELS[figures[0].tally], _key(figures[0])
    lacks = {each.column: each.should_stand - each.stands for each in figures}
    this = [getattr(model, name) == value for name, value in key.items()]
    more = {name: getattr(model, name) + amount for name, amount in lacks.items()}
    connection = db.session.connection()
    if connection.execute(update(model).where(*this).values(more)).rowcount == 0:
        nothing = dict.fromkeys(_amounts(model), 0)
        connection.execute(insert(model).values({**key, **nothing, **lacks}))
    # What nothing adds up to any more is no row.
    connection.execute(delete(model).where(*this, *(getattr(model, name) == 0 for name in _amounts(model))))


def _identity(each: Deviation) -> tuple[Any, ...]:
    return each.tally, each.location_id, each.span, each.day, each.key


def _key(each: Deviation) -> dict[str, Any]:
    own = dict(zip(each.names, each.key, strict=True))
    return {"location_id": each.location_id, "span": each.span, "day": each.day, **own}


def _amounts(model: Any) -> list[str]:
    return [column.name for column in model.__table__.columns if not column.primary_key]
