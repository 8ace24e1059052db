"""What a month asks somebody to do, in a few sentences, the most useful first."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from intake.attribution.costs.messages import dollars
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.monthly.report import MonthlyReport, PlaceMonth
from intake.attribution.overview.shown import noticed_parts
from intake.attribution.referrers.messages import reason
from intake.attribution.totals.messages import say_period

MOST_CALLS, MOST_SAID = 3, 7
# Fewer who were not asked, or who came, are no reason to speak to anybody.
LEAST_NOT_ASKED, LEAST_ELIGIBLE = 5, 30


@dataclass(frozen=True)
class Advice:
    """A sentence, and the page where it is done."""

    text: str
    address: str
    link: str


def advice(report: MonthlyReport) -> list[Advice]:
    """Whom to call, which source fell, whom to thank, where to ask more often, what money brought nobody."""
    found = [
        Advice(
            f"Call {row.name}. {reason(row.standing, report.known.windows)}", _physician(row.physician_id), "Their page"
        )
        for row in report.quiet[:MOST_CALLS]
    ]
    found += _sources(report)
    found += [advised for place in report.places if (advised := _asking(place, report))]
    found += [
        Advice(f"Thank {row.name}, who sent a patient for the first time.", _physician(row.physician_id), "Their page")
        for row in report.new[:MOST_CALLS]
    ]
    found += _money(report)
    return found[:MOST_SAID]


def _physician(physician_id: int) -> str:
    return url_for("referring.physician", physician_id=physician_id)


def _sources(report: MonthlyReport) -> list[Advice]:
    """Sources that brought fewer by more than luck, however few they bring now."""
    found = []
    for each in report.overview.notable.noticed if report.overview.notable else ():
        if each.by == SOURCE and each.change < 0 and each.name.record:
            now, before = (f"{count} {days}" for count, days, _ in noticed_parts(each))
            said = f"Look into {each.name.label}: {now}, {before}. That is fewer than chance explains."
            found.append(Advice(said, url_for("source_page.source", source_id=each.name.record[1]), "Month by month"))
    return found


def _asking(place: PlaceMonth, report: MonthlyReport) -> Advice | None:
    """Ask more at a location that is below its goal, or where many were never asked."""
    covered, goal = place.coverage, place.coverage_goal
    missed = covered.never_asked >= LEAST_NOT_ASKED
    below = goal is not None and covered.eligible >= LEAST_ELIGIBLE and 100 * covered.answered < goal * covered.eligible
    if not (missed or below):
        return None
    name = place.location.name
    said = f"At {name} {covered.answered:,} of {covered.eligible:,} new patients told us"
    if below:
        said += f"; the goal is {goal} of 100"
    if missed:
        said += f". {covered.never_asked:,} were not asked"
    days: dict[str, Any] = {"from": report.month.first_day.isoformat(), "to": report.month.last_day.isoformat()}
    address = url_for("reports.rows", by="coverage", key="never-asked", location=place.location.code, **days)
    return Advice(f"{said}.", address, "See who") if missed else Advice(f"{said}.", _place_page(place, days), name)


def _place_page(place: PlaceMonth, days: dict[str, Any]) -> str:
    return url_for("reports.totals", location=place.location.code, **days)


def _money(report: MonthlyReport) -> list[Advice]:
    if report.costs is None:
        return []
    month: dict[str, Any] = {"from": report.month.first_day.isoformat()}
    address = url_for("reports.costs", **month)
    if not report.costs.rows:
        return [Advice(f"No spending is entered for {say_period(report.month)}.", address, "Enter it")]
    return [
        Advice(f"{dollars(row.cents)} went to {row.name.label}, which nobody named first.", address, "See costs")
        for row in report.costs.rows
        if row.cents and not row.units
    ]
