"""The page of a report that leaves the practice."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, request

from intake.attribution.page.report_page import choices, request_here
from intake.attribution.page.scope import ReportScope
from intake.attribution.suppression.html_table import html_table
from intake.attribution.suppression.suppressed import RULE, NotForOthers
from intake.attribution.tables.table import ReportTables
from intake.slots import Slot

# Endpoint of a report page → what makes its edition for others; the folder of exports knows every report.
SUPPRESSED: Slot[Mapping[str, Callable[..., ReportTables]]] = Slot("suppressed")


def show_for_others(asked: ReportScope, endpoint: str) -> Any:
    """Return the page as others may have it, or why they may not, with 422."""
    book, refusal = None, ""
    try:
        book = SUPPRESSED.filled[endpoint](**(request.view_args or {}))
    except NotForOthers as error:
        refusal = str(error)
    # The physicians' pages are of no period and have no tabs.
    of_totals = endpoint.startswith("reports.")
    page = render_template(
        "attribution/suppression/suppressed.html" if of_totals else "attribution/referrers/suppressed.html",
        asked=asked,
        title=book.title if book else "",
        book=book,
        tables=[html_table(table) for table in book.tables] if book else [],
        refusal=refusal,
        rule=RULE,
        # The same page for those inside.
        back=request_here().changed(leaving=False).after(request.path),
        **(choices(asked, here="" if endpoint == "reports.totals" else endpoint) if of_totals else {}),
    )
    return (page, 422) if refusal else page
