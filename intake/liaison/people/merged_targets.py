"""Relationships with records that were merged: one location looks after one physician once, whatever the record."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from intake.accounts.current import current_locations
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.db import db
from intake.id_filters import among
from intake.liaison.page.access import of_my_locations
from intake.liaison.people.models import OfficePreference, Relationship
from intake.once_a_look import once_a_look


@dataclass(frozen=True)
class MergedTargets:
    """What merges change of the reader's relationships; nothing is written, so that an undone merge changes it back."""

    # Relationship left out → the one that stands for it.
    into: dict[int, int] = field(default_factory=dict)
    # By relationship: their latest contact, hours, and whether any of the records wants no visits.
    last_contacts: dict[int, date] = field(default_factory=dict)
    hours: dict[int, str] = field(default_factory=dict)
    unwanted: set[int] = field(default_factory=set)
    # Merged records that a relationship names → the kept ones.
    physicians: dict[int, int] = field(default_factory=dict)
    practices: dict[int, int] = field(default_factory=dict)


NOTHING = MergedTargets()


def merged_targets() -> MergedTargets:
    """The kept record's own relationship stands for the others, else the oldest."""
    lists = lists_as_of_now()
    if not lists.physician_counts_as and not lists.practice_counts_as:
        return NOTHING
    return once_a_look("merged_targets", frozenset(current_locations()), lambda: _merged_targets(lists))


def _merged_targets(lists: Lists) -> MergedTargets:
    people, groups = lists.physician_counts_as, lists.practice_counts_as

    def kept(row: Relationship | OfficePreference) -> tuple[int | None, int | None]:
        return people.get(row.physician_id or 0, row.physician_id), groups.get(row.practice_id or 0, row.practice_id)

    def is_own(row: Relationship | OfficePreference) -> bool:
        return kept(row) == (row.physician_id, row.practice_id)

    def merged(table: type[Relationship] | type[OfficePreference]) -> ColumnElement[bool]:
        return or_(
            among(table.physician_id, sorted({*people, *people.values()})),
            among(table.practice_id, sorted({*groups, *groups.values()})),
        )

    here = (merged(Relationship), Relationship.ended_at.is_(None), of_my_locations(Relationship.location_id))
    together = defaultdict(list)
    for row in db.session.scalars(select(Relationship).where(*here).order_by(Relationship.id)):
        together[row.location_id, kept(row)].append(row)
    if not together:
        return NOTHING
    wishes = defaultdict(list)
    for wish in db.session.scalars(
        select(OfficePreference).where(merged(OfficePreference)).order_by(OfficePreference.id)
    ):
        wishes[kept(wish)].append(wish)
    found = MergedTargets()
    for (_, party), rows in together.items():
        stands = next(filter(is_own, rows), rows[0])
        found.into.update({row.id: stands.id for row in rows if row is not stands})
        if contacts := [row.last_contact_on for row in rows if row.last_contact_on]:
            found.last_contacts[stands.id] = max(contacts)
        if hours := [wish.hours for wish in sorted(wishes[party], key=is_own, reverse=True) if wish.hours]:
            found.hours[stands.id] = hours[0]
        if any(wish.do_not_visit for wish in wishes[party]):
            found.unwanted.add(stands.id)
        if stands.physician_id in people:
            found.physicians[stands.physician_id] = people[stands.physician_id]
        if stands.practice_id in groups:
            found.practices[stands.practice_id] = groups[stands.practice_id]
    return found
