"""The days, locations and way of counting of a report, and addresses of reports with others."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import abort

from intake import clock
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.calendar import DAY, MONTH, WEEK
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import Level, ListVersion
from intake.attribution.filters.periods import PRESETS, Period, UnreadablePeriod, preset, read_period, this_month
from intake.attribution.filters.request import COVERAGE, TIME, ReportRequest, TotalsRequest
from intake.attribution.totals.messages import say_period
from intake.cached_property import cached_property
from intake.directory.models import Location
from intake.survey.models import View
from intake.web.http.url_converters import fixed_address

LONGEST_TYPED = 40
MOST_DAYS, MOST_DAYS_IN_WEEKS = 35, 186
# Pages that stay on "this month" as months pass, and on what leaves the practice; files and rows are of the days that
# they were opened for.
NAMED_PERIODS = frozenset({"reports.totals", "reports.trust", "reports.costs", "reports.compare", "reports.month"})


@dataclass(frozen=True)
class ReportScope:
    """One report, as its reader gets it on a day. `location` is None for all of `locations`, those they may see."""

    request: ReportRequest
    today: date
    period: Period
    view: View
    by: Dimension
    locations: tuple[Location, ...]
    location: Location | None = None
    preset: str | None = None
    page: int = 1
    listing: ListVersion = ListVersion.TODAY
    # The day on which a visit counts.
    basis: Basis = Basis.VISIT
    # No dimension was asked for: the overview, which `by` doesn't concern.
    is_overview: bool = False
    # By time, in whatever unit fits the period; another period may bring another.
    fits_period: bool = False
    # For somebody outside the practice: small figures hidden.
    leaving: bool = False
    # Set when the days typed make no period; `typed` is what stood in the two fields.
    problem: str = ""
    typed: tuple[str, str] = ("", "")

    @property
    def location_ids(self) -> frozenset[int]:
        return frozenset([self.location.id] if self.location else [each.id for each in self.locations])

    @property
    def scope(self) -> dict[str, Any]:
        """Arguments of every report: which visits, and how they count."""
        return {
            "period": self.period,
            "view": self.view,
            "location_ids": self.location_ids,
            "listing": self.listing,
            "basis": self.basis,
        }

    @property
    def is_usual(self) -> bool:
        """Whether it counts as reports do unless somebody chooses otherwise."""
        return (self.view, self.basis, self.listing) == (View.PRIMARY, Basis.VISIT, ListVersion.TODAY)

    @property
    def by_named(self) -> str:
        """The dimension as an address names it."""
        return TIME if self.fits_period else str(self.by)

    @property
    def where(self) -> str:
        """The locations in words, for headings and files."""
        if self.location:
            return self.location.name
        return self.locations[0].name if len(self.locations) == 1 else "all my locations"

    @property
    def when(self) -> str:
        return say_period(self.period)

    def address(self, endpoint: str = "reports.totals", **changes: Any) -> str:
        """Return the address of the same report with changes: fields of this class, plus what the endpoint takes."""
        own: dict[str, Any] = {"page": 1}
        own |= {name: changes.pop(name) for name in _FIELDS if name in changes}
        # A long table holds hundreds of addresses that differ in what comes last.
        key = (endpoint, *own.items())
        start = self._starts.get(key)
        if start is None:
            start = self._starts[key] = self._start(endpoint, own)
        return f"{start}&{urlencode(changes)}" if changes else start

    def _start(self, endpoint: str, own: dict[str, Any]) -> str:
        if "by" in own:
            own.setdefault("fits_period", False)
        if "by" in own or "fits_period" in own or endpoint != "reports.totals":
            # Only the overview and the pages beside it go without a dimension.
            own.setdefault("is_overview", False)
        if "period" in own:
            own.setdefault("preset", None)
        other = replace(self, **own)
        days: dict[str, str] = (
            {"period": other.preset}
            if other.preset and endpoint in NAMED_PERIODS
            else {"from": other.period.first_day.isoformat(), "to": other.period.last_day.isoformat()}
        )
        query: dict[str, Any] = {**days}
        if not other.is_overview:
            query["by"] = other.by_named if endpoint in NAMED_PERIODS else str(other.by)
        query["view"] = str(other.view)
        if other.location:
            query["location"] = other.location.code
        if other.listing != ListVersion.TODAY:
            query["list"] = str(other.listing)
        if other.basis != Basis.VISIT:
            query["basis"] = str(other.basis)
        if other.leaving and endpoint in NAMED_PERIODS:
            query["leaving"] = "yes"
        if other.page > 1:
            query["page"] = other.page
        # Encoded here: url_for takes its time over each.
        return f"{fixed_address(endpoint)}?{urlencode(query)}"

    @cached_property
    def _starts(self) -> dict[Any, str]:
        return {}

    def rows(
        self,
        key: str,
        *,
        by: Dimension | None = None,
        view: View | None = None,
        level: Level = Level.EACH,
        measure: bool = False,
        period: Period | None = None,
        location: Location | None = None,
        also: tuple[Dimension, str] | None = None,
        besides: Sequence[str] = (),
    ) -> str:
        """Address of the visits behind a figure: a row of the dimension, or with `measure` a part of coverage.

        `also`: only those in this row of another dimension as well; `besides`: only what is credited to none of these.
        """
        changes: dict[str, Any] = {"period": period} if period else {}
        if location:
            changes["location"] = location
        if also:
            changes |= {"and-by": str(also[0]), "and-key": also[1]}
        if besides:
            changes["besides"] = ",".join(besides)
        changes |= {name: value for name, value in (("by", by), ("view", view)) if value}
        if measure:
            return self.address("reports.rows", key=key, **(changes | {"by": "coverage"}))
        if level != Level.EACH:
            changes["level"] = str(level)
        return self.address("reports.rows", key=key, **changes)


_FIELDS = tuple(field.name for field in fields(ReportScope))


def asked_of(request: ReportRequest, *, locations: tuple[Location, ...], today: date) -> ReportScope:
    """Return the report that a request asks for, where it is of days and of locations; 404 for a location of others."""
    # One that belongs to others reads exactly like one that there isn't.
    location = next((each for each in locations if each.code == request.location), None)
    if request.location and location is None:
        abort(404)
    of = request if isinstance(request, TotalsRequest) else TotalsRequest.model_construct(leaving=request.leaving)
    period, problem, typed = this_month(today), "", (of.first, of.last)
    if of.preset:
        period = preset(of.preset, today) or period
    elif any(typed):
        try:
            period = read_period(*typed, today=today)
        except UnreadablePeriod as error:
            problem = str(error)
    is_overview = of.by in (None, COVERAGE) and not of.leaving
    by = of.by if isinstance(of.by, Dimension) else unit_for(period) if of.by == TIME else SOURCE
    return ReportScope(
        request=request,
        today=today,
        period=period,
        view=of.view,
        by=by,
        fits_period=of.by == TIME,
        locations=locations,
        location=location,
        preset=of.preset or (None if any(typed) else "this-month"),
        is_overview=is_overview,
        leaving=of.leaving,
        page=request.page,
        listing=of.listing,
        basis=of.basis,
        problem=problem,
        typed=(typed[0][:LONGEST_TYPED], typed[1][:LONGEST_TYPED]),
    )


def unit_for(period: Period) -> Dimension:
    """Days up to five weeks, weeks up to six months, else months: more than one column, and no forest of them."""
    if period.days <= MOST_DAYS:
        return DAY
    return WEEK if period.days <= MOST_DAYS_IN_WEEKS else MONTH


def today_at(locations: tuple[Location, ...], practice_zone: str) -> date:
    """Return the calendar day that reports end with: the latest among the clocks of the practice and its locations."""
    return max(clock.clinic_today(zone) for zone in {practice_zone, *(each.time_zone for each in locations)})


def preset_links(asked: ReportScope, endpoint: str = "reports.totals") -> list[tuple[str, str, bool]]:
    """Return (label, address, whether it is the one shown) of the periods with a name, for this endpoint."""
    return [
        (label, asked.address(endpoint, preset=name, is_overview=asked.is_overview), asked.preset == name)
        for name, label in PRESETS.items()
    ]
