"""Each page of the reports as others may have it: one book, which the page, the PDF and the other files all show."""

from collections.abc import Callable
from typing import Any

from flask import abort

from intake.attribution.breakdown.suppressed import cut_sheet
from intake.attribution.comparison.request import compared_here
from intake.attribution.costs.costs import costs, is_whole
from intake.attribution.exports import suppressed_tables
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.page.report_page import asked_here
from intake.attribution.page.scope import Asked
from intake.attribution.referrers import charts, queries, suppressed
from intake.attribution.referrers.about import about_physicians
from intake.attribution.referrers.history import records
from intake.attribution.referrers.listing import filters_of, listing
from intake.attribution.reliability.report import trust
from intake.attribution.suppression.suppressed_counts import RULE, NotForOthers
from intake.attribution.tables.about import about_totals
from intake.attribution.tables.workbook import Sheet, Workbook
from intake.attribution.totals.messages import COMPARISON_PAGE, COSTS_PAGE, TRUST_PAGE, say_period
from intake.attribution.totals.report import totals
from intake.directory.registry_names import physician_name

MARK = ("Leaves the practice", f"yes: {RULE}")


def _cut(**_values: Any) -> Workbook:
    asked = _asked()
    if asked.by.names_patients:
        abort(404)
    report = totals(**asked.scope, by=asked.by)
    return _book(asked.by.page, asked, cut_sheet(report, asked))


def _trust(**_values: Any) -> Workbook:
    asked = _asked()
    return _book(TRUST_PAGE, asked, suppressed_tables.trust_sheet(trust(**asked.scope), asked))


def _comparison(**_values: Any) -> Workbook:
    asked = _asked()
    found = compared_here(asked)
    compared = [("Compared", f"{found.what.lower()}: {found.labels}" if found.labels else found.what.lower())]
    return _book(COMPARISON_PAGE, asked, suppressed_tables.comparison_sheet(found, asked), compared)


def _costs(**_values: Any) -> Workbook:
    asked = _asked()
    report = costs(**asked.scope)
    sheet = suppressed_tables.costs_sheet(report, asked, is_whole=is_whole(asked.location_ids))
    return _book(COSTS_PAGE, asked, sheet, [("Months", say_period(report.months))])


def _physicians(**_values: Any) -> Workbook:
    asked = asked_here()
    filters = filters_of(asked)
    known = records(today=asked.today, location_ids=asked.location_ids, lists=lists_as_of_now())
    sheet = suppressed.list_sheet(listing(known, filters), filters)
    about = [MARK, ("Shown", filters.said), *about_physicians(asked, known.windows)]
    return Workbook("For others: physicians who refer", about, [sheet])


def _physician(physician_id: int) -> Workbook:
    asked = asked_here()
    found = queries.physician(physician_id) or abort(404)
    known = records(today=asked.today, location_ids=asked.location_ids, lists=lists_as_of_now())
    history = known.histories.get(found.id)
    name = physician_name(found.first_name, found.last_name, found.credential)
    months = list(charts.months(history, asked.today, began=known.windows.records_began)) if history else []
    about = [MARK, ("Physician", name), *about_physicians(asked, known.windows)]
    return Workbook(f"For others: referrals of {name}", about, [suppressed.months_sheet(name, months)])


def _nothing(**_values: Any) -> Workbook:
    raise NotForOthers("Visits and patients one by one never leave the practice.")


BOOKS: dict[str, Callable[..., Workbook]] = {
    "reports.totals": _cut,
    "reports.trust": _trust,
    "reports.compare": _comparison,
    "reports.costs": _costs,
    "reports.rows": _nothing,
    "referring.physicians": _physicians,
    "referring.physician": _physician,
    "referring.sent": _nothing,
}


def _asked() -> Asked:
    asked = asked_here()
    if asked.problem:
        abort(422)
    return asked


def _book(title: str, asked: Asked, sheet: Sheet, more: list[tuple[str, str]] | None = None) -> Workbook:
    return Workbook(f"For others: {title[:1].lower()}{title[1:]}", [MARK, *(more or []), *about_totals(asked)], [sheet])
