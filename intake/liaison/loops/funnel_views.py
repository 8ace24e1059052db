"""The page of how far referrals come, and its tables for files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Flask, render_template

from intake.attribution.exports.books import EXPORTS, ReportExport
from intake.attribution.filters.dimensions.sources import source_name
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period, add_months
from intake.attribution.filters.request import MonthsRequest
from intake.attribution.page.report_page import asked_here
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers.places import REFERRER_TABS, ReferrerTab
from intake.attribution.referrers.queries import CHART_ALONE
from intake.attribution.suppression.view import report_page
from intake.attribution.tables.about import about_months
from intake.attribution.tables.table import Cell, Column, ReportTables, Table, interval
from intake.liaison.loops import queries
from intake.liaison.loops.funnel import STEPS, Funnel, FunnelStep, funnel, funnels
from intake.liaison.loops.referrals import referrals
from intake.liaison.loops.stages import LABELS, Stage
from intake.web.http.route_guards import Pages

bp = Pages("funnel", __name__)
TITLE = "How far referrals come"
COUNTED = (
    "Everybody counts who was sent, whether or not they came: once for each physician, on the day on which the referral"
    " was received. A physician’s own page counts the new patients who came, on the day of the visit, so they differ."
)
ASKED_HERE = (
    "Of those who are known only by their own answer, given when they were here, everybody was seen: there the count"
    " stands without a share."
)
MONTHS = (3, 6, 12)
# On the page; files have everybody.
MOST_SHOWN = 50


@dataclass(frozen=True)
class HowFar:
    """Funnels of the months: of all, by the name of a source, by physician with whom they are."""

    months: int
    since: date
    whole: Funnel
    by_source: list[tuple[str, Funnel]]
    by_physician: list[tuple[queries.Office, Funnel]]


def init_app(app: Flask) -> None:
    REFERRER_TABS.add(app, ReferrerTab("funnel.funnel", "How far they come", 70))
    EXPORTS["funnel.funnel"] = ReportExport(funnel_book)


@bp.get("/relationships/funnel", endpoint="funnel")
@report_page(TITLE, MonthsRequest)
def show_funnel(asked: ReportScope) -> str:
    found = _how_far(asked)
    return render_template(
        "liaison/loops/funnel.html",
        found=found,
        offered=MONTHS,
        most=MOST_SHOWN,
        labels=LABELS,
        counted=COUNTED,
        asked_here_note=ASKED_HERE,
    )


def funnel_book() -> ReportTables:
    asked = asked_here()
    found = _how_far(asked)
    sources = Column("Named as", lambda row: row[0])
    physicians = [Column("Physician", lambda row: row[0].name), Column("Practice", lambda row: row[0].practice)]
    tables = [
        Table("By source", [sources, *_columns()], [("All", found.whole), *found.by_source]),
        Table("By physician", [*physicians, *_columns()], found.by_physician),
    ]
    about = [("Who counts", f"{COUNTED} {ASKED_HERE}"), *about_months(asked, Period(found.since, asked.today))]
    return ReportTables(TITLE, about, tables)


def _columns() -> Iterable[Column]:
    yield Column("Referred", lambda row: row[1].referred, Cell.COUNT)
    yield Column("Still open", lambda row: row[1].open, Cell.COUNT)
    for place, (stage, before) in enumerate(STEPS):
        name = LABELS[stage]

        def read(of: Callable[[FunnelStep], Any], at: int = place) -> Callable[[Any], Any]:
            return lambda row: of(row[1].steps[at])

        yield Column(name, read(lambda step: step.count), Cell.COUNT)
        yield Column(f"Of {LABELS[before].lower()}", read(lambda step: step.of), Cell.COUNT)

        def told(
            of: Callable[[FunnelStep], Any], at: int = place, seen: bool = stage == Stage.SEEN
        ) -> Callable[[Any], Any]:
            def value(row: Any) -> Any:
                step = row[1].steps[at]
                return None if step.too_few or (seen and row[1].asked_here) else of(step)

            return value

        yield Column(f"{name}, share", told(lambda step: step.share), Cell.SHARE)
        yield interval(f"{name}, 95%", told(lambda step: step.interval))
        yield Column(f"{name}, median days", read(lambda step: step.days), Cell.COUNT)


def _how_far(asked: ReportScope) -> HowFar:
    lists = lists_as_of_now()
    assert isinstance(asked.request, MonthsRequest)
    months = asked.request.among(MONTHS, MONTHS[-1])
    since = add_months(asked.today, -months)
    found = referrals(since=since, location_ids=asked.location_ids)
    by_physician = funnels(found, lambda each: each.physician_id)
    offices = queries.offices(by_physician)
    by_source = [
        (CHART_ALONE if key is None else source_name(lists, key).label, each)
        for key, each in funnels(found, lambda each: each.source_id).items()
    ]
    named = [(offices[key], each) for key, each in by_physician.items()]
    return HowFar(months, since, funnel(found), by_source, named)
