"""The tables of each report page for a workbook or a CSV file, read from what the page itself reads.

Each is called within a request for its page, so that the address says what is asked for and the reader what is shown.
"""

from collections.abc import Callable
from typing import Any

from flask import abort

from intake import clock
from intake.accounts import audit
from intake.attribution import views as pages
from intake.attribution import words
from intake.attribution.asked import Asked
from intake.attribution.asking import COVERAGE, asked_here, note_names
from intake.attribution.cuts import CALENDAR, Cut
from intake.attribution.files import coverage_table, cut_table, rows_table, visits_number
from intake.attribution.leaving import NotForOthers, others_table
from intake.attribution.overview import Overview
from intake.attribution.overview_view import overview_of
from intake.attribution.physicians import files as physician_files
from intake.attribution.queries import lists_under, practice_time_zone
from intake.attribution.seeing import sees_names
from intake.attribution.taking.sheets import Bars, Sheet, Workbook
from intake.attribution.totals import Totals
from intake.web.pages import practice_name

MOST_BARS = 12


def totals_book() -> Workbook:
    """The overview or a cut, and coverage."""
    asked = _asked()
    if asked.leaving:
        return _book_for_others(asked)
    if asked.is_overview:
        report = overview_of(asked)
        return Workbook("Where patients come from", _about(asked), [_overview_sheet(report), _coverage(asked)])
    return _cut_book(asked)


def rows_book() -> Workbook:
    """The visits behind a figure."""
    asked = asked_here(allowing=(COVERAGE,))
    if asked.problem:
        abort(422)
    lists = lists_under(asked.listing, asked.period)
    figure = pages.figure_asked(asked)
    found = pages.counted_or_404(figure, lists)
    title = pages.title_or_404(figure, lists, found.visits)
    audit.record_reading(
        "report.rows_exported", by=str(figure.by or COVERAGE), key=figure.key, visits=found.visits, names=sees_names()
    )
    rows = pages.every_visit(figure, lists, found.visits)
    header, cells = rows_table(rows, view=words.VIEW_LABELS[asked.view], names=sees_names(), basis=asked.basis)
    about = [("Figure", title), ("Visits", found.visits), *_about(asked)]
    return Workbook(
        f"Visits behind a figure: {title}", about, [Sheet("Visits", header, cells, texts=frozenset({"MRN"}))]
    )


BOOKS: dict[str, Callable[..., Workbook]] = {
    "reports.totals": totals_book,
    "reports.rows": rows_book,
    "referring.physicians": physician_files.list_book,
    "referring.physician": physician_files.physician_book,
    "referring.sent": physician_files.sent_book,
}


def _asked() -> Asked:
    asked = asked_here()
    if asked.problem:
        abort(422)
    return asked


def _cut_book(asked: Asked) -> Workbook:
    report = pages.report_of(asked)
    note_names(asked.by, "report.patients_exported", len(report.lines))
    header, rows = cut_table(report, asked)
    bars = None
    if asked.by != Cut.STAFF and any(line.units for line in report.lines):
        count = len(report.lines) if asked.by in CALENDAR else min(MOST_BARS, _named(report))
        bars = Bars(f"{words.CUT_TITLES[asked.by]}, {asked.when}", header[3], count) if count else None
    sheet = Sheet(words.CUT_HEADINGS[asked.by], header, rows, bars=bars)
    return Workbook(f"Reports {words.CUT_TITLES[asked.by].lower()}", _about(asked), [sheet, _coverage(asked, report)])


def _book_for_others(asked: Asked) -> Workbook:
    """Nothing but the table as others may have it."""
    if asked.by == Cut.PATIENT:
        abort(404)
    try:
        header, rows = others_table(pages.report_of(asked), asked)
    except NotForOthers as error:
        abort(400, str(error))
    about = [
        *_about(asked),
        ("Leaves the practice", "yes: figures from 1 to 10 are hidden, and as many more as it takes"),
    ]
    return Workbook(f"For others {words.CUT_TITLES[asked.by].lower()}", about, [Sheet("For others", header, rows)])


def _named(report: Totals) -> int:
    return sum(1 for line in report.lines if not line.is_remainder)


def _coverage(asked: Asked, report: Totals | None = None) -> Sheet:
    header, rows = coverage_table(report or pages.report_of(asked), asked)
    return Sheet("Coverage", header, list(rows), bars=Bars(f"Coverage, {asked.when}", header[1], 5))


def _overview_sheet(report: Overview) -> Sheet:
    visits = f"Visits ({words.VIEW_LABELS[report.view]})"
    header = ["Source", visits, "Share of answered", "95 % from", "95 % to", "Share of eligible"]
    header += ["Visits before", "Visits a year ago", *(f"{month.first_day:%b %Y}" for month in report.months)]
    rows = []
    for row in report.rows:
        low, high = row.interval
        cells: list[Any] = [row.name.label, visits_number(row.units), row.share]
        cells += [low, high] if row.of else [None, None]
        cells += [row.share_of_eligible, visits_number(row.before_units), visits_number(row.year_before_units)]
        rows.append([*cells, *(visits_number(units) for units in row.months)])
    shown = sum(1 for row in report.rows if row.units and not row.is_remainder)
    bars = Bars("Where patients come from", visits, min(MOST_BARS, shown)) if shown else None
    return Sheet("Sources", header, rows, bars=bars)


def _about(asked: Asked) -> list[tuple[str, Any]]:
    before = asked.period.before()
    return [
        ("Practice", practice_name()),
        ("Period", asked.when),
        ("From", asked.period.first_day),
        ("To", asked.period.last_day),
        ("Compared with", words.say_period(before) if before else "nothing"),
        ("Locations", asked.where),
        ("View", words.VIEW_LABELS[asked.view]),
        ("What that means", words.VIEW_SENTENCES[asked.view]),
        ("Counted", f"{words.BASIS_WORDS[asked.basis]}. {words.BASIS_SENTENCES[asked.basis]}"),
        ("List", words.LISTING_SENTENCES[asked.listing]),
        ("Intervals", "95 % Wilson score intervals of the shares"),
        ("Made on", clock.clinic_today(practice_time_zone())),
    ]
