"""How asking goes for each member of staff: for coaching, so by name and never ranked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from intake import clock
from intake.attribution.filters.dimensions.dimension import NOBODY, RowName
from intake.attribution.filters.dimensions.visit_fields import STAFF
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage, practice_time_zone
from intake.attribution.statistics.counts import TOO_FEW
from intake.attribution.statistics.shares import Interval, wilson
from intake.attribution.totals.sums import Sums
from intake.web.ttl_cache import remembered

WEEKS = timedelta(weeks=4)


@dataclass(frozen=True)
class AskerRow:
    """One person. `interval` is None while they have asked too few to say."""

    staff_id: int
    name: RowName
    replies: Coverage
    interval: Interval | None

    @property
    def share(self) -> float:
        return self.replies.answered / self.replies.asked


@dataclass(frozen=True)
class AskerCoverage:
    rows: tuple[AskerRow, ...]
    together: Coverage

    @property
    def share(self) -> float | None:
        return self.together.answered / self.together.asked if self.together.asked else None

    def said(self, row: AskerRow) -> str:
        """How somebody compares with everybody, as far as it can be told."""
        if row.interval is None:
            return "too few to say"
        if self.share is None or row.interval.low <= self.share <= row.interval.high:
            return "like everybody"
        return "often answered" if row.interval.low > self.share else "a good moment to ask how it goes"


@remembered(seconds=600)
def asks_below_others(staff_id: int, location_ids: frozenset[int]) -> bool:
    """Whether this member of staff got fewer answers than everybody, beyond chance, in the last four weeks."""
    today = clock.clinic_today(practice_time_zone())
    found = asker_coverage(period=Period(today - WEEKS, today), location_ids=location_ids, lists=lists_as_of_now())
    intervals = [each.interval for each in found.rows if each.staff_id == staff_id]
    return any(each is not None and found.share is not None and each.high < found.share for each in intervals)


def asker_coverage(*, period: Period, location_ids: Collection[int], lists: Lists) -> AskerCoverage:
    """Everybody who asked in these days, by name."""
    covered = Sums(location_ids, lists).coverage_by(period, by=STAFF)
    replies = {key: each for key, each in covered.items() if key != NOBODY and each.asked}
    names = STAFF.names(replies, lists)
    rows = [
        AskerRow(staff_id, names[staff_id], each, wilson(each.answered, each.asked) if each.asked >= TOO_FEW else None)
        for staff_id, each in replies.items()
    ]
    return AskerCoverage(
        tuple(sorted(rows, key=lambda row: row.name.label.casefold())), sum(replies.values(), Coverage())
    )
