"""Those we look after: each with owner, status and the day from which they should hear from us."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from intake.attribution.filters.dimensions.dimension import mapped
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.attribution.referrers.history import Records
from intake.attribution.referrers.status import ReferrerStatus, StatusName
from intake.db import db
from intake.directory.models import Physician, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.registry_names import physician_name, proper
from intake.id_filters import among
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.referrers import DECLINING, declining_since
from intake.liaison.people.due import DueDay, due
from intake.liaison.people.merged_targets import MergedTargets, merged_targets
from intake.liaison.people.models import OfficePreference, Relationship


@dataclass(frozen=True)
class TargetOffice:
    """One physician or practice that a location of ours looks after."""

    relationship_id: int
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
    last_contact_on: date | None
    status: StatusName | None
    sent_in_year: int
    due: DueDay
    hours: str
    do_not_visit: bool
    street: str = ""
    # The first three digits of the ZIP code.
    region: str = ""

    @property
    def key(self) -> str:
        return f"physician-{self.physician_id}" if self.physician_id else f"practice-{self.practice_id}"


class DueOffice(NamedTuple):
    """What a target's turn is decided by: thousands are read for a page that shows some of them."""

    relationship_id: int
    owner_id: int | None
    tier: str
    do_not_visit: bool
    day: date


class HasPlace(Protocol):
    """What tells how far two offices are from one another; empty for what nobody knows."""

    @property
    def area(self) -> str: ...
    @property
    def region(self) -> str: ...


class Whereabouts(NamedTuple):
    """Where and when a target can be met."""

    hours: str
    area: str
    region: str


def whereabouts(ids: Collection[int]) -> list[Whereabouts]:
    """Of these relationships at the reader's locations, without all else that is known of a target."""
    if not ids:
        return []
    columns = (
        Relationship.id,
        *_WISHED,
        _ZIP.label("zip_code"),
        Physician.city,
        ReferringPractice.city.label("group_city"),
    )
    one = merged_targets()
    rows = _rows(columns, one, ids=ids)
    return [Whereabouts(one.hours.get(row.id, row.hours), *_area_and_region(row)) for row in rows]


def targets(known: Records, *, owner_id: int | None = None, ids: Collection[int] | None = None) -> list[TargetOffice]:
    """Targets of the reader's locations, those due first; of one owner, or these relationships alone. Relationships
    with records that were merged are one.
    """
    columns = (
        Physician.street,
        Physician.phone,
        _ZIP.label("zip_code"),
        ReferringPractice.phone_e164,
        *_WISHED,
        *_DUE,
        *_NAMED,
    )
    lists, one = lists_as_of_now(), merged_targets()
    found = (_target(row, known, lists, one) for row in _rows(columns, one, owner_id=owner_id, ids=ids))
    return sorted(found, key=lambda each: (each.due.day, each.name))


def due_offices(known: Records, *, owner_id: int | None = None) -> list[DueOffice]:
    """Turns of the targets of the reader's locations, or of one owner's, those due first."""
    merged, one = lists_as_of_now().physician_counts_as, merged_targets()
    wish = OfficePreference
    # Few want no visits: to read those is less than to look each target's wishes up.
    unwanted = {
        (row[0], row[1])
        for row in db.session.execute(select(wish.physician_id, wish.practice_id).where(wish.do_not_visit.is_(True)))
    }
    found = []
    for row in _rows(_DUE, one, owner_id=owner_id):
        # Taken apart at once: names of a row's columns are looked up each time they are read.
        relationship_id, physician_id, practice_id, owner, tier, every_days, since, last_contact_on = row
        falls = due(
            tier=tier,
            every_days=every_days,
            since=since,
            last_contact_on=one.last_contacts.get(relationship_id, last_contact_on),
            declining_since=_declining(known.standings.get(merged.get(physician_id, physician_id)), known),
        )
        avoided = (physician_id, None) in unwanted or (None, practice_id) in unwanted or relationship_id in one.unwanted
        found.append(DueOffice(relationship_id, owner, tier, avoided, falls.day))
    return sorted(found, key=attrgetter("day"))


def targets_at(known: Records, found: Sequence[DueOffice], start: int, end: int) -> list[TargetOffice]:
    """Those at these places when a day's are put in order of their names; nobody of another day is read."""
    days = {each.day for each in found[start:end]}
    few = [each.relationship_id for each in found if each.day in days]
    skipped = sum(1 for each in found if each.day < found[start].day) if few else 0
    return targets(known, ids=few)[start - skipped : end - skipped] if few else []


def searched_names() -> dict[int, str]:
    """Relationship of the reader's locations → its name and place, as `normal` writes them."""
    rows = _rows((Relationship.id, Relationship.physician_id, *_NAMED), merged_targets())
    return {row.id: _searched(*_name_and_place(row)) for row in rows}


_MEMBER = aliased(Physician)
# A practice itself, or the one that a physician works at.
_AT = func.coalesce(Relationship.practice_id, Physician.referring_practice_id)
# Physicians have a ZIP code; a practice has that of somebody who works there.
_ZIP = func.coalesce(
    Physician.postal_code,
    select(func.min(_MEMBER.postal_code))
    .where(_MEMBER.referring_practice_id == Relationship.practice_id, _MEMBER.postal_code != "")
    .scalar_subquery(),
)

# What the physician wishes, and what the practice does; a physician's own hours go before their practice's.
_OWN = aliased(OfficePreference)


def _of_practice(column: Any) -> Any:
    # Joined, SQLite reads them all for each office: where most are NULL it thinks that an index finds nothing.
    return select(column).where(OfficePreference.practice_id == _AT).scalar_subquery()


_WISHED = (
    func.coalesce(func.nullif(_OWN.hours, ""), func.nullif(_of_practice(OfficePreference.hours), ""), "").label(
        "hours"
    ),
    or_(_OWN.do_not_visit.is_(True), _of_practice(OfficePreference.do_not_visit).is_(True)).label("is_unwanted"),
)
_DUE = (
    Relationship.id,
    Relationship.physician_id,
    _AT.label("practice_id"),
    Relationship.owner_id,
    Relationship.tier,
    Relationship.every_days,
    Relationship.since,
    Relationship.last_contact_on,
)
_NAMED = (
    Physician.first_name,
    Physician.last_name,
    Physician.credential,
    Physician.city,
    ReferringPractice.name.label("group_name"),
    ReferringPractice.city.label("group_city"),
)


def _rows(
    columns: Collection[Any], one: MergedTargets, *, owner_id: int | None = None, ids: Collection[int] | None = None
) -> Iterable[Any]:
    query = (
        select(*columns)
        .select_from(Relationship)
        .outerjoin(Physician, Physician.id == mapped(Relationship.physician_id, one.physicians))
        .outerjoin(ReferringPractice, ReferringPractice.id == mapped(_AT, one.practices))
        .where(Relationship.ended_at.is_(None), of_my_locations(Relationship.location_id))
    )
    if set(_WISHED) <= set(columns):
        query = query.outerjoin(_OWN, _OWN.physician_id == Relationship.physician_id)
    if owner_id is not None:
        query = query.where(Relationship.owner_id == owner_id)
    if one.into:
        query = query.where(~among(Relationship.id, sorted(one.into)))
    if ids is not None:
        query = query.where(among(Relationship.id, sorted(ids)))
    return db.session.execute(query)


def _declining(standing: ReferrerStatus | None, known: Records) -> date | None:
    """Since when, if they decline."""
    if standing is None or standing.status not in DECLINING:
        return None
    return declining_since(standing.physician_id, known.histories[standing.physician_id], known.windows)


def _target(row: Any, known: Records, lists: Lists, one: MergedTargets) -> TargetOffice:
    physician_id = lists.physician_counts_as.get(row.physician_id, row.physician_id)
    standing = known.standings.get(physician_id)
    last_contact_on = one.last_contacts.get(row.id, row.last_contact_on)
    name, place, _ = _name_and_place(row)
    area, region = _area_and_region(row)
    return TargetOffice(
        relationship_id=row.id,
        physician_id=physician_id,
        practice_id=None if physician_id else lists.practice_counts_as.get(row.practice_id, row.practice_id),
        name=name,
        place=place,
        area=area,
        phone=row.phone or row.phone_e164 or "",
        owner_id=row.owner_id,
        tier=row.tier,
        last_contact_on=last_contact_on,
        status=standing.status if standing else None,
        sent_in_year=standing.year if standing else 0,
        due=due(
            tier=row.tier,
            every_days=row.every_days,
            since=row.since,
            last_contact_on=last_contact_on,
            declining_since=_declining(standing, known),
        ),
        hours=one.hours.get(row.id, row.hours),
        do_not_visit=bool(row.is_unwanted) or row.id in one.unwanted,
        street=proper(row.street or ""),
        region=region,
    )


def _area_and_region(row: Any) -> tuple[str, str]:
    region = (row.zip_code or "")[:3]
    return _city(row.city or row.group_city or "") or region, region


def _name_and_place(row: Any) -> tuple[str, str, str]:
    """Name, place, and the city of it."""
    city = _city(row.city or row.group_city or "")
    if not row.physician_id:
        return row.group_name, city, city
    place = f"{row.group_name}, {city}" if row.group_name and city else row.group_name or city
    return _name(row.first_name, row.last_name, row.credential), place, city


# Thousands of names are written the same way on every page.
_name = lru_cache(maxsize=20_000)(physician_name)
_city = lru_cache(maxsize=5_000)(proper)


@lru_cache(maxsize=20_000)
def _searched(name: str, place: str, _city: str) -> str:
    return normal(f"{name} {place}")
