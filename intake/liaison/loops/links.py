"""Links to physicians as rows, with the visit or the caller that each is of."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select, union_all
from sqlalchemy.orm import aliased

from intake.capture.models import CallSlip
from intake.db import db
from intake.directory.models import Caller, Visit
from intake.survey.answers.effective_answer import link_holds
from intake.survey.models import Mention, PhysicianReferral

# Made once: it takes longer than asking.
_ONE = aliased(PhysicianReferral)


def links_of(
    visits: ColumnElement[bool], *callers: ColumnElement[bool], physician_ids: Collection[int] | None = None
) -> ColumnElement[bool]:
    """SQL condition on a link: of these visits, of callers who have such a visit by now, or of these callers; to these
    records alone if they are given.

    By their ids, each found by an index; asked of the joined rows, every link there is would be read.
    """
    link = _ONE
    to = () if physician_ids is None else (link.physician_id.in_(physician_ids),)
    of_visits = select(link.id).join(Visit, Visit.id == link.visit_id).where(visits, *to)
    of_callers = (
        select(link.id)
        .join(Caller, Caller.id == link.caller_id)
        .outerjoin(Visit, Visit.id == Caller.visit_id)
        .where(link.caller_id.is_not(None), or_(visits, *callers), *to)
    )
    return PhysicianReferral.id.in_(union_all(of_visits, of_callers))


def links_where(*conditions: ColumnElement[bool]) -> list[Row[Any]]:
    """Return the links that hold, with the visit or the caller each is of; a caller who has a visit by now is that."""
    link = PhysicianReferral
    query = (
        select(
            link.id,
            link.physician_id,
            link.caller_id,
            link.evidence,
            Mention.source_id,
            Visit.id.label("visit_id"),
            Visit.patient_id,
            Visit.visit_date,
            func.coalesce(Visit.location_id, Caller.location_id).label("location_id"),
            Caller.called_at,
            CallSlip.on_paper,
        )
        .select_from(link)
        .outerjoin(Caller, Caller.id == link.caller_id)
        .outerjoin(CallSlip, CallSlip.caller_id == link.caller_id)
        .outerjoin(Visit, Visit.id == func.coalesce(link.visit_id, Caller.visit_id))
        .outerjoin(Mention, Mention.id == link.mention_id)
        # With a practice of which nobody was named there is nobody to close the loop with.
        .where(link_holds(link), link.physician_id.is_not(None), *conditions)
    )
    return list(db.session.execute(query))
