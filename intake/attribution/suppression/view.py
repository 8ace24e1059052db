"""The page of a report that leaves the practice."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, request

from intake.attribution.page.report_page import choices, request_here
from intake.attribution.page.scope import Asked
from intake.attribution.suppression.shown_tables import shown
from intake.attribution.suppression.suppressed_counts import RULE, NotForOthers
from intake.attribution.tables.workbook import Workbook
from intake.slots import Slot

# Endpoint of a report page → its book as others may have it; the folder of exports knows every report.
SUPPRESSED_BOOKS: Slot[Mapping[str, Callable[..., Workbook]]] = Slot("suppressed_books")


def show_for_others(asked: Asked, endpoint: str) -> Any:
    """The page as others may have it, or why they may not, with 422."""
    book, refusal = None, ""
    try:
        book = SUPPRESSED_BOOKS.filled[endpoint](**(request.view_args or {}))
    except NotForOthers as error:
        refusal = str(error)
    # The physicians' pages are of no period and have no tabs.
    of_totals = endpoint.startswith("reports.")
    page = render_template(
        "attribution/suppression/suppressed.html" if of_totals else "attribution/referrers/suppressed.html",
        asked=asked,
        title=book.title.removeprefix("For others: ") if book else "",
        book=book,
        tables=[shown(sheet) for sheet in book.sheets] if book else [],
        refusal=refusal,
        rule=RULE,
        # The same page for those inside.
        back=request_here().changed(leaving=False).after(request.path),
        **(choices(asked, here="" if endpoint == "reports.totals" else endpoint) if of_totals else {}),
    )
    return (page, 422) if refusal else page
