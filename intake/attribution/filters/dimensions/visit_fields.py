"""Dimensions by where, with whom and how a visit was: location, provider, who asked, channel."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from intake.accounts.models import Staff
from intake.attribution.filters.dimensions.dimension import NOBODY, Dimension, RowName
from intake.attribution.filters.lists import Level, Lists
from intake.db import db
from intake.directory.models import Location, Visit
from intake.survey.models import Channel, CoverageEntry, CreditEntry
from intake.survey.outcomes import DOORS

# Stands for the text that a visit doesn't have.
NO_TEXT = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitDimension(Dimension):
    """Everything that one visit is credited with lies in one row, so that it is one whole visit under every view."""

    # What the rollup of coverage calls it; None where only the ledger's rows and their visits tell.
    rollup_column: str | None = None

    def entry_row(self, lists: Lists, level: Level = Level.EACH) -> ColumnElement[Any]:
        return self._row_in(CreditEntry)

    def coverage_row(self) -> ColumnElement[Any]:
        return self._row_in(CoverageEntry)

    def _row_in(self, entry: Any) -> Any:
        return getattr(entry, str(self.rollup_column))


class LocationDimension(VisitDimension):
    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]:
        query = select(Location.id, Location.code, Location.name).where(Location.id.in_(rows))
        return {row.id: RowName(row.code, row.name, code=row.code) for row in db.session.execute(query)}

    def _row_of_key(self, key: str, lists: Lists, location_ids: Collection[int]) -> Any:
        place = db.session.scalar(select(Location.id).where(Location.code == key))
        return place if place in location_ids else None


class StaffDimension(VisitDimension):
    def _row_in(self, entry: Any) -> Any:
        return func.coalesce(entry.staff_id, NOBODY)

    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]:
        query = select(Staff.id, Staff.name).where(Staff.id.in_(rows))
        return {row.id: RowName(str(row.id), row.name) for row in db.session.execute(query)}


class ChannelDimension(VisitDimension):
    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]:
        return {row: RowName(str(row), DOORS[Channel(str(row))].label) for row in rows}

    def _row_of_key(self, key: str, lists: Lists, location_ids: Collection[int]) -> Any:
        return key if key in list(Channel) else None


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitTextDimension(VisitDimension):
    """Rows are the texts in a column of visits, as the schedule has them now: no entry in the ledger keeps these."""

    column: str

    def _row_in(self, entry: Any) -> Any:
        # A visit of its own: the query around it may hold visits too.
        visit = aliased(Visit)
        text = select(getattr(visit, self.column)).where(visit.id == entry.visit_id)
        return func.coalesce(text.scalar_subquery(), NO_TEXT)

    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]:
        return {row: RowName(str(row), str(row)) for row in rows}

    def _row_of_key(self, key: str, lists: Lists, location_ids: Collection[int]) -> Any:
        return key


LOCATION = LocationDimension(
    "location", "Location", page="Locations", group="Places", is_covered=True, rollup_column="location_id"
)
PROVIDER = VisitTextDimension(
    "provider",
    "Provider seen",
    page="Providers seen",
    group="Places",
    remainders={NO_TEXT: RowName("-nobody", "Nobody noted in the schedule")},
    is_covered=True,
    column="provider",
)
# Figures of people who ask are for coaching: by name, never ranked or set against each other.
STAFF = StaffDimension(
    "staff",
    "Asked by",
    page="Who asked",
    group="Asking",
    phrase="who asked",
    remainders={NOBODY: RowName("-nobody", "Nobody: tablet or link used alone")},
    is_ranked=False,
    is_private=True,
    rollup_column="staff_id",
)
CHANNEL = ChannelDimension("channel", "Channel", page="Ways of asking", group="Asking", rollup_column="channel")
