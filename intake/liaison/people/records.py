"""Writes of contacts, wishes and relationships. All flush; the caller commits."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.id_filters import among
from intake.liaison.page.parties import Party
from intake.liaison.page.parts import HAND_OVERS
from intake.liaison.page.referrers import today
from intake.liaison.people.models import OfficeContact, OfficePreference, Relationship
from intake.liaison.promises.models import OfficeIssue, Promise


def look_after(party: Party, *, location_id: int, owner_id: int | None, **facts: Any) -> Relationship:
    """Make a party a target of a location, or a target again; what is known of an earlier time stays."""
    found = db.session.scalars(
        select(Relationship).where(party.owns(Relationship), Relationship.location_id == location_id)
    ).first()
    if found is None:
        found = Relationship(**party.columns, location_id=location_id, since=today())
        db.session.add(found)
    return change_relationship(found, ended_at=None, owner_id=owner_id, **facts)


def change_relationship(found: Relationship, **facts: Any) -> Relationship:
    """Set columns: owner_id, tier, tier_reason, goal, every_days; with `ended_at` it is no target any more."""
    _set(found, facts)
    does = "ended" if found.ended_at else "resumed" if facts.keys() == {"ended_at"} else "changed"
    audit_trail.record(
        f"relationship.{does}",
        subject_kind="relationship",
        subject_id=found.id,
        location_id=found.location_id,
        changed=sorted(facts),
    )
    return found


def set_preference(party: Party, *, by_id: int, **facts: Any) -> OfficePreference:
    """Note how an office wants to be dealt with: hours, referrals_by, results_by, do_not_visit, note."""
    found = db.session.scalars(select(OfficePreference).where(party.owns(OfficePreference))).first()
    if found is None:
        found = OfficePreference(**party.columns)
        db.session.add(found)
    _set(found, {**facts, "changed_at": clock.now(), "changed_by_id": by_id})
    audit_trail.record("office_preference.changed", subject_kind="office_preference", subject_id=found.id)
    return found


def add_contact(party: Party, *, by_id: int | None, **facts: Any) -> OfficeContact:
    """Add somebody to a practice; to a physician only where no practice is known. The same form twice adds one."""
    columns = {"physician_id": None, "practice_id": party.practice.id} if party.practice else party.columns
    query = select(OfficeContact).filter_by(**columns, gone_at=None, name=facts["name"])
    for each in db.session.scalars(query):
        if all(getattr(each, name) == value for name, value in facts.items()):
            return each
    added = OfficeContact(**columns, created_at=clock.now(), created_by_id=by_id)
    db.session.add(added)
    _set(added, facts)
    audit_trail.record("office_contact.added", subject_kind="office_contact", subject_id=added.id)
    return added


def change_contact(contact: OfficeContact, **facts: Any) -> None:
    _set(contact, facts)
    audit_trail.record("office_contact.changed", subject_kind="office_contact", subject_id=contact.id)


def remove_contact(contact: OfficeContact) -> None:
    """Delete somebody whom a file added by mistake and nobody has met. Everybody else is marked as gone."""
    audit_trail.record("office_contact.removed", subject_kind="office_contact", subject_id=contact.id)
    db.session.delete(contact)
    db.session.flush()


def hand_over(*, from_id: int, to_id: int, location_ids: Collection[int]) -> tuple[int, int, int]:
    """Give somebody's relationships, open promises and open issues at these locations to a colleague, with the stops
    that they planned; how many of the first three.

    Touchpoints keep their author: they say who was there.
    """
    moved = []
    for table, is_open in (
        (Relationship, Relationship.ended_at.is_(None)),
        (Promise, Promise.closed_at.is_(None)),
        (OfficeIssue, OfficeIssue.told_on.is_(None)),
    ):
        mine = (table.owner_id == from_id, among(table.location_id, sorted(location_ids)), is_open)
        moved.append(db.session.scalar(select(func.count()).select_from(table).where(*mine)) or 0)
        db.session.execute(table.__table__.update().where(*mine).values(owner_id=to_id))  # type: ignore[attr-defined]
    db.session.expire_all()
    counts = dict(zip(("relationships", "promises", "issues"), moved, strict=True))
    counts["stops"] = sum(give(from_id, to_id, location_ids) for give in HAND_OVERS.all)
    audit_trail.record("relationships.handed_over", subject_kind="staff", subject_id=from_id, to=to_id, **counts)
    return moved[0], moved[1], moved[2]


def _set(row: Any, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(row, name, value)
    db.session.flush()
