"""The ledger: signed rows of credit and coverage, appended in the transaction that changes an answer or a visit.

What should stand for a visit follows from its row, its asks and its current answer. `settle` compares that with
what the ledger sums to and appends the difference, so it may be called at any time, any number of times.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select

from intake.db import db
from intake.directory.models import Visit, is_eligible
from intake.survey.answers.effective_answer import current_turns
from intake.survey.ledger.counting import credited_mentions
from intake.survey.ledger.crediting import CreditedMention, credits_of
from intake.survey.models import Answer, Ask, CoverageEntry, CreditEntry, Outcome
from intake.survey.outcomes import REPLIES

BATCH = 500


class CreditKey(NamedTuple):
    day: date
    location_id: int
    source_id: int | None
    physician_id: int | None
    referring_patient_id: int | None
    channel: str
    staff_id: int | None


class CoverageKey(NamedTuple):
    day: date
    location_id: int
    channel: str | None
    staff_id: int | None


@dataclass(frozen=True)
class LedgerTable:
    """One of the two ledger tables: what its rows are keyed by beside the visit, and what they add up."""

    model: type[CreditEntry] | type[CoverageEntry]
    key_type: type[CreditKey] | type[CoverageKey]
    amounts: tuple[str, ...]


CREDIT = LedgerTable(CreditEntry, CreditKey, ("primary_units", "any_units", "fractional_units"))
COVERAGE = LedgerTable(CoverageEntry, CoverageKey, ("eligible", "asked", *map(str, REPLIES)))


@dataclass(frozen=True)
class VisitFacts:
    """What the ledger needs to know of a visit."""

    visit_id: int
    day: date
    location_id: int
    eligible: bool


@dataclass(frozen=True)
class AskKey:
    """Where the question was put and by whom; keys the ledger's rows."""

    channel: str
    staff_id: int | None


Sums = Counter[tuple[Any, str]]


def credit_rows(visit: VisitFacts, asked: AskKey, mentions: Sequence[CreditedMention]) -> list[dict[str, Any]]:
    """Rows for the answer of an eligible visit that has no credit yet."""
    return [
        {"visit_id": visit.visit_id}
        | _credit_key(visit, asked, credit.of)._asdict()
        | {
            "primary_units": credit.primary,
            "any_units": credit.any_mention,
            "fractional_units": credit.fractional,
        }
        for credit in credits_of(mentions)
    ]


def coverage_row(visit: VisitFacts, by: AskKey | None, **counts: int) -> dict[str, Any]:
    """One coverage row; `counts` are columns of coverage_entry, the rest are 0."""
    key = _coverage_key(visit, by)._asdict()
    return {"visit_id": visit.visit_id} | key | dict.fromkeys(COVERAGE.amounts, 0) | counts


def settle(visit_ids: Collection[int]) -> int:
    """Append whatever makes the ledger agree with these visits; returns the number of rows appended. Flushes.

    Locks the visits first, so that an answer recorded at the same moment waits or is seen.
    """
    appended = 0
    ordered = sorted(set(visit_ids))
    for start in range(0, len(ordered), BATCH):
        appended += _settle_batch(ordered[start : start + BATCH])
    return appended


def _settle_batch(visit_ids: list[int]) -> int:
    db.session.flush()
    connection = db.session.connection()
    visits = lock_visits(connection, visit_ids)
    owed_credit, owed_coverage = _owed(connection, visits)
    appended = 0
    for book, owed in ((CREDIT, owed_credit), (COVERAGE, owed_coverage)):
        missing = _differences(connection, book, visit_ids, owed)
        if missing:
            connection.execute(insert(book.model), missing)
        appended += len(missing)
    return appended


def lock_visits(connection: Connection, visit_ids: Collection[int]) -> list[VisitFacts]:
    """Facts of these visits, their rows locked until the transaction ends, in one order so that none deadlock."""
    rows = connection.execute(
        select(Visit.id, Visit.visit_date, Visit.location_id, Visit.visit_type, Visit.status)
        .where(Visit.id.in_(visit_ids))
        .order_by(Visit.id)
        .with_for_update()
    )
    return [
        VisitFacts(row.id, row.visit_date, row.location_id, is_eligible(visit_type=row.visit_type, status=row.status))
        for row in rows
    ]


def _owed(connection: Connection, visits: Iterable[VisitFacts]) -> tuple[Sums, Sums]:
    """What should stand: ((visit id, key), column) → amount, for credit and for coverage."""
    eligible = {visit.visit_id: visit for visit in visits if visit.eligible}
    credit: Sums = Counter()
    coverage: Sums = Counter()
    answers = _current_answers(connection, eligible)
    credited = credited_mentions([answer.id for answer in answers.values()])
    pending = _pending_asks(connection, eligible)
    for visit_id, visit in eligible.items():
        rows = [coverage_row(visit, None, eligible=1)]
        answer = answers.get(visit_id)
        if answer is not None and answer.outcome in REPLIES:
            asked = AskKey(answer.channel, answer.staff_id)
            rows.append(coverage_row(visit, asked, asked=1, **{answer.outcome: 1}))
            if answer.outcome == Outcome.ANSWERED:
                for row in credit_rows(visit, asked, credited.get(answer.id, [])):
                    _add(credit, row, CREDIT)
        elif visit_id in pending:
            rows.append(coverage_row(visit, pending[visit_id], asked=1))
        for row in rows:
            _add(coverage, row, COVERAGE)
    return credit, coverage


def _current_answers(connection: Connection, visit_ids: Collection[int]) -> dict[int, Any]:
    turns = current_turns(visit_ids)
    rows = connection.execute(
        select(Answer.id, Answer.visit_id, Answer.outcome, Ask.channel, Ask.staff_id)
        .join(turns, (turns.c.visit_id == Answer.visit_id) & (turns.c.turn == Answer.turn))
        .join(Ask, Ask.id == Answer.ask_id)
    )
    return {row.visit_id: row for row in rows}


def _pending_asks(connection: Connection, visit_ids: Collection[int]) -> dict[int, AskKey]:
    """The first ask of each visit that nothing came back to."""
    rows = connection.execute(
        select(Ask.visit_id, Ask.channel, Ask.staff_id)
        .where(Ask.visit_id.in_(visit_ids), ~select(Answer.id).where(Answer.ask_id == Ask.id).exists())
        .order_by(Ask.id.desc())
    )
    return {row.visit_id: AskKey(row.channel, row.staff_id) for row in rows}


def _differences(
    connection: Connection, book: LedgerTable, visit_ids: Collection[int], owed: Sums
) -> list[dict[str, Any]]:
    """Rows which, appended, make the ledger's sums for these visits equal to what is owed."""
    table = book.model.__table__
    keys = [table.c[name] for name in book.key_type._fields]
    rows = connection.execute(
        select(table.c.visit_id, *keys, *(func.sum(table.c[name]).label(name) for name in book.amounts))
        .where(table.c.visit_id.in_(visit_ids))
        .group_by(table.c.visit_id, *keys)
    )
    missing: Sums = Counter(owed)
    for row in rows:
        identity = (row.visit_id, book.key_type(*(getattr(row, name) for name in book.key_type._fields)))
        for name in book.amounts:
            missing[identity, name] -= int(getattr(row, name))
    by_identity: dict[Any, dict[str, int]] = {}
    for (identity, name), amount in missing.items():
        if amount:
            by_identity.setdefault(identity, dict.fromkeys(book.amounts, 0))[name] = amount
    return [{"visit_id": visit_id, **key._asdict(), **amounts} for (visit_id, key), amounts in by_identity.items()]


def _add(sums: Sums, row: dict[str, Any], book: LedgerTable) -> None:
    identity = (row["visit_id"], book.key_type(*(row[name] for name in book.key_type._fields)))
    for name in book.amounts:
        sums[identity, name] += row[name]


def _credit_key(visit: VisitFacts, asked: AskKey, of: CreditedMention) -> CreditKey:
    return CreditKey(
        visit.day,
        visit.location_id,
        of.source_id,
        of.physician_id,
        of.referring_patient_id,
        asked.channel,
        asked.staff_id,
    )


def _coverage_key(visit: VisitFacts, by: AskKey | None) -> CoverageKey:
    return CoverageKey(visit.day, visit.location_id, by.channel if by else None, by.staff_id if by else None)
