"""Proof of the totals: the ledger folded anew from visits, asks and answers, compared figure for figure.

Deliberately not the code that writes the ledger: what should stand is worked out here from the rows themselves, in
one pass a batch, and only the arithmetic of crediting (survey/crediting.py, tested on its own) is shared.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from intake.db import db
from intake.directory.models import Visit, is_eligible
from intake.survey import ledger
from intake.survey.crediting import Credited, credits_of
from intake.survey.models import (
    Answer,
    Ask,
    ChartDecision,
    CoverageEntry,
    CreditEntry,
    DecidedAlso,
    Mention,
    MentionDecision,
    Outcome,
    PatientReferral,
    PhysicianReferral,
)

VISITS_A_STEP = 1_000
REPLIES = (Outcome.ANSWERED, Outcome.DONT_REMEMBER, Outcome.DECLINED)
CREDIT_KEYS = ("day", "location_id", "source_id", "physician_id", "referring_patient_id", "channel", "staff_id")
CREDIT_SUMS = ("primary_units", "any_units", "fractional_units")
COVERAGE_KEYS = ("day", "location_id", "channel", "staff_id")
COVERAGE_SUMS = ("eligible", "asked", "answered", "dont_remember", "declined")

# (visit id, ledger, key, column) → amount
Book = Counter[tuple[Any, ...]]


@dataclass(frozen=True)
class Difference:
    """One sum of the ledger that is not what the answers say. `key` reads as in the ledger's columns."""

    visit_id: int
    book: str
    key: tuple[Any, ...]
    column: str
    stands: int
    should_stand: int


@dataclass
class Proof:
    """What was compared, and where the ledger is wrong."""

    visits: int = 0
    figures: int = 0
    wrong: list[Difference] = field(default_factory=list)

    @property
    def wrong_visits(self) -> list[int]:
        return sorted({each.visit_id for each in self.wrong})


def proof() -> Proof:
    """Compares the whole ledger with a fold from scratch."""
    found = Proof()
    for visits in _batches():
        owed, stands = _owed(visits), _standing([visit.id for visit in visits])
        found.visits += len(visits)
        found.figures += len(owed)
        for each in sorted({*owed, *stands}, key=repr):
            if owed[each] != stands[each]:
                visit_id, book, key, column = each
                found.wrong.append(Difference(visit_id, book, key, column, stands[each], owed[each]))
    return found


def repair(found: Proof) -> int:
    """Appends what makes the ledger agree again; returns the number of entries appended. Flushes."""
    return ledger.settle(found.wrong_visits)


def _batches() -> Iterator[Sequence[Any]]:
    columns = (Visit.id, Visit.visit_date, Visit.location_id, Visit.visit_type, Visit.status)
    last = 0
    while True:
        query = select(*columns).where(Visit.id > last).order_by(Visit.id).limit(VISITS_A_STEP)
        visits = db.session.execute(query).all()
        if not visits:
            return
        yield visits
        last = visits[-1].id


def _standing(visit_ids: Sequence[int]) -> Book:
    found: Book = Counter()
    for model, keys, sums in ((CreditEntry, CREDIT_KEYS, CREDIT_SUMS), (CoverageEntry, COVERAGE_KEYS, COVERAGE_SUMS)):
        table: Any = model.__table__
        columns = [table.c[name] for name in keys]
        rows = db.session.execute(
            select(table.c.visit_id, *columns, *(func.sum(table.c[name]).label(name) for name in sums))
            .where(table.c.visit_id.in_(visit_ids))
            .group_by(table.c.visit_id, *columns)
        )
        for row in rows:
            key = tuple(getattr(row, name) for name in keys)
            for name in sums:
                if amount := int(getattr(row, name)):
                    found[row.visit_id, table.name, key, name] += amount
    return found


def _owed(visits: Sequence[Any]) -> Book:
    eligible = {visit.id: visit for visit in visits if is_eligible(visit_type=visit.visit_type, status=visit.status)}
    asks, answers = _asks(eligible), _answers(eligible)
    mentions = _mentions([answer.id for answer in answers.values()])
    book: Book = Counter()
    for visit_id, visit in eligible.items():
        place = (visit.visit_date, visit.location_id)
        book[visit_id, "coverage_entry", (*place, None, None), "eligible"] += 1
        answer = answers.get(visit_id)
        if answer is None or answer.outcome not in REPLIES:
            if waiting := asks.get(visit_id):
                book[visit_id, "coverage_entry", (*place, waiting.channel, waiting.staff_id), "asked"] += 1
            continue
        by = (answer.channel, answer.staff_id)
        book[visit_id, "coverage_entry", (*place, *by), "asked"] += 1
        book[visit_id, "coverage_entry", (*place, *by), str(answer.outcome)] += 1
        if answer.outcome == Outcome.ANSWERED:
            for credit in credits_of(mentions.get(answer.id, [])):
                of = (credit.of.source_id, credit.of.physician_id, credit.of.referring_patient_id)
                amounts = (credit.primary, credit.any_mention, credit.fractional)
                for name, amount in zip(CREDIT_SUMS, amounts, strict=True):
                    if amount:
                        book[visit_id, "credit_entry", (*place, *of, *by), name] += amount
    return book


def _answers(visits: dict[int, Any]) -> dict[int, Any]:
    """Each visit's answer with the highest turn, with where and by whom it was asked."""
    rows = db.session.execute(
        select(Answer.id, Answer.visit_id, Answer.outcome, Ask.channel, Ask.staff_id)
        .join(Ask, Ask.id == Answer.ask_id)
        .where(Answer.visit_id.in_(visits), Answer.turn.is_not(None))
        .order_by(Answer.turn)
    )
    # Later turns overwrite earlier ones.
    return {row.visit_id: row for row in rows}


def _asks(visits: dict[int, Any]) -> dict[int, Any]:
    """Each visit's first ask that nothing came back to."""
    answered = select(Answer.ask_id)
    rows = db.session.execute(
        select(Ask.id, Ask.visit_id, Ask.channel, Ask.staff_id)
        .where(Ask.visit_id.in_(visits), Ask.id.not_in(answered))
        .order_by(Ask.id.desc())
    )
    return {row.visit_id: row for row in rows}


def _mentions(answer_ids: Sequence[int]) -> dict[int, list[Credited]]:
    """What each answer names in rank order, with whom each mention points at now."""
    rows = db.session.execute(
        select(Mention.id, Mention.answer_id, Mention.source_id)
        .where(Mention.answer_id.in_(answer_ids))
        .order_by(Mention.answer_id, Mention.rank)
    ).all()
    ids = [row.id for row in rows]
    physicians = {
        row.mention_id: row.physician_id
        for row in db.session.execute(
            select(PhysicianReferral.mention_id, PhysicianReferral.physician_id)
            .where(PhysicianReferral.mention_id.in_(ids), PhysicianReferral.ended_at.is_(None))
            .order_by(PhysicianReferral.id)
        )
    }
    patients = {
        row.mention_id: row.referring_patient_id
        for row in db.session.execute(
            select(PatientReferral.mention_id, PatientReferral.referring_patient_id)
            .where(PatientReferral.mention_id.in_(ids), PatientReferral.ended_at.is_(None))
            .order_by(PatientReferral.id)
        )
    }
    decisions = {
        row.mention_id: row
        for row in db.session.execute(
            select(
                MentionDecision.id,
                MentionDecision.mention_id,
                MentionDecision.source_id,
                MentionDecision.physician_referral_id,
            )
            .where(MentionDecision.mention_id.in_(ids), MentionDecision.undone_at.is_(None))
            .order_by(MentionDecision.id)
        )
    }
    beside: dict[int, list[int]] = defaultdict(list)
    for also in db.session.scalars(
        select(DecidedAlso)
        .where(DecidedAlso.owner_id.in_([row.id for row in decisions.values()]))
        .order_by(DecidedAlso.id)
    ):
        beside[also.owner_id].append(also.source_id)
    found: dict[int, list[Credited]] = {}
    means_nothing: dict[int, list[Credited]] = {}
    for row in rows:
        # A mention points at one person; the ledger takes the patient when, against the rules, there are two.
        patient = patients.get(row.id)
        physician = None if row.id in patients else physicians.get(row.id)
        decision = decisions.get(row.id)
        source_id = decision.source_id if decision else row.source_id
        if decision and decision.physician_referral_id is None:
            physician = None
        kept = means_nothing if decision and source_id is None else found
        kept.setdefault(row.answer_id, []).append(Credited(source_id, physician, patient))
        kept[row.answer_id] += [Credited(each) for each in (beside[decision.id] if decision else ())]
    for answer_id, noise in means_nothing.items():
        found.setdefault(answer_id, noise)
    return _with_the_chart(found, answer_ids)


def _with_the_chart(found: dict[int, list[Credited]], answer_ids: Sequence[int]) -> dict[int, list[Credited]]:
    """Where staff decided between an answer and the chart: what they decided."""
    rows = db.session.execute(
        select(ChartDecision.answer_id, ChartDecision.verdict, ChartDecision.source_id, PhysicianReferral.physician_id)
        .join(PhysicianReferral, PhysicianReferral.id == ChartDecision.physician_referral_id)
        .where(ChartDecision.answer_id.in_(answer_ids), ChartDecision.undone_at.is_(None))
        .where(PhysicianReferral.ended_at.is_(None))
        .order_by(ChartDecision.id)
    )
    latest = {row.answer_id: row for row in rows}
    for answer_id, row in latest.items():
        charted = Credited(row.source_id, row.physician_id)
        if row.verdict == "both":
            found[answer_id] = [*found.get(answer_id, []), charted]
        elif row.verdict == "chart":
            found[answer_id] = [charted]
    return found
