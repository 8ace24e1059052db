"""The page of one source: how it went month by month, where and how it was named, what people wrote, what it cost."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import abort, redirect, render_template, url_for

from intake.accounts.audit import audit_trail
from intake.attribution.costs import messages as money
from intake.attribution.drilldown.figures import Figure
from intake.attribution.drilldown.visits import VisitRow, visit_rows
from intake.attribution.filters.access import sees_names
from intake.attribution.filters.dimensions.sources import SOURCE, source_name
from intake.attribution.filters.dimensions.visit_fields import CHANNEL, LOCATION
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.filters.request import ReportRequest
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers.charts import ReferrerMonth, year_before
from intake.attribution.source_page.report import SourcePart, SourceReport, source_report
from intake.attribution.suppression.view import report_page
from intake.attribution.totals.messages import say_period
from intake.directory.physicians.card import may_edit
from intake.survey.models import View
from intake.web.http.route_guards import Pages

bp = Pages("source_page", __name__)

# The newest visits among which words are looked for, and how many of these are quoted.
LOOKED_THROUGH, QUOTED = 60, 8


@bp.get("/reports/sources/<int:source_id>", endpoint="source")
@report_page("A source, month by month", ReportRequest)
def source_page(asked: ReportScope, source_id: int) -> Any:
    lists = lists_as_of_now()
    if source_id not in lists.sources:
        abort(404)
    if into := lists.source_counts_as.get(source_id):
        return redirect(url_for("source_page.source", source_id=into), 302)
    parent = lists.parent_of(source_id)
    report = source_report(source_id, today=asked.today, location_ids=asked.location_ids, lists=lists)
    return render_template(
        "attribution/source_page/source.html",
        asked=asked,
        report=report,
        sentence=sentence(report),
        may_edit=may_edit(),
        parent=parent,
        rows=BehindSource(asked, report),
        quoted=_quoted(asked, report, lists) if sees_names() else [],
        money=money,
        parent_name=source_name(lists, parent).label if parent else "",
    )


def sentence(report: SourceReport) -> str:
    """The year in a sentence, beside the year before where that is on record."""
    if not report.visits:
        return f"Nobody has named {report.name.label} first {_during(report)}."
    people = "One new patient" if report.visits == 1 else f"{report.visits:,} new patients"
    said = f"{people} named {report.name.label} first {_during(report)}"
    if report.before is None:
        return f"{said}."
    if report.before == report.visits:
        return f"{said}, as many as in the year before."
    more = "more" if report.visits > report.before else "fewer"
    return f"{said}, {abs(report.visits - report.before):,} {more} than the {report.before:,} of the year before."


def _during(report: SourceReport) -> str:
    return f"in the last 12 months ({say_period(report.year)})"


def _quoted(asked: ReportScope, report: SourceReport, lists: Lists) -> list[tuple[VisitRow, str]]:
    """The newest visits of the year at which something was typed of this source, each with these words."""
    figure = Figure(report.year, asked.location_ids, View.PRIMARY, SOURCE, report.name.key, report.level)
    visits = visit_rows(figure, lists, names=True, limit=LOOKED_THROUGH, of=report.visits) if report.visits else []
    worded = [(visit, words) for visit in visits if (words := _words(visit, report))][:QUOTED]
    if worded:
        audit_trail.record_reading("report.rows", by="source", key=report.name.key, visits=len(worded), names=False)
    return worded


def _words(visit: VisitRow, report: SourceReport) -> str:
    """What was typed for the source itself; the whole answer where it names nothing else."""
    own = [said for said in visit.said if said.source_id in report.recorded]
    typed = next((said.words for said in own if said.words), "")
    return typed or (visit.verbatim if len(own) == len(visit.said) else "")


class BehindSource:
    """Addresses of the visits behind the figures of a source."""

    def __init__(self, asked: ReportScope, report: SourceReport) -> None:
        self._asked = replace(asked, by=SOURCE, view=View.PRIMARY, preset=None, is_overview=False)
        self._report = report

    def visits(self, _source_id: int, first_day: date, last_day: date) -> str:
        return self._rows(Period(first_day, last_day))

    def year_before(self, source_id: int, month: ReferrerMonth) -> str:
        """The same month a year before, as it is counted beside this one."""
        span = year_before(month.period)
        return self.visits(source_id, span.first_day, span.last_day)

    @property
    def year(self) -> str:
        return self._rows(self._report.year)

    def place(self, part: SourcePart) -> str:
        return self._rows(self._report.year, also=(LOCATION, part.name.key))

    def channel(self, part: SourcePart) -> str:
        return self._rows(self._report.year, also=(CHANNEL, part.name.key))

    def below(self, part: SourcePart) -> str:
        return self._asked.rows(part.name.key, period=self._report.year)

    def _rows(self, period: Period, **narrowed: Any) -> str:
        return self._asked.rows(self._report.name.key, level=self._report.level, period=period, **narrowed)
