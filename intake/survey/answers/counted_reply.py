"""Which reply of a new patient counts, whichever of their visits it was given at.

Of several what was given first counts, a reply that names a source before one that doesn't; a correction stands where
the answer stood that it corrects. Two charts that are merged may each have an answer, and so may two visits.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from intake import clock
from intake.db import db
from intake.directory.models import DID_NOT_COME, Visit
from intake.directory.patients.new_patients import NewPatient, again_after_years, new_patients_of, years_on
from intake.id_filters import among, among_given, database_kind, given
from intake.survey.answers.effective_answer import is_current
from intake.survey.models import Answer, Ask, Outcome, ReplyElsewhere


@dataclass(frozen=True)
class Reply:
    """The current answer of a visit, with the door that it came through. `given_at`: when the visit first had one."""

    visit_id: int
    answer_id: int
    outcome: str
    channel: str
    staff_id: int | None
    given_at: datetime


def replies_at(visit_ids: Collection[int]) -> dict[int, Reply]:
    """Return visit id → its current answer, without those that were withdrawn."""
    rows: Any = db.session.execute(_replies(database_kind()), {"visit_ids": given(visit_ids)})
    return {row[0]: Reply(*row) for row in rows}


@cache
def _replies(kind: str) -> Any:
    """Built once: to compose it takes longer than to run it."""
    first = aliased(Answer)
    given_at = select(func.min(first.answered_at)).where(first.visit_id == Answer.visit_id, first.turn.is_not(None))
    return (
        select(
            Answer.visit_id,
            Answer.id,
            Answer.outcome,
            Ask.channel,
            Ask.staff_id,
            given_at.correlate(Answer).scalar_subquery(),
        )
        .join(Ask, Ask.id == Answer.ask_id)
        .where(among_given(Answer.visit_id, "visit_ids", kind), is_current(), Answer.outcome != Outcome.WITHDRAWN)
    )


def counted_reply(replies: Iterable[Reply | None]) -> Reply | None:
    """Return the one of a person's replies that counts."""
    given = [reply for reply in replies if reply is not None]
    return min(given, key=lambda each: (each.outcome != Outcome.ANSWERED, each.given_at, each.answer_id), default=None)


def counting_replies(visit_ids: Collection[int]) -> set[int]:
    """Return the answers that count for the new patients whose visits these are and who have come."""
    new = {each.visits[0].visit_id: each for each in new_patients_of(visit_ids).values() if each.counted}
    replies = replies_at([visit_id for each in new.values() for visit_id in each.visit_ids])
    counted = (counted_reply(map(replies.get, each.visit_ids)) for each in new.values())
    return {reply.answer_id for reply in counted if reply}


def answered_visits(visit_ids: Collection[int], new: Mapping[int, NewPatient] | None = None) -> set[int]:
    """Return those of the visits whose patient has replied, through whichever door: there or, while they are new, at
    any other visit of theirs. Nobody is asked twice. `new`: as `new_patients_of`.
    """
    new = new_patients_of(visit_ids) if new is None else new
    asked = {each: new[each].visit_ids if each in new else [each] for each in visit_ids}
    query = select(Answer.visit_id).where(among(Answer.visit_id, list({id_ for ids in asked.values() for id_ in ids})))
    replied = set(db.session.scalars(query.where(is_current(), Answer.outcome != Outcome.WITHDRAWN)))
    return {each for each, ids in asked.items() if not replied.isdisjoint(ids)}


def is_answered(visit_id: Any) -> ColumnElement[bool]:
    """SQL condition on the id of a recent visit, a value or a column: as `answered_visits`, within one chart."""
    own, other = aliased(Visit), aliased(Visit)
    found = (
        select(Answer.id)
        .join(other, other.id == Answer.visit_id)
        .join(own, own.patient_id == other.patient_id)
        .where(own.id == visit_id, is_current(), Answer.outcome != Outcome.WITHDRAWN)
    )
    if years := again_after_years():
        found = found.where(other.visit_date > years_on(clock.now().date(), -years))
    return found.correlate_except(Answer, own, other).exists()


def may_count() -> ColumnElement[bool]:
    """SQL condition on a visit: it wasn't missed, or what was said there counts at another visit of its patient."""
    elsewhere = select(ReplyElsewhere.reply_visit_id).where(ReplyElsewhere.reply_visit_id == Visit.id)
    return or_(Visit.status.not_in(DID_NOT_COME), elsewhere.correlate(Visit).exists())


def counting_answer(visit_id: Any) -> ColumnElement[bool]:
    """SQL condition on an answer: it is the current reply of the new patient who counts at this visit."""
    counted = select(ReplyElsewhere.counted_visit_id).where(ReplyElsewhere.reply_visit_id == Answer.visit_id)
    replaced = select(ReplyElsewhere.counted_visit_id).where(ReplyElsewhere.counted_visit_id == Answer.visit_id)
    counts_at = func.coalesce(counted.correlate(Answer).scalar_subquery(), Answer.visit_id)
    return and_(visit_id == counts_at, ~replaced.correlate(Answer).exists(), is_current())


def reply_visit(counted_visit_id: Any) -> ColumnElement[int]:
    """SQL: the visit with the reply of the new patient who counts at this one; itself where there is no other."""
    elsewhere = select(ReplyElsewhere.reply_visit_id).where(ReplyElsewhere.counted_visit_id == counted_visit_id)
    return func.coalesce(elsewhere.scalar_subquery(), counted_visit_id)
