"""The ledger compared with what it should hold, some thousand visits at a time, so that it takes the same room
however many there are.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from intake.attribution.verify.comparison import TableComparison, WrongFigure
from intake.attribution.verify.expected_ledger import Sums, expected_ledger
from intake.db import db
from intake.directory.models import Visit
from intake.survey.ledger.entries import COVERAGE, CREDIT, LedgerTable
from intake.survey.models import ReplyElsewhere

VISITS_A_STEP = 5_000


@dataclass
class LedgerComparison(TableComparison):
    """What was found at `visits` visits, at which of them the ledger is wrong, and the last that was looked at."""

    visits: int = 0
    wrong_visits: list[int] = field(default_factory=list)
    upto: int = 0


def compare_ledger() -> LedgerComparison:
    """Compare all of it, in the transaction at hand."""
    found = LedgerComparison()
    while step := compare_next(found.upto):
        found.add(step)
        found.visits += step.visits
        found.wrong_visits += step.wrong_visits
        found.upto = step.upto
    return found


def compare_next(after: int) -> LedgerComparison | None:
    """Compare the next visits after this number; None when there is none."""
    ids = select(Visit.id).where(Visit.id > after).order_by(Visit.id).limit(VISITS_A_STEP).subquery()
    last: int | None = db.session.scalar(select(func.max(ids.c.id)))
    return None if last is None else compare_visits(after + 1, last)


def compare_visits(first: int, last: int) -> LedgerComparison:
    """Compare the visits with numbers from `first` to `last`."""
    should = expected_ledger(first, last)
    found = LedgerComparison(visits=should.visits, upto=last)
    wrong_visits: set[int] = set()
    for book, owed in ((CREDIT, should.credit), (COVERAGE, should.coverage)):
        names = book.amounts
        found.figures += sum(len(names) - sums.count(0) for sums in owed.values())
        stands = _standing(book, first, last)
        if stands == owed:
            continue
        nothing = (0,) * len(names)
        for key in sorted({*stands, *owed}, key=lambda key: (key[0], repr(key))):
            said = {name: value for name, value in zip(book.keys, key, strict=True) if value is not None}
            for name, is_there, due in zip(names, stands.get(key, nothing), owed.get(key, nothing), strict=True):
                if is_there != due:
                    found.note(WrongFigure(book.model.__tablename__, said, name, is_there, due))
                    wrong_visits.add(key[0])
    kept = _reply_visits(first, last)
    found.figures += len(should.elsewhere)
    for visit_id in sorted({*kept, *should.elsewhere}):
        is_there, due = kept.get(visit_id, 0), should.elsewhere.get(visit_id, 0)
        if is_there != due:
            at = {"visit_id": visit_id}
            found.note(WrongFigure(ReplyElsewhere.__tablename__, at, "reply_visit_id", is_there, due))
            wrong_visits.add(visit_id)
    found.wrong_visits = sorted(wrong_visits)
    return found


def _reply_visits(first: int, last: int) -> dict[int, int]:
    """Where those replied who count at these visits and replied at another."""
    columns = (ReplyElsewhere.counted_visit_id, ReplyElsewhere.reply_visit_id)
    rows = db.session.execute(select(*columns).where(columns[0].between(first, last)))
    return {row[0]: row[1] for row in rows}


def _standing(book: LedgerTable, first: int, last: int) -> Sums:
    """What the ledger's rows of these visits add up to; what sums to nothing is absent."""
    table: Any = book.model.__table__
    keys = book.keys
    query = select(*(table.c[name] for name in (*keys, *book.amounts)))
    width = len(keys)
    found: Sums = {}
    several: set[tuple[Any, ...]] = set()
    for row in db.session.execute(query.where(table.c.visit_id.between(first, last))):
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
