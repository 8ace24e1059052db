"""The ledger: signed rows of credit and coverage, appended in the transaction that changes an answer or a visit.

What a visit should count for follows from its row, its asks and its current answer. `settle` compares that with the
ledger's sums and appends the difference, so it may be called at any time, any number of times.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, insert, select

from intake.db import db
from intake.directory.models import Visit, is_eligible
from intake.survey.answers.effective_answer import current_turns
from intake.survey.ledger.counting import credited_mentions
from intake.survey.ledger.crediting import CreditedMention, credits_of
from intake.survey.models import Answer, Ask, CoverageEntry, CreditEntry, Outcome
from intake.survey.outcomes import REPLIES

BATCH = 500


@dataclass(frozen=True)
class LedgerTable:
    """One of the two tables of the ledger: the columns that key its rows, and those that are added up."""

    model: type[CreditEntry] | type[CoverageEntry]
    keys: tuple[str, ...]
    amounts: tuple[str, ...]


_PLACE = ("visit_id", "day", "location_id")
_ASKED = ("channel", "staff_id")
CREDIT = LedgerTable(
    CreditEntry,
    (*_PLACE, "source_id", "physician_id", "referring_patient_id", *_ASKED),
    ("primary_units", "any_units", "fractional_units"),
)
COVERAGE = LedgerTable(CoverageEntry, (*_PLACE, *_ASKED), ("eligible", "asked", *map(str, REPLIES)))

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class VisitFacts:
    """What the ledger needs to know of a visit."""

    visit_id: int
    day: date
    location_id: int
    eligible: bool


@dataclass(frozen=True)
class AskKey:
    """Through which door the question was put, and by whom."""

    channel: str
    staff_id: int | None


def credit_rows(visit: VisitFacts, asked: AskKey, mentions: Sequence[CreditedMention]) -> Rows:
    """Return the credit of an eligible visit's answer, a row for each distinct mention."""
    return [
        {
            **_place(visit),
            "source_id": credit.of.source_id,
            "physician_id": credit.of.physician_id,
            "referring_patient_id": credit.of.referring_patient_id,
            "channel": asked.channel,
            "staff_id": asked.staff_id,
            "primary_units": credit.primary,
            "any_units": credit.any_mention,
            "fractional_units": credit.fractional,
        }
        for credit in credits_of(mentions)
    ]


def coverage_row(visit: VisitFacts, by: AskKey | None, **counts: int) -> dict[str, Any]:
    """Return one row of coverage; `counts` are columns of coverage_entry, the others are 0."""
    key = _place(visit) | {"channel": by.channel if by else None, "staff_id": by.staff_id if by else None}
    return key | dict.fromkeys(COVERAGE.amounts, 0) | counts


def settle(visit_ids: Collection[int]) -> int:
    """Append the rows that make the ledger agree with these visits; return how many. Flushes.

    Locks the visits first, so that an answer recorded at the same moment waits or is seen.
    """
    ordered = sorted(set(visit_ids))
    batches = (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))
    return sum(_settle_batch(batch) for batch in batches)


def _settle_batch(visit_ids: list[int]) -> int:
    db.session.flush()
    connection = db.session.connection()
    credit, coverage = _expected(connection, lock_visits(connection, visit_ids))
    appended = 0
    for table, expected in ((CREDIT, credit), (COVERAGE, coverage)):
        missing = _missing(connection, table, visit_ids, expected)
        if missing:
            connection.execute(insert(table.model), missing)
        appended += len(missing)
    return appended


def lock_visits(connection: Connection, visit_ids: Collection[int]) -> list[VisitFacts]:
    """Lock these visits until the transaction ends and return their facts. One order for all, so that none deadlock."""
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


def _expected(connection: Connection, visits: Iterable[VisitFacts]) -> tuple[Rows, Rows]:
    """The rows of credit and of coverage that these visits give rise to, as if none were there."""
    eligible = {visit.visit_id: visit for visit in visits if visit.eligible}
    credit: Rows = []
    coverage: Rows = []
    answers = _current_answers(connection, eligible)
    credited = credited_mentions([answer.id for answer in answers.values()])
    pending = _pending_asks(connection, eligible)
    for visit_id, visit in eligible.items():
        coverage.append(coverage_row(visit, None, eligible=1))
        answer = answers.get(visit_id)
        if answer is not None and answer.outcome in REPLIES:
            asked = AskKey(answer.channel, answer.staff_id)
            coverage.append(coverage_row(visit, asked, asked=1, **{answer.outcome: 1}))
            if answer.outcome == Outcome.ANSWERED:
                credit += credit_rows(visit, asked, credited.get(answer.id, []))
        elif visit_id in pending:
            coverage.append(coverage_row(visit, pending[visit_id], asked=1))
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


def _missing(connection: Connection, table: LedgerTable, visit_ids: Collection[int], expected: Rows) -> Rows:
    """The rows which, appended, make the table's sums for these visits equal to those of `expected`."""
    columns = table.model.__table__.c
    keys = [columns[name] for name in table.keys]
    recorded = connection.execute(
        select(*keys, *(func.sum(columns[name]).label(name) for name in table.amounts))
        .where(columns.visit_id.in_(visit_ids))
        .group_by(*keys)
    ).mappings()
    sums: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for sign, rows in ((1, expected), (-1, recorded)):
        for row in rows:
            amounts = sums[tuple(row[name] for name in table.keys)]
            for name in table.amounts:
                amounts[name] += sign * int(row[name])
    return [
        {**dict(zip(table.keys, key, strict=True)), **amounts} for key, amounts in sums.items() if any(amounts.values())
    ]


def _place(visit: VisitFacts) -> dict[str, Any]:
    return {"visit_id": visit.visit_id, "day": visit.day, "location_id": visit.location_id}
