"""Which day a visit counts on: its own, which is that of a new patient's first, or the day the answer was given.

The ledger and its rollups know the day of the visit. That of the answer is joined when reading; such a report takes
longer.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from intake import clock
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.people import PHYSICIAN
from intake.attribution.filters.dimensions.visit_fields import LOCATION, VisitDimension
from intake.attribution.filters.lists import Level, Lists
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import UNITS, Coverage
from intake.cached_property import cached_property
from intake.db import db
from intake.directory.models import Location
from intake.survey.answers.counted_reply import counting_answer
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import Answer, CoverageEntry, CreditEntry, Outcome, View


class Basis(StrEnum):
    VISIT = "visit"
    ANSWERED = "answered"

    @classmethod
    def _missing_(cls, value: object) -> "Basis | None":
        # Of kept addresses: a new patient counts on the day of their first visit anyway.
        return cls.VISIT if value == "first-visit" else None


@dataclass(frozen=True)
class DatedSums:
    """Sums straight from the ledger's rows, by any of these days: as Sums, which are flat and by the visit's alone.

    Who never answered has no day of an answer: counted on that, coverage holds nothing but those who replied.
    """

    basis: Basis
    location_ids: Collection[int]
    lists: Lists

    def credit(self, period: Period, *, by: Dimension, view: View, level: Level = Level.EACH) -> dict[Any, int]:
        """As Sums.credit."""
        view = View.PRIMARY if isinstance(by, VisitDimension) else view
        row = None if by.is_calendar else by.entry_row(self.lists, level)
        entry = self._dated(CreditEntry, period, row, [UNITS[view].label("units")])
        if view == View.ANY:
            standing = (
                select(entry.c.visit_id, entry.c.key)
                .group_by(entry.c.visit_id, entry.c.key)
                .having(func.sum(entry.c.units) > 0)
                .subquery()
            )
            counted: Select[Any] = select(standing.c.key, func.count()).group_by(standing.c.key)
            return {key: int(visits) * UNIT for key, visits in db.session.execute(counted)}
        query: Select[Any] = select(entry.c.key, entry.c.location_id, func.sum(entry.c.units))
        found: Counter[Any] = Counter()
        for key, location_id, amount in db.session.execute(query.group_by(entry.c.key, entry.c.location_id)):
            found[self._day(key, location_id) if by.is_calendar else key] += int(amount)
        return {key: amount for key, amount in found.items() if amount}

    def physicians(self, period: Period, *, view: View) -> dict[Any, int]:
        """As Sums.physicians."""
        return {key: units for key, units in self.credit(period, by=PHYSICIAN, view=view).items() if key > 0}

    def coverage(self, period: Period) -> Coverage:
        """As Sums.coverage."""
        return sum(self.coverage_by(period, by=LOCATION).values(), Coverage())

    def coverage_by(self, period: Period, *, by: Dimension) -> dict[Any, Coverage]:
        """As Sums.coverage_by."""
        names = [each.name for each in fields(Coverage)]
        row = None if by.is_calendar else by.coverage_row()
        entry = self._dated(CoverageEntry, period, row, [getattr(CoverageEntry, name).label(name) for name in names])
        query = select(entry.c.key, entry.c.location_id, *(func.sum(entry.c[name]) for name in names))
        found: dict[Any, Coverage] = {}
        for key, location_id, *counts in db.session.execute(query.group_by(entry.c.key, entry.c.location_id)):
            place = self._day(key, location_id) if by.is_calendar else key
            found[place] = found.get(place, Coverage()) + Coverage(*(int(count or 0) for count in counts))
        return {key: coverage for key, coverage in found.items() if coverage != Coverage()}

    def _dated(self, model: Any, period: Period, row: Any, amounts: Sequence[Any]) -> Any:
        """Entries of the visits whose day lies in the period, with the row they belong to: that day when it is None."""
        moment = model.day if self.basis == Basis.VISIT else Answer.answered_at
        query = select(model.visit_id, model.location_id, (moment if row is None else row).label("key"), *amounts)
        return self.narrowed(query, model, period).subquery()

    def narrowed(self, query: Select[Any], model: Any, period: Period) -> Select[Any]:
        """A query of this ledger table, narrowed to entries of the visits whose day lies in the period."""
        query = query.where(model.location_id.in_(sorted(self.location_ids)))
        if self.basis == Basis.VISIT:
            return query.where(model.day >= period.first_day, model.day <= period.last_day)
        return query.join(Answer, counting_answer(model.visit_id)).where(
            Answer.outcome != Outcome.WITHDRAWN, self._answered_within(model, period)
        )

    def _day(self, moment: Any, location_id: int) -> date:
        if self.basis != Basis.ANSWERED:
            return moment if isinstance(moment, date) else date.fromisoformat(moment)
        return clock.clinic_day(moment, self._zones[location_id])

    def _answered_within(self, model: Any, period: Period) -> ColumnElement[bool]:
        """Clinic days as moments, by the clock of each location."""
        places: dict[str, list[int]] = {}
        for location_id, zone in self._zones.items():
            places.setdefault(zone, []).append(location_id)
        within, starts, ends = [], [], []
        for zone, location_ids in places.items():
            start, end = clock.day_range(period.first_day, period.last_day, zone)
            within.append(
                and_(model.location_id.in_(location_ids), Answer.answered_at >= start, Answer.answered_at < end)
            )
            starts.append(start)
            ends.append(end)
        if not within:
            return false()
        # What all zones have in common leads to the answers of these days by their index.
        return and_(Answer.answered_at >= min(starts), Answer.answered_at < max(ends), or_(*within))

    @cached_property
    def _zones(self) -> dict[int, str]:
        query = select(Location.id, Location.time_zone).where(Location.id.in_(sorted(self.location_ids)))
        return {row[0]: row[1] for row in db.session.execute(query)}
