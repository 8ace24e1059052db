"""Visits: adding and changing them. Each change is announced inside its transaction, so counts follow with it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from blinker import Namespace

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import ELIGIBLE_STATUSES, Location, Visit, VisitStatus, VisitType
from intake.web.wall.location_wall import whole_practice

_signals = Namespace()
visits_changed = _signals.signal("visits-changed")
# Visits are about to be deleted, as an import is taken back: receivers delete what they only derived from them.
visits_withdrawn = _signals.signal("visits-withdrawn")
# Tables of rooms above whose rows follow from a visit's own columns; any other row that names a visit keeps it.
derived_from_visits: set[Any] = set()
# A schedule says who agreed to texts: `agreed`, by patient id. Receivers work as those of `visits_changed` do.
consents_imported = _signals.signal("consents-told")


@whole_practice()
def announce(visit_ids: Collection[int], documented: Mapping[int, int | None] | None = None) -> None:
    """Tell the rooms above that these visits were added or changed; call it before the commit.

    `documented` holds, by visit, the physician whom the practice's own system names as the referring one,
    or None when it no longer names one. Receivers of `visits_changed` get `visit_ids` (each once) and `documented`;
    they work in the caller's transaction and only flush.
    """
    db.session.flush()
    each = tuple(dict.fromkeys(visit_ids))
    if each:
        visits_changed.send(None, visit_ids=each, documented=dict(documented or {}))


def add_visit(
    *,
    patient_id: int,
    location: Location,
    scheduled_at: datetime,
    visit_type: str = VisitType.NEW,
    status: str = VisitStatus.SCHEDULED,
    provider: str = "",
    language: str | None = None,
    appointment_id: str | None = None,
    arrived_at: datetime | None = None,
) -> Visit:
    """Add a visit and announce it. Flushes."""
    visit = Visit(
        patient_id=patient_id,
        location_id=location.id,
        appointment_id=appointment_id,
        scheduled_at=scheduled_at,
        visit_date=clock.clinic_day(scheduled_at, location.time_zone),
        arrived_at=arrived_at or (clock.now() if status in ELIGIBLE_STATUSES else None),
        visit_type=VisitType(visit_type),
        status=VisitStatus(status),
        provider=provider,
        language=language,
        created_at=clock.now(),
    )
    db.session.add(visit)
    db.session.flush()
    audit_trail.record("visit.added", subject_kind="visit", subject_id=visit.id, location_id=location.id)
    announce([visit.id])
    return visit


def mark_arrived(visit: Visit, *, at: datetime | None = None) -> None:
    """Mark the visit as arrived. One already arrived or completed keeps its first arrival time."""
    if visit.status in ELIGIBLE_STATUSES and visit.arrived_at is not None:
        return
    status = VisitStatus.COMPLETED if visit.status == VisitStatus.COMPLETED else VisitStatus.ARRIVED
    change_status(visit, status, at=at)


def change_status(visit: Visit, status: str, *, at: datetime | None = None) -> None:
    """Set the status; the first one that means 'came' sets the arrival time, one that means 'didn't' clears it."""
    status = VisitStatus(status)
    if visit.status == status and (visit.arrived_at is not None or status not in ELIGIBLE_STATUSES):
        return
    before, visit.status = visit.status, status
    if status not in ELIGIBLE_STATUSES:
        visit.arrived_at = None
    elif visit.arrived_at is None:
        visit.arrived_at = at or clock.now()
    facts = {"subject_kind": "visit", "subject_id": visit.id, "location_id": visit.location_id}
    audit_trail.record("visit.status", **facts, before=str(before), after=str(status))
    announce([visit.id])
