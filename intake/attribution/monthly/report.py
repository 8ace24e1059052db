"""The owner's month on one page: coverage, sources, who refers, what it cost, what to do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from intake.attribution.costs.costs import Costs, costs, is_whole
from intake.attribution.filters.dimensions.visit_fields import LOCATION
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage, locations
from intake.attribution.filters.request import PhysiciansRequest
from intake.attribution.overview.report import ReportOverview, overview
from intake.attribution.referrers.history import Records, records
from intake.attribution.referrers.listing import ReferrerRow, listing
from intake.attribution.referrers.queries import referral_places
from intake.attribution.referrers.status import GONE_QUIET, StatusName
from intake.attribution.totals.sums import Sums
from intake.directory.models import Location
from intake.survey.models import View


@dataclass(frozen=True)
class PlaceMonth:
    """A location's month beside its goals, None where it has none."""

    location: Location
    coverage: Coverage
    referrals: int

    @property
    def coverage_goal(self) -> int | None:
        """Percent of the eligible."""
        return self.location.coverage_goal

    @property
    def referrals_goal(self) -> int | None:
        return self.location.referrals_goal

    @property
    def percent(self) -> float:
        """Coverage, for the drawing."""
        return round(100 * (self.coverage.share or 0), 1)


@dataclass(frozen=True)
class MonthlyReport:
    """`new` referred for the first time within the month; `back` and `quiet` are so as of its last day."""

    month: Period
    overview: ReportOverview
    places: Sequence[PlaceMonth]
    new: Sequence[ReferrerRow]
    back: Sequence[ReferrerRow]
    quiet: Sequence[ReferrerRow]
    known: Records
    # None where these are not all locations: money is the whole practice's.
    costs: Costs | None


def monthly_report(month: Period, *, today: date, location_ids: Collection[int]) -> MonthlyReport:
    """The report of a calendar month at these locations; of a month that isn't over, up to today."""
    until = min(month.last_day, today)
    lists = lists_as_of_now()
    known = records(today=until, location_ids=location_ids, lists=lists)
    rows = listing(known, PhysiciansRequest.model_validate({})).rows
    coverage = Sums(location_ids, lists).coverage_by(month, by=LOCATION)
    sent = referral_places(Period(month.first_day, until), location_ids=location_ids)
    return MonthlyReport(
        month=month,
        overview=overview(period=month, view=View.PRIMARY, location_ids=location_ids),
        places=[
            PlaceMonth(place, coverage.get(place.id, Coverage()), sent.get(place.id, 0))
            for place in locations(within=location_ids)
            if place.active or place.id in coverage
        ],
        new=[row for row in rows if row.standing.first_day >= month.first_day],
        back=[row for row in rows if row.standing.status == StatusName.BACK],
        quiet=[row for row in rows if row.standing.status in GONE_QUIET],
        known=known,
        costs=costs(period=month, view=View.PRIMARY, location_ids=location_ids) if is_whole(location_ids) else None,
    )
