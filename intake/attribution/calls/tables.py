"""What comes of new-patient calls, as tables for files."""

from calendar import day_name

from intake.attribution.calls.figures import CallFigures, call_figures, new_patient_calls
from intake.attribution.filters.periods import Period, add_months
from intake.attribution.filters.request import MonthsRequest
from intake.attribution.page.report_page import asked_here
from intake.attribution.page.scope import ReportScope
from intake.attribution.tables.about import about_months
from intake.attribution.tables.table import Cell, Column, ReportTables, Table, interval
from intake.capture.call.slip import NOT_SERVABLE, WHY_NOT

TITLE = "New-patient calls"
MONTHS = (1, 3, 12)
COUNTS = [
    Column("Could be served", lambda row: row[1].servable, Cell.COUNT),
    Column("Booked", lambda row: row[1].booked, Cell.COUNT),
    Column("To call back", lambda row: row[1].waiting, Cell.COUNT),
    Column("Not answered", lambda row: row[1].unanswered, Cell.COUNT),
]


def asked_calls(asked: ReportScope) -> tuple[int, Period, CallFigures]:
    """Return the months that are asked for, their days, their figures."""
    assert isinstance(asked.request, MonthsRequest)
    months = asked.request.among(MONTHS, MONTHS[1])
    period = Period(add_months(asked.today, -months), asked.today)
    return months, period, call_figures(new_patient_calls(period=period, location_ids=asked.location_ids))


def calls_book() -> ReportTables:
    asked = asked_here()
    _, period, figures = asked_calls(asked)
    shares = [
        Column("Share booked", lambda row: None if row[1].too_few else row[1].share, Cell.SHARE),
        interval("95%", lambda row: None if row[1].too_few else row[1].interval),
    ]
    why = [
        Column("Why not booked", lambda row: WHY_NOT[row[0]]),
        Column("Calls", lambda row: row[1], Cell.COUNT),
        Column("Left out of the share", lambda row: "yes" if row[0] in NOT_SERVABLE else ""),
    ]
    hours = [
        Column("Weekday", lambda row: day_name[row[0][0]]),
        Column("Hour from", lambda row: f"{row[0][1]:02}:00"),
        *COUNTS,
    ]
    tables = [
        Table("All", [Column("Calls", lambda row: row[0]), *COUNTS, *shares], [("All", figures.together)]),
        Table("Why not booked", why, list(figures.not_booked.items())),
        Table("By hour of the week", hours, sorted(figures.hours.items(), key=lambda each: each[0])),
    ]
    return ReportTables(TITLE, about_months(asked, period), tables)
