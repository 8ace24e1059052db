"""What brought somebody back after a long while: a question of its own, beside the first one and never instead."""

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.capture.models import ReturnReason
from intake.db import db
from intake.directory.merging.merge import Kind, read_as_one
from intake.directory.models import ELIGIBLE_STATUSES, Visit
from intake.id_filters import among_given, database_kind, given

# Since the last visit that was kept.
LONG_WHILE = timedelta(days=365)


def came_back(visit: Visit) -> bool:
    """Return whether this person comes after a year or more without a visit."""
    ids = read_as_one(Kind.PATIENTS, visit.patient_id)
    last = db.session.scalar(_last_kept(database_kind()), {"patient_ids": given(ids), "before": visit.visit_date})
    return last is not None and visit.visit_date - last >= LONG_WHILE


@cache
def _last_kept(kind: str) -> Any:
    """Built once: each answer asks it, and to compose it takes longer than to run it."""
    return select(func.max(Visit.visit_date)).where(
        among_given(Visit.patient_id, "patient_ids", kind),
        Visit.status.in_(ELIGIBLE_STATUSES),
        Visit.visit_date < bindparam("before"),
    )


def reason_of(visit_id: int) -> ReturnReason | None:
    """Return what they said brought them back; the newest holds."""
    query = select(ReturnReason).where(ReturnReason.visit_id == visit_id).order_by(ReturnReason.id.desc())
    return db.session.scalars(query.limit(1)).first()


def record_reason(visit: Visit, *, source_id: int | None, words: str = "", staff_id: int | None = None) -> None:
    """Record what brought them back; what first led them here stays as it is. Flushes."""
    db.session.add(
        ReturnReason(visit_id=visit.id, source_id=source_id, words=words, recorded_at=clock.now(), staff_id=staff_id)
    )
    db.session.flush()
    audit_trail.record("return.recorded", **audit_trail.about(visit))
