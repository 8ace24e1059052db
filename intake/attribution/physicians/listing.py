"""The list of physicians who refer: filtered, most missed first, a page at a time."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from intake.among import among
from intake.attribution.physicians.history import Records
from intake.attribution.physicians.standing import History, Standing, Status
from intake.db import db
from intake.directory.models import Physician
from intake.directory.names import physician_name, proper
from intake.directory.naming import normal
from intake.directory.specialties import specialty_names

LONGEST_TYPED = 80
TIER_NAMES = ("A", "B", "C")


class Order(StrEnum):
    MISSED = "missed"
    MOST = "most"
    LATEST = "latest"
    NAME = "name"


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty for everybody. A word that isn't offered narrows to nobody."""

    status: str = ""
    tier: str = ""
    specialty: str = ""
    city: str = ""
    name: str = ""
    order: Order = Order.MISSED

    def query(self, **changes: Any) -> dict[str, str]:
        """As it stands in an address; what is empty or usual is left out."""
        other = replace(self, **changes)
        words = {"status": other.status, "tier": other.tier, "specialty": other.specialty, "city": other.city}
        words |= {"name": other.name, "sort": "" if other.order == Order.MISSED else str(other.order)}
        return {name: value for name, value in words.items() if value}

    @property
    def said(self) -> str:
        """'status: declining, city: Albany, NY' for files and paper; 'everybody'."""
        return ", ".join(f"{name}: {value}" for name, value in self.query().items()) or "everybody"

    @property
    def narrow(self) -> bool:
        return bool(self.status or self.tier or self.specialty or self.city or self.name)


@dataclass(frozen=True)
class Row:
    """One physician of the list."""

    physician_id: int
    name: str
    npi: str
    specialty: str
    city: str
    phone: str
    standing: Standing
    history: History


@dataclass(frozen=True)
class Listing:
    """`rows` in order after filtering; the counts and choices are of everybody."""

    rows: Sequence[Row]
    everybody: int
    statuses: dict[str, int]
    specialties: Sequence[str]
    cities: Sequence[str]


def read_filters(query: MultiDict[str, str]) -> Filters:
    def typed(name: str) -> str:
        return query.get(name, "").strip()[:LONGEST_TYPED]

    order = typed("sort")
    return Filters(
        status=typed("status"),
        tier=typed("tier").upper(),
        specialty=typed("specialty"),
        city=typed("city"),
        name=typed("name"),
        order=Order(order) if order in list(Order) else Order.MISSED,
    )


def listing(found: Records, filters: Filters) -> Listing:
    """Everybody who ever referred to these locations, narrowed and in order."""
    rows, wanted = _rows(found), normal(filters.name).split()
    return Listing(
        rows=sorted((row for row in rows if _fits(row, filters, wanted)), key=_ORDERS[filters.order]),
        everybody=len(rows),
        statuses=dict(Counter(str(row.standing.status) for row in rows)),
        specialties=sorted({row.specialty for row in rows if row.specialty}, key=str.casefold),
        cities=sorted({row.city for row in rows if row.city}, key=str.casefold),
    )


def _rows(found: Records) -> list[Row]:
    people = _people(found.standings.keys())
    specialties = specialty_names({person.taxonomy_code for person in people.values() if person.taxonomy_code})
    return [
        Row(
            physician_id=physician_id,
            name=_name(person.first_name, person.last_name, person.credential),
            npi=person.npi or "",
            specialty=specialties.get(person.taxonomy_code, ""),
            city=_place(person.city, person.state),
            phone=person.phone,
            standing=found.standings[physician_id],
            history=found.histories[physician_id],
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


def _fits(row: Row, filters: Filters, wanted: Sequence[str]) -> bool:
    return (
        filters.status in ("", row.standing.status)
        and filters.tier in ("", row.standing.tier)
        and filters.specialty in ("", row.specialty)
        and filters.city in ("", row.city)
        and (not wanted or all(word in normal(row.name) for word in wanted))
    )


def _by_missed(row: Row) -> tuple[Any, ...]:
    standing = row.standing
    flagged = standing.status in (Status.DECLINING, Status.LAPSED)
    return not flagged, -standing.missed, -standing.year, -standing.last_day.toordinal(), row.name.casefold()


_ORDERS: dict[Order, Any] = {
    Order.MISSED: _by_missed,
    Order.MOST: lambda row: (-row.standing.year, -row.standing.total, row.name.casefold()),
    Order.LATEST: lambda row: (-row.standing.last_day.toordinal(), row.name.casefold()),
    Order.NAME: lambda row: row.name.casefold(),
}
