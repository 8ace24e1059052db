"""The ledger: signed rows of credit and coverage, appended in the transaction that changes an answer or a visit.

What a new patient should count for follows from the rows of all their visits, their asks and current answers; it
stands at the first visit they kept. `settle` compares that with the ledger's sums and appends the difference, so it
may be called at any time, any number of times.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select

from intake.db import db
from intake.directory.patients.new_patients import PersonVisit, lock_people, new_among, people_with
from intake.id_filters import among, among_given, database_kind, given
from intake.survey.answers.counted_reply import counted_reply, replies_at
from intake.survey.ledger.counting import credited_mentions
from intake.survey.ledger.crediting import CreditedMention, credits_of
from intake.survey.models import Answer, Ask, CoverageEntry, CreditEntry, Outcome, ReplyElsewhere
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
    (*_PLACE, "source_id", "physician_id", "practice_id", "referring_patient_id", *_ASKED),
    ("primary_units", "any_units", "fractional_units"),
)
COVERAGE = LedgerTable(CoverageEntry, (*_PLACE, *_ASKED), ("eligible", "asked", *map(str, REPLIES)))

Rows = list[dict[str, Any]]
# The visit a new patient counts at → the one at which they replied.
ReplyVisits = dict[int, int]


@dataclass(frozen=True)
class AskKey:
    """Through which door the question was put, and by whom."""

    channel: str
    staff_id: int | None


def credit_rows(visit: PersonVisit, asked: AskKey, mentions: Sequence[CreditedMention]) -> Rows:
    """Return the credit of a new patient's answer at the visit they count at, a row for each distinct mention."""
    return [
        {
            **_place(visit),
            "source_id": credit.of.source_id,
            "physician_id": credit.of.physician_id,
            "practice_id": credit.of.practice_id,
            "referring_patient_id": credit.of.referring_patient_id,
            "channel": asked.channel,
            "staff_id": asked.staff_id,
            "primary_units": credit.primary,
            "any_units": credit.any_mention,
            "fractional_units": credit.fractional,
        }
        for credit in credits_of(mentions)
    ]


def coverage_row(visit: PersonVisit, by: AskKey | None, **counts: int) -> dict[str, Any]:
    """Return one row of coverage; `counts` are columns of coverage_entry, the others are 0."""
    key = _place(visit) | {"channel": by.channel if by else None, "staff_id": by.staff_id if by else None}
    return key | dict.fromkeys(COVERAGE.amounts, 0) | counts


def settle(visit_ids: Collection[int]) -> int:
    """Append the rows that make the ledger agree with the people whose visits these are; return how many. Flushes.

    Locks their charts first, so that an answer recorded at the same moment waits or is seen.
    """
    db.session.flush()
    charts = lock_people(visit_ids)
    people = people_with(charts)
    return sum(_settle_batch(people[start : start + BATCH]) for start in range(0, len(people), BATCH))


def _settle_batch(people: list[list[PersonVisit]]) -> int:
    connection = db.session.connection()
    visit_ids = [visit.visit_id for visits in people for visit in visits]
    credit, coverage, elsewhere = _expected(people, visit_ids)
    appended = 0
    for table, expected in ((CREDIT, credit), (COVERAGE, coverage)):
        missing = _missing(connection, table, visit_ids, expected)
        if missing:
            connection.execute(insert(table.model), missing)
        appended += len(missing)
    return appended + _keep_elsewhere(connection, visit_ids, elsewhere)


def _expected(people: Collection[Sequence[PersonVisit]], visit_ids: Collection[int]) -> tuple[Rows, Rows, ReplyVisits]:
    """The rows of credit and of coverage that these people give rise to, as if none were there."""
    credit: Rows = []
    coverage: Rows = []
    elsewhere: ReplyVisits = {}
    replies = replies_at(visit_ids)
    counted = [
        (new, visit, counted_reply(map(replies.get, new.visit_ids)))
        for new in new_among(people)
        if (visit := new.counted)
    ]
    credited = credited_mentions([reply.answer_id for _, _, reply in counted if reply])
    pending = _pending_asks([each for new, _, reply in counted if reply is None for each in new.visit_ids])
    for new, visit, reply in counted:
        coverage.append(coverage_row(visit, None, eligible=1))
        if reply:
            asked = AskKey(reply.channel, reply.staff_id)
            coverage.append(coverage_row(visit, asked, asked=1, **{reply.outcome: 1}))
            if reply.outcome == Outcome.ANSWERED:
                credit += credit_rows(visit, asked, credited.get(reply.answer_id, []))
            if reply.visit_id != visit.visit_id:
                elsewhere[visit.visit_id] = reply.visit_id
        elif asks := [pending[each] for each in new.visit_ids if each in pending]:
            coverage.append(coverage_row(visit, min(asks)[1], asked=1))
    return credit, coverage, elsewhere


def _pending_asks(visit_ids: Collection[int]) -> dict[int, tuple[int, AskKey]]:
    """The first ask of each visit that nothing came back to, with its number."""
    rows = db.session.execute(_asks(database_kind()), {"visit_ids": given(visit_ids)})
    return {row.visit_id: (row.id, AskKey(row.channel, row.staff_id)) for row in rows}


# To compose these takes longer than to run them: each is built once for a kind of database.
@cache
def _asks(kind: str) -> Any:
    return (
        select(Ask.visit_id, Ask.id, Ask.channel, Ask.staff_id)
        .where(among_given(Ask.visit_id, "visit_ids", kind), ~select(Answer.id).where(Answer.ask_id == Ask.id).exists())
        .order_by(Ask.id.desc())
    )


@cache
def _recorded(table: LedgerTable, kind: str) -> Any:
    columns = table.model.__table__.c
    keys = [columns[name] for name in table.keys]
    return (
        select(*keys, *(func.sum(columns[name]).label(name) for name in table.amounts))
        .where(among_given(columns.visit_id, "visit_ids", kind))
        .group_by(*keys)
    )


@cache
def _elsewhere(kind: str) -> Any:
    table = ReplyElsewhere.__table__
    either = (among_given(table.c[name], "visit_ids", kind) for name in ("counted_visit_id", "reply_visit_id"))
    return select(table.c.counted_visit_id, table.c.reply_visit_id).where(or_(*either))


def _missing(connection: Connection, table: LedgerTable, visit_ids: Collection[int], expected: Rows) -> Rows:
    """The rows which, appended, make the table's sums for these visits equal to those of `expected`."""
    recorded = connection.execute(_recorded(table, database_kind()), {"visit_ids": given(visit_ids)}).mappings()
    sums: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for sign, rows in ((1, expected), (-1, recorded)):
        for row in rows:
            amounts = sums[tuple(row[name] for name in table.keys)]
            for name in table.amounts:
                amounts[name] += sign * int(row[name])
    return [
        {**dict(zip(table.keys, key, strict=True)), **amounts} for key, amounts in sums.items() if any(amounts.values())
    ]


def _keep_elsewhere(connection: Connection, visit_ids: Collection[int], expected: ReplyVisits) -> int:
    """Keep where these people replied instead of the visit they count at; return how many rows changed."""
    table = ReplyElsewhere.__table__
    rows = connection.execute(_elsewhere(database_kind()), {"visit_ids": given(visit_ids)})
    kept = {row[0]: row[1] for row in rows}
    gone = [counted for counted, reply in kept.items() if expected.get(counted) != reply]
    new = [
        {"counted_visit_id": each, "reply_visit_id": reply}
        for each, reply in expected.items()
        if kept.get(each) != reply
    ]
    if gone:
        connection.execute(delete(ReplyElsewhere).where(among(table.c.counted_visit_id, gone)))
    if new:
        connection.execute(insert(ReplyElsewhere), new)
    return len(gone) + len(new)


def _place(visit: PersonVisit) -> dict[str, Any]:
    return {"visit_id": visit.visit_id, "day": visit.day, "location_id": visit.location_id}
