"""The list of physicians who refer: filtered, most missed first, a page at a time."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from intake.attribution.filters.request import Order, PhysiciansRequest
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers.history import KnownBy, Records
from intake.attribution.referrers.status import History, ReferrerStatus, StatusName
from intake.cached_property import cached_property
from intake.db import db
from intake.directory.models import Physician
from intake.directory.name_keys import normal, spelled_alike
from intake.directory.npi.specialties import specialty_names
from intake.directory.registry_names import physician_name, proper
from intake.id_filters import among

TIER_NAMES = ("A", "B", "C")


@dataclass(frozen=True)
class ReferrerRow:
    """One physician of the list."""

    physician_id: int
    name: str
    npi: str
    specialty: str
    city: str
    phone: str
    standing: ReferrerStatus
    history: History
    records: Records

    @cached_property
    def known_by(self) -> KnownBy:
        return self.records.known_by(self.physician_id)


@dataclass(frozen=True)
class ReferrerList:
    """`rows` in order after filtering; the counts and choices are of everybody."""

    rows: Sequence[ReferrerRow]
    everybody: int
    # Where nobody is called as was asked: those whose names are spelled much like it.
    alike: Sequence[ReferrerRow]
    statuses: dict[str, int]
    specialties: Sequence[str]
    cities: Sequence[str]


def filters_of(asked: ReportScope) -> PhysiciansRequest:
    assert isinstance(asked.request, PhysiciansRequest)
    return asked.request


def listing(found: Records, filters: PhysiciansRequest) -> ReferrerList:
    """Everybody who ever referred to these locations, narrowed and in order."""
    rows, wanted = _rows(found), normal(filters.name).split()
    fitting = sorted((row for row in rows if _fits(row, filters, wanted)), key=_ORDERS[filters.order])
    named = {} if fitting else {place: normal(row.name) for place, row in enumerate(rows)}
    return ReferrerList(
        rows=fitting,
        everybody=len(rows),
        alike=[rows[place] for place in spelled_alike(filters.name, named)],
        statuses=dict(Counter(str(row.standing.status) for row in rows)),
        specialties=sorted({row.specialty for row in rows if row.specialty}, key=str.casefold),
        cities=sorted({row.city for row in rows if row.city}, key=str.casefold),
    )


def _rows(found: Records) -> list[ReferrerRow]:
    people = _people(found.standings.keys())
    specialties = specialty_names({person.taxonomy_code for person in people.values() if person.taxonomy_code})
    return [
        ReferrerRow(
            physician_id=physician_id,
            name=_name(person.first_name, person.last_name, person.credential),
            npi=person.npi or "",
            specialty=specialties.get(person.taxonomy_code, ""),
            city=_place(person.city, person.state),
            phone=person.phone,
            standing=found.standings[physician_id],
            history=found.histories[physician_id],
            records=found,
        )
        for physician_id, person in people.items()
    ]


# Thousands of names are written the same way on every page.
_name = lru_cache(maxsize=20_000)(physician_name)


@lru_cache(maxsize=5_000)
def _place(city: str, state: str) -> str:
    return ", ".join(filter(None, (proper(city), state)))


def _people(ids: Collection[int]) -> dict[int, Any]:
    columns = (
        Physician.id,
        Physician.npi,
        Physician.first_name,
        Physician.last_name,
        Physician.credential,
        Physician.taxonomy_code,
        Physician.city,
        Physician.state,
        Physician.phone,
    )
    return {row.id: row for row in db.session.execute(select(*columns).where(among(Physician.id, sorted(ids))))}


def _fits(row: ReferrerRow, filters: PhysiciansRequest, wanted: Sequence[str]) -> bool:
    return (
        filters.status in ("", row.standing.status)
        and filters.tier in ("", row.standing.tier)
        and filters.specialty in ("", row.specialty)
        and filters.city in ("", row.city)
        and (not wanted or all(word in normal(row.name) for word in wanted))
    )


def _by_missed(row: ReferrerRow) -> tuple[Any, ...]:
    standing = row.standing
    flagged = standing.status in (StatusName.QUIETER, StatusName.LAPSED)
    return not flagged, -standing.missed, -standing.year, -standing.last_day.toordinal(), row.name.casefold()


_ORDERS: dict[Order, Any] = {
    Order.MISSED: _by_missed,
    Order.MOST: lambda row: (-row.standing.year, -row.standing.total, row.name.casefold()),
    Order.LATEST: lambda row: (-row.standing.last_day.toordinal(), row.name.casefold()),
    Order.NAME: lambda row: row.name.casefold(),
}
