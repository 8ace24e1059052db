"""Legal holds: what must not be erased or run out, of a patient or of the whole practice."""

from collections.abc import Collection
from typing import Any

from flask import abort
from sqlalchemy import ColumnElement, or_, select, true

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.merging.merge import Kind, read_as_one
from intake.directory.models import Patient
from intake.privacy.models import LegalHold

HELD_WORDS = "A legal hold keeps this as it is. End the hold first."


def standing() -> list[tuple[LegalHold, Patient | None]]:
    """Return the holds that have not ended, the latest first."""
    query = (
        select(LegalHold, Patient)
        .outerjoin(Patient, Patient.id == LegalHold.patient_id)
        .where(LegalHold.ended_at.is_(None))
        .order_by(LegalHold.id.desc())
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def practice_is_held() -> bool:
    query = select(LegalHold.id).where(LegalHold.ended_at.is_(None), LegalHold.patient_id.is_(None)).limit(1)
    return db.session.scalar(query) is not None


def held_charts() -> set[int]:
    """Return the charts of everybody on hold, with those that are read as one with them."""
    query = select(LegalHold.patient_id).where(LegalHold.ended_at.is_(None), LegalHold.patient_id.is_not(None))
    return {chart for held in db.session.scalars(query) for chart in read_as_one(Kind.PATIENTS, held or 0)}


def is_held(charts: Collection[int]) -> bool:
    return practice_is_held() or not held_charts().isdisjoint(charts)


def begin(matter: str, *, patient_id: int | None, staff_id: int) -> LegalHold:
    """Hold one patient, or the whole practice. Flushes."""
    held = LegalHold(patient_id=patient_id, matter=matter, begun_at=clock.now(), begun_by_id=staff_id)
    db.session.add(held)
    db.session.flush()
    audit_trail.record("hold.begun", subject_kind="patient" if patient_id else "practice", subject_id=patient_id or 1)
    return held


def end(hold_id: int, *, staff_id: int) -> None:
    """End a hold; ending it twice changes nothing. A 404 without one. Flushes."""
    held = db.session.get(LegalHold, hold_id)
    if held is None:
        abort(404)
    if held.ended_at is None:
        held.ended_at, held.ended_by_id = clock.now(), staff_id
        db.session.flush()
        subject = {"subject_kind": "patient" if held.patient_id else "practice", "subject_id": held.patient_id or 1}
        audit_trail.record("hold.ended", **subject)


def of_patients_not_held(patient_id: Any) -> ColumnElement[bool]:
    """SQL: nobody on hold stands in this column."""
    held = held_charts()
    return or_(patient_id.is_(None), patient_id.not_in(held)) if held else true()
