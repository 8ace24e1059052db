"""Physicians: adding, changing, setting aside, merging two records of one person. Each verb flushes."""

from typing import Any

from sqlalchemy import select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.merge_mapping import merge_mapping
from intake.directory.models import Physician, PhysicianMerge
from intake.directory.npi.rows import is_active


class NpiTaken(Exception):
    """Another physician has this NPI; `physician` is that one."""

    def __init__(self, physician: Physician) -> None:
        super().__init__()
        self.physician = physician


class CannotMergePhysicians(Exception):
    """The two are one record already, or merging them would go round in a circle."""


def add_physician(**facts: Any) -> Physician:
    """Add a physician whom staff describe. Raises NpiTaken."""
    _refuse_taken(facts.get("npi"), but=None)
    physician = Physician(**facts, added_by_hand=True, created_at=clock.now())
    db.session.add(physician)
    db.session.flush()
    audit_trail.record("physician.added", subject_kind="physician", subject_id=physician.id, by_hand=True)
    return physician


def change_physician(physician: Physician, **facts: Any) -> None:
    """Give a physician these facts; a newer row of the registry may change them again. Raises NpiTaken."""
    _refuse_taken(facts.get("npi"), but=physician.id)
    changed = sorted(name for name, value in facts.items() if getattr(physician, name) != value)
    for name in changed:
        setattr(physician, name, facts[name])
    db.session.flush()
    if changed:
        audit_trail.record("physician.changed", subject_kind="physician", subject_id=physician.id, fields=changed)


def set_practice(physician: Physician, practice_id: int | None) -> None:
    """Set the practice that the physician works in; None for none that is known."""
    physician.referring_practice_id = practice_id
    db.session.flush()
    audit_trail.record("physician.practice_set", **audit_trail.about(physician), practice_id=practice_id)


def set_aside(physician: Physician) -> None:
    """Stop offering the physician in searches, whatever the registry says; referrals stay."""
    physician.set_aside_at = clock.now()
    physician.active = False
    db.session.flush()
    audit_trail.record("physician.set_aside", subject_kind="physician", subject_id=physician.id)


def bring_back(physician: Physician) -> None:
    """Offer the physician again, unless the registry has deactivated the number."""
    physician.set_aside_at = None
    physician.active = is_active(physician.deactivated_on, physician.reactivated_on)
    db.session.flush()
    audit_trail.record("physician.brought_back", subject_kind="physician", subject_id=physician.id)


def merge_physicians(physician_id: int, into_id: int, *, staff_id: int | None = None) -> PhysicianMerge:
    """Read `physician_id` as `into_id`, in reports of any period. Raises CannotMergePhysicians."""
    mapping = physician_mapping()
    if physician_id == into_id or physician_id in mapping or mapping.get(into_id, into_id) == physician_id:
        raise CannotMergePhysicians
    merge = PhysicianMerge(physician_id=physician_id, into_id=into_id, merged_at=clock.now(), merged_by_id=staff_id)
    db.session.add(merge)
    db.session.flush()
    audit_trail.record("physician.merged", subject_kind="physician", subject_id=physician_id, into_id=into_id)
    return merge


def undo_physician_merge(merge: PhysicianMerge) -> None:
    """Part the two again, each with exactly what it had."""
    if merge.undone_at is None:
        merge.undone_at = clock.now()
        db.session.flush()
        audit_trail.record(
            "physician.merge_undone", subject_kind="physician", subject_id=merge.physician_id, into_id=merge.into_id
        )


def physician_mapping() -> dict[int, int]:
    """Id of each merged physician → id of the record it is read as, chains followed to their end."""
    return merge_mapping(PhysicianMerge.physician_id)


def _refuse_taken(npi: str | None, *, but: int | None) -> None:
    if npi:
        other = db.session.scalars(select(Physician).where(Physician.npi == npi)).one_or_none()
        if other is not None and other.id != but:
            raise NpiTaken(other)
