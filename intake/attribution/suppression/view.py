"""Pages of the reports, each as its reader gets it: the figures, why there are none, or what may leave the practice."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from flask import render_template, request

from intake.accounts.auth.guards import roles
from intake.attribution.filters.access import READERS
from intake.attribution.filters.request import ReportRequest, takes
from intake.attribution.page.report_page import asked_here, choices, request_here
from intake.attribution.page.scope import ReportScope
from intake.attribution.suppression.html_table import html_table
from intake.attribution.suppression.suppressed import RULE, NotForOthers
from intake.attribution.tables.table import ReportTables
from intake.slots import Slot

# Endpoint of a report page → what makes its edition for others; the folder of exports knows every report.
SUPPRESSED: Slot[Mapping[str, Callable[..., ReportTables]]] = Slot("suppressed")


def report_page(name: str, model: type[ReportRequest], readers: Sequence[str] = READERS) -> Any:
    """Make a view a page of the reports, for all who read them or some: it can be printed, kept (as `name`) and sent.

    It is called with what is asked for. Days that are none are refused, and the edition for others made, before it.
    """

    def decorate(view: Callable[..., Any]) -> Any:
        @wraps(view)
        def shown(**values: Any) -> Any:
            asked = asked_here()
            if asked.problem:
                return render_template("attribution/layout/refused.html", asked=asked, **choices(asked)), 422
            return _for_others(asked) if asked.leaving else view(asked, **values)

        guarded = roles(*readers)(shown)
        guarded.__intake_report__ = name  # type: ignore[attr-defined]
        return takes(model)(guarded)

    return decorate


def _for_others(asked: ReportScope) -> Any:
    """The page as others may have it, or why they may not, with 422."""
    book, refusal, endpoint = None, "", request.endpoint or ""
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
        **(choices(asked) if of_totals else {}),
    )
    return (page, 422) if refusal else page
