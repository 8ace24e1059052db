"""Those we look after: each with owner, status and the day from which they should hear from us."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.referrers.history import Records
from intake.attribution.referrers.status import StatusName
from intake.db import db
from intake.directory.models import Physician, ReferringPractice
from intake.directory.registry_names import physician_name, proper
from intake.id_filters import among
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.referrers import DECLINING, declining_since, referrer_records
from intake.liaison.people.due import DueDay, due
from intake.liaison.people.models import OfficePreference, Relationship

Wishes = dict[tuple[int | None, int | None], tuple[str, bool]]


@dataclass(frozen=True)
class TargetOffice:
    """One physician or practice that a location of ours looks after."""

    relationship_id: int
    location_id: int
    physician_id: int | None
    practice_id: int | None
    name: str
    # "Springfield", and of a physician the practice before it.
    place: str
    # Those of one area are visited on one way.
    area: str
    phone: str
    owner_id: int | None
    tier: str
    tier_reason: str
    goal: str
    last_contact_on: date | None
    status: StatusName | None
    sent_in_year: int
    due: DueDay
    hours: str
    do_not_visit: bool

    @property
    def key(self) -> str:
        return f"physician-{self.physician_id}" if self.physician_id else f"practice-{self.practice_id}"


def targets(*, owner_id: int | None = None, ids: Collection[int] | None = None) -> list[TargetOffice]:
    """Targets of the reader's locations, those due first; of one owner, or these relationships alone."""
    rows = _rows(owner_id, ids)
    known, wishes, merged = referrer_records(), _preferences(), lists_as_of_now().physician_counts_as
    found = (_target(row, merged.get(row.physician_id, row.physician_id), known, wishes) for row in rows)
    return sorted(found, key=lambda each: (each.due.day, each.name))


def _rows(owner_id: int | None, ids: Collection[int] | None) -> Iterable[Any]:
    person, group = Physician, ReferringPractice
    columns: Any = select(
        Relationship.id,
        Relationship.location_id,
        Relationship.physician_id,
        Relationship.practice_id,
        Relationship.owner_id,
        Relationship.tier,
        Relationship.tier_reason,
        Relationship.goal,
        Relationship.every_days,
        Relationship.since,
        Relationship.last_contact_on,
        person.first_name,
        person.last_name,
        person.credential,
        person.city,
        person.postal_code,
        person.phone,
        person.referring_practice_id,
        group.name.label("group_name"),
        group.city.label("group_city"),
        group.phone_e164,
    )
    query = (
        columns.outerjoin(person, person.id == Relationship.physician_id)
        .outerjoin(group, group.id == func.coalesce(Relationship.practice_id, person.referring_practice_id))
        .where(Relationship.ended_at.is_(None), of_my_locations(Relationship.location_id))
    )
    if owner_id is not None:
        query = query.where(Relationship.owner_id == owner_id)
    if ids is not None:
        query = query.where(among(Relationship.id, sorted(ids)))
    return db.session.execute(query)


def _preferences() -> Wishes:
    """(physician, practice) → hours and do-not-visit, of all who told us."""
    wish = OfficePreference
    query = select(wish.physician_id, wish.practice_id, wish.hours, wish.do_not_visit)
    return {(row[0], row[1]): (row[2], row[3]) for row in db.session.execute(query)}


def _target(row: Any, physician_id: int | None, known: Records, wishes: Wishes) -> TargetOffice:
    practice_id = row.practice_id or row.referring_practice_id
    standing = known.standings.get(physician_id) if physician_id else None
    declining = None
    if standing and standing.status in DECLINING:
        declining = declining_since(standing.physician_id, known.histories[standing.physician_id], known.windows)
    own, office = wishes.get((row.physician_id, None)), wishes.get((None, practice_id))
    city = proper(row.city or row.group_city or "")
    return TargetOffice(
        relationship_id=row.id,
        location_id=row.location_id,
        physician_id=row.physician_id,
        practice_id=row.practice_id,
        name=_name(row.first_name, row.last_name, row.credential) if row.physician_id else row.group_name,
        place=", ".join(filter(None, (row.group_name if row.physician_id else "", city))),
        area=city or (row.postal_code or "")[:3],
        phone=row.phone or row.phone_e164 or "",
        owner_id=row.owner_id,
        tier=row.tier,
        tier_reason=row.tier_reason,
        goal=row.goal,
        last_contact_on=row.last_contact_on,
        status=standing.status if standing else None,
        sent_in_year=standing.year if standing else 0,
        due=due(
            tier=row.tier,
            every_days=row.every_days,
            since=row.since,
            last_contact_on=row.last_contact_on,
            declining_since=declining,
        ),
        hours=(own and own[0]) or (office and office[0]) or "",
        do_not_visit=bool((own and own[1]) or (office and office[1])),
    )


# Thousands of names are written the same way on every page.
_name = lru_cache(maxsize=20_000)(physician_name)
