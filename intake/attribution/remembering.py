"""Sums of whole months, remembered while nothing is added to them.

The ledger is append-only, in the database itself: entries are neither changed nor removed. So a stretch of days
that holds as many entries as before holds the same ones, and what it summed to still stands, whatever happened
elsewhere. Counting entries by day reads an index; only months that grew are summed again, most often just this one.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any

from flask import current_app

from intake.attribution import queries
from intake.attribution.cuts import FLEETING, Cut, Level, Lists
from intake.attribution.periods import Period, month_end
from intake.attribution.queries import Coverage
from intake.survey.models import CoverageEntry, CreditEntry, View

NAME = "intake.remembered_sums"
MOST_KEPT = 4_000


class Memory:
    """What this process has summed; the least recently used goes first. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._lock = Lock()

    def recall(self, key: Any, sums: Callable[[], Any]) -> Any:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = sums()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found


def memory() -> Memory:
    """The memory of this process."""
    return current_app.extensions.setdefault(NAME, Memory())


def forget() -> None:
    """For tests, which roll back what a running service would have kept."""
    current_app.extensions.pop(NAME, None)


@dataclass(frozen=True)
class Sums:
    """Sums over the ledger within `span`, at these locations, under these lists."""

    span: Period
    location_ids: Collection[int]
    lists: Lists
    _days: dict[Any, dict[date, int]] = field(default_factory=dict)
    _months: dict[Any, dict[Period, int]] = field(default_factory=dict)

    def credit(self, period: Period, *, by: Cut, view: View, level: Level = Level.EACH) -> dict[Any, int]:
        """As queries.credit_by_key. Months add up under every view, since a visit has one day."""
        if by in FLEETING:
            return self._credit({"by": by, "view": view, "level": level, "period": period})
        total: Counter[Any] = Counter()
        for part, entries in self._parts(CreditEntry, period).items():
            given: dict[str, Any] = {"by": by, "view": view, "level": level, "period": part}
            key = ("credit", by, view, level, part, entries, self._scope, self.lists.fingerprint)
            total.update(memory().recall(key, lambda given=given: self._credit(given)))  # type: ignore[misc]
        return dict(total)

    def coverage(self, period: Period) -> Coverage:
        """As queries.coverage."""
        return sum(self.coverage_by(period, by=Cut.LOCATION).values(), Coverage())

    def coverage_by(self, period: Period, *, by: Cut) -> dict[Any, Coverage]:
        """As queries.coverage_by_key."""
        if by in FLEETING:
            return self._coverage(by, period)
        total: dict[Any, Coverage] = {}
        for part, entries in self._parts(CoverageEntry, period).items():
            key = ("coverage", by, part, entries, self._scope)
            found = memory().recall(key, lambda part=part: self._coverage(by, part))  # type: ignore[misc]
            for place, coverage in found.items():
                total[place] = total.get(place, Coverage()) + coverage
        return total

    @property
    def _scope(self) -> frozenset[int]:
        return frozenset(self.location_ids)

    def _credit(self, given: dict[str, Any]) -> dict[Any, int]:
        return queries.credit_by_key(location_ids=self.location_ids, lists=self.lists, **given)

    def _coverage(self, by: Cut, part: Period) -> dict[Any, Coverage]:
        return queries.coverage_by_key(by=by, period=part, location_ids=self.location_ids)

    def _parts(self, model: Any, period: Period) -> dict[Period, int]:
        """The months of `period` that hold anything, cut to its days, and how many entries each has in those days."""
        if (model, period) not in self._months:
            if model not in self._days:
                self._days[model] = queries.entries_by_day(model, period=self.span)
            self._months[model, period] = _by_month(self._days[model], period)
        return self._months[model, period]


def _by_month(entries_by_day: dict[date, int], period: Period) -> dict[Period, int]:
    months: Counter[date] = Counter()
    for day, entries in entries_by_day.items():
        if period.first_day <= day <= period.last_day:
            months[day.replace(day=1)] += entries
    return {
        Period(max(first, period.first_day), min(month_end(first), period.last_day)): entries
        for first, entries in months.items()
    }
