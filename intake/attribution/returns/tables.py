"""Who comes again, as tables for files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from intake.attribution.filters.dimensions.sources import source_name
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period, add_months
from intake.attribution.page.report_page import asked_here
from intake.attribution.page.scope import ReportScope
from intake.attribution.returns.figures import RepeatRow, reasons_to_return, repeat_rows
from intake.attribution.tables.about import about_months
from intake.attribution.tables.table import Cell, Column, ReportTables, Table, interval

TITLE = "Who comes again"
OWN_WORDS = "In their own words"
# Whoever came first within the last weeks had no time to come again.
FIRST_MONTHS, LAST_MONTHS = 15, 3


@dataclass(frozen=True)
class Returns:
    """`period`: when they came first; `back`: what was named within a year, None for words alone."""

    period: Period
    rows: Sequence[RepeatRow]
    back: Mapping[int | None, int]
    names: Mapping[int | None, str]


def asked_returns(asked: ReportScope) -> Returns:
    lists = lists_as_of_now()
    today, location_ids = asked.today, asked.location_ids
    first = Period(add_months(today, -FIRST_MONTHS), add_months(today, -LAST_MONTHS))
    rows = repeat_rows(period=first, location_ids=location_ids, lists=lists)
    year = Period(today - timedelta(days=364), today)
    back = reasons_to_return(period=year, location_ids=location_ids, lists=lists)
    named = {each for each in (*(row.source_id for row in rows), *back) if each}
    names = {each: source_name(lists, each).label for each in named} | {None: OWN_WORDS}
    return Returns(first, rows, back, names)


def returns_book() -> ReportTables:
    asked = asked_here()
    found = asked_returns(asked)
    again = [
        Column("Source", lambda row: found.names[row.source_id]),
        Column("New patients", lambda row: row.patients, Cell.COUNT),
        Column("Came again", lambda row: row.again, Cell.COUNT),
        Column("Share", lambda row: None if row.too_few else row.share, Cell.SHARE),
        interval("95%", lambda row: None if row.too_few else row.interval),
    ]
    back = [
        Column("Named", lambda row: found.names[row[0]]),
        Column("Visits in the last 365 days", lambda row: row[1], Cell.COUNT),
    ]
    tables = [
        Table("By what first led them here", again, found.rows),
        Table("What brought people back", back, list(found.back.items())),
    ]
    return ReportTables(TITLE, about_months(asked, found.period), tables)
