"""What the ledger should hold for visits, worked out from the rows themselves: visits, asks, answers and decisions."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, func, select

from intake.db import db
from intake.directory.models import ReferralSource, SourceKind, Visit
from intake.directory.patients.new_patients import NewPatient, new_among, people_of
from intake.id_filters import among
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
# Source, physician, practice without one, and referring patient of one mention.
Named = tuple[int | None, int | None, int | None, int | None]


@dataclass
class ExpectedLedger:
    """What should stand for `visits` visits; a key whose sums are all 0 is absent.

    `elsewhere`: the visit a new patient counts at → the one at which they replied, where that is another.
    """

    visits: int
    credit: Sums = field(default_factory=dict)
    coverage: Sums = field(default_factory=dict)
    elsewhere: dict[int, int] = field(default_factory=dict)


def expected_ledger(first: int, last: int) -> ExpectedLedger:
    """Work out what should stand for the visits with numbers from `first` to `last`."""
    ids = list(db.session.scalars(select(Visit.id).where(Visit.id.between(first, last))))
    expected = ExpectedLedger(len(ids))
    counting = [new for new in new_among(people_of(ids)) if (at := new.counted) and first <= at.visit_id <= last]
    every = [visit_id for new in counting for visit_id in new.visit_ids]
    asks, answers = _asks(every), _answers(every)
    said: dict[int, tuple[Any, ...]] = {}
    for new in counting:
        at = new.counted
        assert at is not None
        place = (at.visit_id, at.day, at.location_id)
        expected.coverage[*place, None, None] = ELIGIBLE
        answer = _first_said(new, answers)
        if answer is None:
            if waiting := [asks[each] for each in new.visit_ids if each in asks]:
                expected.coverage[*place, *min(waiting)[1:]] = WAITING
            continue
        expected.coverage[*place, answer.channel, answer.staff_id] = REPLIED[answer.outcome]
        if answer.outcome == Outcome.ANSWERED:
            said[answer.id] = (at.visit_id, at.day, at.location_id, answer.channel, answer.staff_id)
        if answer.visit_id != at.visit_id:
            expected.elsewhere[at.visit_id] = answer.visit_id
    mentions = _mentions(Answer.visit_id.between(first, last))
    if expected.elsewhere:
        mentions |= _mentions(among(Answer.visit_id, list(expected.elsewhere.values())))
    for answer_id, (visit_id, day, location_id, *asked) in said.items():
        for of, sums in _credits(tuple(mentions.get(answer_id, ()))):
            expected.credit[visit_id, day, location_id, *of, *asked] = sums
    return expected


def _first_said(new: NewPatient, answers: dict[int, Any]) -> Any:
    """The reply that was given first at any of the visits; those that name a source come before the others."""
    replies = [answers[each] for each in new.visit_ids if each in answers and answers[each].outcome in REPLIED]
    sourced = [each for each in replies if each.outcome == Outcome.ANSWERED]
    return min(sourced or replies, key=lambda each: (each.given_at, each.id), default=None)


@lru_cache(maxsize=50_000)
def _credits(named: tuple[Named, ...]) -> list[tuple[Named, tuple[int, ...]]]:
    return [
        (
            (credit.of.source_id, credit.of.physician_id, credit.of.practice_id, credit.of.referring_patient_id),
            (credit.primary, credit.any_mention, credit.fractional),
        )
        for credit in credits_of([CreditedMention(*each[:2], each[3], each[2]) for each in named])
    ]


def _answers(visit_ids: list[int]) -> dict[int, Any]:
    """Each visit's answer with the highest turn, where and by whom it was asked, and when the first one was given."""
    given = (
        select(Answer.visit_id, func.min(Answer.answered_at).label("given_at"), func.max(Answer.turn).label("turn"))
        .where(among(Answer.visit_id, visit_ids), Answer.turn.is_not(None))
        .group_by(Answer.visit_id)
        .subquery()
    )
    query = (
        select(Answer.visit_id, Answer.id, Answer.outcome, Ask.channel, Ask.staff_id, given.c.given_at)
        .join(given, (given.c.visit_id == Answer.visit_id) & (given.c.turn == Answer.turn))
        .join(Ask, Ask.id == Answer.ask_id)
    )
    return {row.visit_id: row for row in db.session.execute(query)}


def _asks(visit_ids: list[int]) -> dict[int, tuple[int, str, int | None]]:
    """The first ask of each visit of those that nothing came back to: its number, where and by whom."""
    replied = select(Answer.id).where(Answer.ask_id == Ask.id).exists()
    query = select(Ask.id, Ask.visit_id, Ask.channel, Ask.staff_id).where(among(Ask.visit_id, visit_ids), ~replied)
    rows = sorted(_rows(query), key=lambda row: row[0], reverse=True)
    return {visit_id: (ask_id, channel, staff_id) for ask_id, visit_id, channel, staff_id in rows}


def _mentions(of_answers: ColumnElement[bool]) -> dict[int, list[Named]]:
    """What each answer names in rank order, with whom each mention points at now."""
    said = select(Mention.id.label("id")).join(Answer, Answer.id == Mention.answer_id)
    within = said.where(of_answers).subquery()
    rows = sorted(
        _rows(
            select(Mention.answer_id, Mention.rank, Mention.id, Mention.source_id)
            .join(Answer, Answer.id == Mention.answer_id)
            .where(of_answers)
        ),
        key=lambda row: row[:2],
    )
    physicians = _newest(
        select(
            PhysicianReferral.id,
            PhysicianReferral.mention_id,
            PhysicianReferral.physician_id,
            PhysicianReferral.practice_id,
        )
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
        physician, practice = physicians.get(mention_id, (None, None)) if mention_id not in patients else (None, None)
        named = kept.setdefault(answer_id, [])
        named.append((source_id, physician, practice, patient))
        named += [(each, None, None, None) for each in also]
    for answer_id, noise in means_nothing.items():
        found.setdefault(answer_id, noise)
    return _with_the_chart(found, of_answers)


def _with_the_chart(found: dict[int, list[Named]], of_answers: ColumnElement[bool]) -> dict[int, list[Named]]:
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
        .where(of_answers, ChartDecision.undone_at.is_(None))
        .where(PhysicianReferral.ended_at.is_(None))
    )
    for answer_id, (verdict, source_id, physician_id) in latest.items():
        charted: Named = (source_id, physician_id, None, None)
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
