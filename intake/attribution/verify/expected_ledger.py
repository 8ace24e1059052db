"""What the ledger should hold for visits, worked out from the rows themselves: visits, asks, answers and decisions."""

from collections import defaultdict
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from intake.db import db
from intake.directory.models import ReferralSource, SourceKind, Visit, is_eligible
from intake.survey.ledger.crediting import CreditedMention, credits_of
from intake.survey.models import (
    Answer,
    Ask,
    ChartDecision,
    DecidedAlso,
    Mention,
    MentionDecision,
    Outcome,
    PatientReferral,
    PhysicianReferral,
)
from intake.survey.outcomes import REPLIES

NO_REPLY = (0,) * len(REPLIES)
# Eligible, asked, then one for each outcome of a reply.
ELIGIBLE, WAITING = (1, 0, *NO_REPLY), (0, 1, *NO_REPLY)
REPLIED = {str(outcome): (0, 1, *(int(each == outcome) for each in REPLIES)) for outcome in REPLIES}

# (visit id, the ledger's key) → its sums.
Sums = dict[tuple[Any, ...], tuple[int, ...]]
# Source, physician and referring patient of one mention.
Named = tuple[int | None, int | None, int | None]


def expected_ledger(first: int, last: int) -> tuple[int, Sums, Sums]:
    """How many visits have numbers from `first` to `last`, and the credit and the coverage that should stand for them.

    A key whose sums are all 0 is absent.
    """
    visits = db.session.execute(
        select(Visit.id, Visit.visit_date, Visit.location_id, Visit.visit_type, Visit.status).where(
            Visit.id.between(first, last)
        )
    ).all()
    asks, answers, mentions = _asks(first, last), _answers(first, last), _mentions(first, last)
    credit: Sums = {}
    coverage: Sums = {}
    for visit_id, day, location_id, visit_type, status in visits:
        if not is_eligible(visit_type=visit_type, status=status):
            continue
        coverage[visit_id, day, location_id, None, None] = ELIGIBLE
        answer_id, outcome, channel, staff_id = answers.get(visit_id, (0, "", "", None))
        if outcome not in REPLIED:
            if visit_id in asks:
                coverage[visit_id, day, location_id, *asks[visit_id]] = WAITING
            continue
        coverage[visit_id, day, location_id, channel, staff_id] = REPLIED[outcome]
        if outcome == Outcome.ANSWERED:
            for of, sums in _credits(tuple(mentions.get(answer_id, ()))):
                credit[visit_id, day, location_id, *of, channel, staff_id] = sums
    return len(visits), credit, coverage


@lru_cache(maxsize=50_000)
def _credits(named: tuple[Named, ...]) -> list[tuple[Named, tuple[int, ...]]]:
    return [
        (
            (credit.of.source_id, credit.of.physician_id, credit.of.referring_patient_id),
            (credit.primary, credit.any_mention, credit.fractional),
        )
        for credit in credits_of([CreditedMention(*each) for each in named])
    ]


def _answers(first: int, last: int) -> dict[int, tuple[int, str, str, int | None]]:
    """Each visit's answer with the highest turn: (id, outcome), and where and by whom it was asked."""
    query = (
        select(Answer.visit_id, Answer.turn, Answer.id, Answer.outcome, Ask.channel, Ask.staff_id)
        .join(Ask, Ask.id == Answer.ask_id)
        .where(Answer.visit_id.between(first, last), Answer.turn.is_not(None))
    )
    found: dict[int, Any] = {}
    turns: dict[int, int] = {}
    for visit_id, turn, *answer in _rows(query):
        if turn > turns.get(visit_id, 0):
            turns[visit_id], found[visit_id] = turn, answer
    return found


def _asks(first: int, last: int) -> dict[int, tuple[str, int | None]]:
    """Where and by whom each visit was first asked of the asks that nothing came back to."""
    replied = select(Answer.id).where(Answer.ask_id == Ask.id).exists()
    query = select(Ask.id, Ask.visit_id, Ask.channel, Ask.staff_id).where(Ask.visit_id.between(first, last), ~replied)
    rows = sorted(_rows(query), key=lambda row: row[0], reverse=True)
    return {visit_id: (channel, staff_id) for _, visit_id, channel, staff_id in rows}


def _mentions(first: int, last: int) -> dict[int, list[Named]]:
    """What each answer names in rank order, with whom each mention points at now."""
    said = select(Mention.id.label("id")).join(Answer, Answer.id == Mention.answer_id)
    within = said.where(Answer.visit_id.between(first, last)).subquery()
    rows = sorted(
        _rows(
            select(Mention.answer_id, Mention.rank, Mention.id, Mention.source_id)
            .join(Answer, Answer.id == Mention.answer_id)
            .where(Answer.visit_id.between(first, last))
        ),
        key=lambda row: row[:2],
    )
    physicians = _newest(
        select(PhysicianReferral.id, PhysicianReferral.mention_id, PhysicianReferral.physician_id)
        .join(within, within.c.id == PhysicianReferral.mention_id)
        .where(PhysicianReferral.ended_at.is_(None))
    )
    patients = _newest(
        select(PatientReferral.id, PatientReferral.mention_id, PatientReferral.referring_patient_id)
        .join(within, within.c.id == PatientReferral.mention_id)
        .where(PatientReferral.ended_at.is_(None))
    )
    decisions = _newest(
        select(
            MentionDecision.id,
            MentionDecision.mention_id,
            MentionDecision.id,
            MentionDecision.source_id,
            MentionDecision.physician_referral_id,
            MentionDecision.patient_referral_id,
        )
        .join(within, within.c.id == MentionDecision.mention_id)
        .where(MentionDecision.undone_at.is_(None))
    )
    beside: dict[int, list[int]] = defaultdict(list)
    for _, decision_id, source_id in sorted(
        _rows(
            select(DecidedAlso.id, DecidedAlso.owner_id, DecidedAlso.source_id)
            .join(MentionDecision, MentionDecision.id == DecidedAlso.owner_id)
            .join(within, within.c.id == MentionDecision.mention_id)
        )
    ):
        beside[decision_id].append(source_id)
    friends = set(db.session.scalars(select(ReferralSource.id).where(ReferralSource.kind == SourceKind.PATIENT)))
    found: dict[int, list[Named]] = {}
    means_nothing: dict[int, list[Named]] = {}
    for answer_id, _, mention_id, said_source in rows:
        source_id, kept, also = said_source, found, []
        if mention_id in decisions:
            decision_id, source_id, physician_link, patient_link = decisions[mention_id]
            also = beside[decision_id]
            kept = found if source_id is not None else means_nothing
            # Whom a decision doesn't name is set aside; a friend stays one while the words still mean a friend.
            if physician_link is None:
                physicians.pop(mention_id, None)
            if patient_link is None and source_id not in friends:
                patients.pop(mention_id, None)
        # A mention points at one person; the ledger takes the patient when, against the rules, there are two.
        (patient,) = patients.get(mention_id, (None,))
        (physician,) = physicians.get(mention_id, (None,)) if mention_id not in patients else (None,)
        named = kept.setdefault(answer_id, [])
        named.append((source_id, physician, patient))
        named += [(each, None, None) for each in also]
    for answer_id, noise in means_nothing.items():
        found.setdefault(answer_id, noise)
    return _with_the_chart(found, first, last)


def _with_the_chart(found: dict[int, list[Named]], first: int, last: int) -> dict[int, list[Named]]:
    """Where staff decided between an answer and the chart: what they decided."""
    latest = _newest(
        select(
            ChartDecision.id,
            ChartDecision.answer_id,
            ChartDecision.verdict,
            ChartDecision.source_id,
            PhysicianReferral.physician_id,
        )
        .join(PhysicianReferral, PhysicianReferral.id == ChartDecision.physician_referral_id)
        .join(Answer, Answer.id == ChartDecision.answer_id)
        .where(Answer.visit_id.between(first, last), ChartDecision.undone_at.is_(None))
        .where(PhysicianReferral.ended_at.is_(None))
    )
    for answer_id, (verdict, source_id, physician_id) in latest.items():
        charted: Named = (source_id, physician_id, None)
        if verdict == "both":
            found[answer_id] = [*found.get(answer_id, []), charted]
        elif verdict == "chart":
            found[answer_id] = [charted]
    return found


def _newest(query: Any) -> dict[int, tuple[Any, ...]]:
    """Of rows (id, of what, …) the … of the highest id for each."""
    rows = sorted(_rows(query), key=lambda row: row[0])
    return {of: rest for _, of, *rest in rows}


def _rows(query: Any) -> list[Any]:
    return [tuple(row) for row in db.session.execute(query)]
