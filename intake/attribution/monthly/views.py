"""The page of the monthly report, which leaves by e-mail on the 1st."""

from dataclasses import replace

from flask import render_template

from intake.attribution.costs import messages as money
from intake.attribution.filters.periods import Period, add_months, month_end, preset
from intake.attribution.filters.request import TotalsRequest
from intake.attribution.monthly.advice import advice
from intake.attribution.monthly.report import monthly_report
from intake.attribution.overview.shown import headline
from intake.attribution.page.blueprint import bp
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers import messages as referrers
from intake.attribution.suppression.view import report_page
from intake.attribution.totals import messages
from intake.survey.models import View

HERE = "reports.month"
MOST_SOURCES, MOST_NAMED = 8, 6


def month_of(asked: ReportScope) -> ReportScope:
    """What is asked for, of the whole month in which its last day lies; the last one unless told."""
    typed = asked.request
    assert isinstance(typed, TotalsRequest)
    period = asked.period
    if not (typed.preset or typed.first or typed.last):
        period = preset("last-month", asked.today) or period
    first = period.last_day.replace(day=1)
    month = Period(first, month_end(first))
    return replace(asked, period=month, preset=None, view=View.PRIMARY, is_overview=True)


@bp.get("/reports/month", endpoint="month")
@report_page("Monthly report", TotalsRequest)
def show_month(asked: ReportScope) -> str:
    asked = month_of(asked)
    report = monthly_report(asked.period, today=asked.today, location_ids=asked.location_ids)
    first = asked.period.first_day

    def month_from(months: int) -> str:
        start = add_months(first, months)
        return asked.address(HERE, period=Period(start, month_end(start)))

    rows = [row for row in report.overview.lines if row.units or row.before_units or row.year_before_units]
    # Whatever brought many in the month before stands there, however few it brought now.
    largest = sorted(rows, key=lambda row: -max(row.units, row.before_units or 0))[:MOST_SOURCES]
    return render_template(
        "attribution/monthly/month.html",
        asked=asked,
        report=report,
        sources=[row for row in rows if row in largest],
        others=[row for row in rows if row not in largest],
        headline=headline(report.overview),
        todo=advice(report),
        before=month_from(-1),
        after=month_from(1) if asked.period.last_day < asked.today else "",
        named_rows={"New": report.new, "Back after a year or more": report.back, "Gone quiet": report.quiet},
        most_named=MOST_NAMED,
        words=messages,
        referrers=referrers,
        money=money,
    )
