"""Conflicts: visits at which the answer and the chart name different referrers, and decisions about what counts."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import abort
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased, joinedload

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.merging.merge import Kind, mappings
from intake.directory.models import Physician, ReferralSource, SourceKind, Visit
from intake.directory.patients.visits import announce
from intake.survey.answers.counted_reply import may_count
from intake.survey.answers.effective_answer import (
    EffectiveMention,
    current_answers,
    effective_mentions,
    is_current,
    is_documented,
    link_holds,
)
from intake.survey.ledger import entries
from intake.survey.models import Answer, ChartDecision, ChartVerdict, Outcome, PhysicianReferral
from intake.web.wall.location_wall import whole_practice

# The queue looks back this far unless told otherwise; what is older has been reported and read.
LOOKS_BACK = timedelta(days=183)
_STEP = 400


class NoConflict(LookupError):
    """Answer and chart agree by now, or somebody has decided between them already."""


class NeedsPhysician(ValueError):
    """The chart has a name only: it can count once somebody says which physician that is."""


@dataclass(frozen=True)
class Conflict:
    """A visit whose chart names a physician that the current answer doesn't.

    `physician_id` is None while the chart has only words; `charted_words` are these words.
    """

    visit: Visit
    answer: Answer
    physician_id: int | None
    charted_words: str
    # What the patient named, in rank order, under today's lists.
    said: tuple[EffectiveMention, ...]


@dataclass(frozen=True)
class DecidedConflict:
    """A decision in force, with what is needed to show and undo it."""

    decision: ChartDecision
    visit: Visit
    physician_id: int | None
    decided_by: str


def conflicts(*, within: Collection[int], since: date | None, limit: int) -> list[Conflict]:
    """Conflicts that nobody has decided, the latest visit first. `since` None: however old."""
    found: list[Conflict] = []
    for batch in _candidates(within, since):
        for conflict in _in_conflict(batch):
            found.append(conflict)
            if len(found) >= limit:
                return found
    return found


def count_conflicts(*, within: Collection[int], at_most: int) -> int:
    """How many there are in the time that the queue looks back, counted up to `at_most`."""
    return len(conflicts(within=within, since=looks_back_to(), limit=at_most))


def looks_back_to() -> date:
    return clock.now().date() - LOOKS_BACK


def conflict_of(visit: Visit) -> Conflict:
    """The open conflict of this visit; raises NoConflict."""
    found = list(_in_conflict([visit]))
    if not found:
        raise NoConflict
    return found[0]


@whole_practice()
def decide_conflict(
    conflict: Conflict, verdict: ChartVerdict, *, physician_id: int | None, staff_id: int | None
) -> ChartDecision:
    """Decide whether the answer, the chart or both count for this visit. Neither is changed by it. Flushes.

    `physician_id`: whom the chart's words mean, where it has only words. Raises NeedsPhysician.
    """
    visit, picked = conflict.visit, False
    charted = conflict.physician_id
    if charted is None and verdict != ChartVerdict.ANSWER:
        if physician_id is None or db.session.get(Physician, physician_id) is None:
            raise NeedsPhysician
        visit.documented_physician_id = charted = physician_id
        picked = True
        announce([visit.id], documented={visit.id: physician_id})
    source_id = physician_source_id()
    if source_id is None:
        raise NeedsPhysician
    decision = ChartDecision(
        visit_id=visit.id,
        answer_id=conflict.answer.id,
        physician_referral_id=_documented_link(visit.id) if charted else None,
        charted_words="" if charted else conflict.charted_words,
        picked=picked,
        source_id=source_id,
        verdict=str(verdict),
        decided_at=clock.now(),
        decided_by_id=staff_id,
    )
    db.session.add(decision)
    db.session.flush()
    entries.settle([visit.id])
    _record("chart.decided", visit, verdict=str(verdict), decision=decision.id)
    return decision


@whole_practice()
def undo_decision(decision: ChartDecision) -> None:
    """Undo a decision: the visit counts as before, and waits again. Twice changes nothing. Flushes."""
    if decision.undone_at is not None:
        return
    decision.undone_at = clock.now()
    db.session.flush()
    visit = db.session.get_one(Visit, decision.visit_id)
    if decision.picked and visit.documented_physician_id is not None:
        visit.documented_physician_id = None
        announce([visit.id], documented={visit.id: None})
    entries.settle([visit.id])
    _record("chart.undone", visit, decision=decision.id)


def _record(action: str, visit: Visit, **details: Any) -> None:
    audit_trail.record(action, **audit_trail.about(visit), **details)


def decided_conflicts(*, within: Collection[int], limit: int) -> list[DecidedConflict]:
    """Decisions in force, the latest first."""
    rows = db.session.execute(
        select(ChartDecision, Visit, PhysicianReferral.physician_id, Staff.name)
        .join(Visit, Visit.id == ChartDecision.visit_id)
        .outerjoin(PhysicianReferral, PhysicianReferral.id == ChartDecision.physician_referral_id)
        .outerjoin(Staff, Staff.id == ChartDecision.decided_by_id)
        .where(Visit.location_id.in_(within), ChartDecision.undone_at.is_(None))
        .options(joinedload(Visit.patient), joinedload(Visit.location))
        .order_by(ChartDecision.id.desc())
        .limit(limit)
    )
    return [DecidedConflict(decision, visit, physician_id, name or "") for decision, visit, physician_id, name in rows]


def decision(decision_id: int, *, within: Collection[int]) -> ChartDecision:
    """The decision, or a 404 when its visit lies elsewhere."""
    return db.session.scalars(
        select(ChartDecision)
        .join(Visit, Visit.id == ChartDecision.visit_id)
        .where(ChartDecision.id == decision_id, Visit.location_id.in_(within))
    ).one_or_none() or abort(404)


def physician_source_id() -> int | None:
    """The practice's general source for physicians, under which the chart's physician counts."""
    rows = db.session.execute(
        select(ReferralSource.id, ReferralSource.code)
        .where(ReferralSource.kind == SourceKind.PHYSICIAN, ReferralSource.parent_id.is_(None))
        .order_by(ReferralSource.position, ReferralSource.id)
    ).all()
    return next((row.id for row in rows if row.code == "doctor"), rows[0].id if rows else None)


def _candidates(within: Collection[int], since: date | None) -> Iterator[Sequence[Visit]]:
    """Visits with a chart that names somebody and a current answer, the latest first, some at a time."""
    documented = select(PhysicianReferral.id).where(
        PhysicianReferral.visit_id == Visit.id, is_documented(PhysicianReferral)
    )
    answered = select(Answer.id).where(Answer.visit_id == Visit.id, is_current(), Answer.outcome == Outcome.ANSWERED)
    stated, charted = aliased(PhysicianReferral), aliased(PhysicianReferral)
    agreeing = (
        select(stated.id)
        .join(charted, and_(charted.visit_id == stated.visit_id, charted.physician_id == stated.physician_id))
        .where(
            stated.visit_id == Visit.id,
            stated.mention_id.is_not(None),
            link_holds(stated),
            is_documented(charted),
        )
    )
    query: Select[Any] = (
        select(Visit)
        .where(
            Visit.location_id.in_(within),
            may_count(),
            or_(documented.exists(), and_(Visit.documented_name != "", Visit.documented_physician_id.is_(None))),
            answered.exists(),
            ~agreeing.exists(),
        )
        .options(joinedload(Visit.patient), joinedload(Visit.location))
        .order_by(Visit.visit_date.desc(), Visit.id.desc())
    )
    if since is not None:
        query = query.where(Visit.visit_date >= since)
    # Each step goes on after the last visit of the one before: an offset would read all of those again.
    after = query
    while batch := db.session.scalars(after.limit(_STEP)).all():
        yield batch
        if len(batch) < _STEP:
            return
        day, last = batch[-1].visit_date, batch[-1].id
        after = query.where(or_(Visit.visit_date < day, and_(Visit.visit_date == day, Visit.id < last)))


def _in_conflict(visits: Sequence[Visit]) -> Iterator[Conflict]:
    ids = [visit.id for visit in visits]
    answers = current_answers(ids)
    charted = _charted(ids)
    mentions = effective_mentions([answer.id for answer in answers.values()])
    merges = mappings()
    physicians = merges[Kind.PHYSICIANS]
    kinds = {row.id: row.kind for row in db.session.execute(select(ReferralSource.id, ReferralSource.kind))}
    done = _decided([answer.id for answer in answers.values()])
    for visit in visits:
        answer = answers.get(visit.id)
        if answer is None or answer.outcome != Outcome.ANSWERED:
            continue
        link = charted.get(visit.id)
        if link is None and (not visit.documented_name or visit.documented_physician_id is not None):
            continue
        if any(
            (each.physician_referral_id == link.id) if link else (each.charted_words == visit.documented_name)
            for each in done.get(answer.id, ())
        ):
            continue
        said = tuple(mention.read_under(merges) for mention in mentions.get(answer.id, ()))
        physician_id = physicians.get(link.physician_id, link.physician_id) if link else None
        named = [each.physician_id for each in said if each.physician_id is not None]
        if disagrees(physician_id, named, [kinds[each] for mention in said for each in mention.source_ids]):
            yield Conflict(visit, answer, physician_id, visit.documented_name, said)


def disagrees(charted_id: int | None, physician_ids: Collection[int], kinds: Collection[str]) -> bool:
    """True when an answer that names these physicians, and sources of these kinds, is not what the chart says.

    `charted_id` None: the chart has only words. All ids as merged records are read.
    """
    if physician_ids:
        # Words alone may well mean the one who was named; a record that differs can't.
        return charted_id is not None and charted_id not in physician_ids
    # Words that nobody has matched yet wait elsewhere; "a doctor" agrees with any chart.
    return bool(kinds) and SourceKind.PHYSICIAN not in kinds


def chart_is_settled() -> ColumnElement[bool]:
    """SQL condition on an answer: somebody decided what counts between it and the chart's entry of today."""
    decided = select(ChartDecision.id).join(
        PhysicianReferral, PhysicianReferral.id == ChartDecision.physician_referral_id
    )
    holds = decided.where(
        ChartDecision.answer_id == Answer.id, ChartDecision.undone_at.is_(None), PhysicianReferral.ended_at.is_(None)
    )
    return holds.correlate(Answer).exists()


def _charted(visit_ids: Collection[int]) -> dict[int, Any]:
    rows = db.session.execute(
        select(PhysicianReferral.id, PhysicianReferral.visit_id, PhysicianReferral.physician_id)
        .where(PhysicianReferral.visit_id.in_(visit_ids), is_documented(PhysicianReferral))
        .order_by(PhysicianReferral.id)
    )
    return {row.visit_id: row for row in rows}


def _decided(answer_ids: Collection[int]) -> dict[int, list[ChartDecision]]:
    found: dict[int, list[ChartDecision]] = defaultdict(list)
    query = select(ChartDecision).where(ChartDecision.answer_id.in_(answer_ids), ChartDecision.undone_at.is_(None))
    for each in db.session.scalars(query):
        found[each.answer_id].append(each)
    return found


def _documented_link(visit_id: int) -> int:
    return int(_charted([visit_id])[visit_id].id)
