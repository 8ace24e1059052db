"""Potential referrers: clinicians of the registry near a location who have sent nobody yet, ranked by what is known.

Nobody here knows whom they send elsewhere. What counts is whether they are near, whether their specialty refers to us,
and whether somebody of their practice does already.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from intake.attribution.referrers.history import Records
from intake.attribution.rollup.period_cache import period_cache
from intake.db import db
from intake.directory.models import Location, Physician
from intake.directory.npi.specialties import specialty_names
from intake.directory.registry_names import physician_name, proper
from intake.id_filters import among
from intake.liaison.page.referrers import referrer_records
from intake.liaison.people.models import Relationship

MOST_SHOWN = 200
# A clinician of a practice that refers already is worth as much as one of a specialty that sends a fifth of all.
MATE_WORTH = 0.2
SAME_CITY_WORTH = 2.0


@dataclass(frozen=True)
class Potential:
    """One clinician, why they may refer, and the share of our referrals that their specialty sends."""

    physician_id: int
    name: str
    specialty: str
    city: str
    phone: str
    same_city: bool
    share: float
    mates: int
    rank: float


def potential_referrers(location: Location) -> list[Potential]:
    """The most likely first. Same city counts more than same first three ZIP digits; then specialty and colleagues."""
    known = referrer_records()
    specialties, mates = _shares(known)
    if not specialties:
        return []
    zips = _zip_areas(location)
    rows = [row for row in _near(location, zips, specialties) if row.id not in known.histories]
    taken = _targets(location.id)
    names = specialty_names({row.taxonomy_code for row in rows})
    city = location.city.casefold()
    found = [
        Potential(
            physician_id=row.id,
            name=physician_name(row.first_name, row.last_name, row.credential),
            specialty=names.get(row.taxonomy_code, ""),
            city=proper(row.city),
            phone=row.phone,
            same_city=bool(same := row.city.casefold() == city),
            share=specialties[row.taxonomy_code],
            mates=mates[row.referring_practice_id],
            rank=(specialties[row.taxonomy_code] + MATE_WORTH * min(mates[row.referring_practice_id], 3))
            * (SAME_CITY_WORTH if same else 1.0),
        )
        for row in rows
        if row.id not in taken
    ]
    return sorted(found, key=lambda each: (-each.rank, each.name))[:MOST_SHOWN]


def _shares(known: Records) -> tuple[Mapping[str, float], Counter[Any]]:
    """Specialty → share of the referrals of the last 365 days; practice → physicians of it who refer."""
    key = ("potential", known.windows, len(known.histories), sum(each.total for each in known.histories.values()))
    kept: tuple[Mapping[str, float], Counter[Any]] | None = period_cache().get(key)
    if kept is not None:
        return kept
    query = select(Physician.id, Physician.taxonomy_code, Physician.referring_practice_id)
    sent: Counter[str] = Counter()
    mates: Counter[Any] = Counter()
    for row in db.session.execute(query.where(among(Physician.id, sorted(known.histories)))):
        sent[row[1]] += known.standings[row[0]].year
        if row[2]:
            mates[row[2]] += 1
    total = sum(sent.values()) or 1
    found = {code: count / total for code, count in sent.items() if code and count}, mates
    period_cache().keep(key, found, rows=len(sent) + len(mates))
    return found


def _zip_areas(location: Location) -> list[str]:
    """The first three ZIP digits of the location's city, as the registry knows them; a location has no ZIP itself."""
    if not location.city:
        return []
    three = func.substr(Physician.postal_code, 1, 3)
    query = (
        select(three)
        .where(Physician.city.in_(_spellings(location.city)), Physician.state == location.state)
        .where(Physician.postal_code != "")
        .group_by(three)
        .order_by(func.count().desc())
    )
    return list(db.session.scalars(query.limit(3)))


def _near(location: Location, zips: Collection[str], specialties: Mapping[str, float]) -> list[Any]:
    near: list[Any] = [Physician.city.in_(_spellings(location.city)) & (Physician.state == location.state)]
    near += [Physician.postal_code.between(area, f"{area}99-9999") for area in zips]
    query = select(
        Physician.id,
        Physician.first_name,
        Physician.last_name,
        Physician.credential,
        Physician.taxonomy_code,
        Physician.city,
        Physician.phone,
        Physician.referring_practice_id,
    ).where(or_(*near), Physician.active.is_(True), Physician.taxonomy_code.in_(sorted(specialties)))
    return list(db.session.execute(query))


def _targets(location_id: int) -> set[int]:
    query = select(Relationship.physician_id).where(
        Relationship.location_id == location_id,
        Relationship.ended_at.is_(None),
        Relationship.physician_id.is_not(None),
    )
    return {each for each in db.session.scalars(query) if each}


def _spellings(city: str) -> list[str]:
    return sorted({city, city.upper(), city.title()})
