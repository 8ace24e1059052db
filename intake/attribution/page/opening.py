"""Pages of the reports opened on somebody's behalf, with what they may see, from an address that was kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from flask import abort, current_app, g
from werkzeug.exceptions import HTTPException

from intake.accounts.current import BACKGROUND_HEADER
from intake.accounts.models import Staff
from intake.attribution.filters.periods import Period
from intake.attribution.filters.request import NotAReport, ReportRequest, read_request, request_of
from intake.attribution.page.report_page import put_here
from intake.web.http.route_guards import guard_of
from intake.web.http.url_converters import read_query

LONGEST_ADDRESS = 1_500
# Paper shows everything, up to what somebody may want to leaf through.
ROWS_ON_PAPER = 2_000


@dataclass(frozen=True)
class OpenedPage:
    """The page that an address leads to, and what it asks of it."""

    endpoint: str
    name: str
    path: str
    values: dict[str, Any]
    request: ReportRequest

    @property
    def address(self) -> str:
        """The one way in which it is kept, without what means nothing there."""
        return self.request.after(self.path)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that may open it."""
        guard = guard_of(current_app.view_functions[self.endpoint])
        return guard.roles if guard else frozenset()

    def over(self, period: Period) -> "OpenedPage":
        """Return the page for these days; one that knows no period stays as it is."""
        return replace(self, request=self.request.over(period))


def find(address: str) -> OpenedPage:
    """Return the page at this address. Raises NotAReport, and RepeatedParameter."""
    target = urlsplit(address)
    if len(address) > LONGEST_ADDRESS or target.scheme or target.netloc:
        raise NotAReport(address)
    try:
        endpoint, values = current_app.url_map.bind("").match(target.path, method="GET")
    except HTTPException:
        raise NotAReport(address) from None
    view = current_app.view_functions[endpoint]
    model = request_of(view)
    name = getattr(view, "__intake_report__", "")
    if model is None or not name:
        raise NotAReport(address)
    # Kept and printed from its first page on.
    asked = read_request(model, read_query(target.query)).changed()
    return OpenedPage(endpoint, name, target.path, dict(values), asked)


@contextmanager
def opened(found: OpenedPage, staff: Staff) -> Iterator[OpenedPage]:
    """Open a request for this page as `staff`; their role is checked here, the rest by the page itself.

    Aborts with 403 for a role that may not open the page.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    origin = app.config["SETTINGS"].public_url
    with app.test_request_context(found.address, base_url=origin, headers={BACKGROUND_HEADER: "file"}):
        # Guards and locations ask these two.
        g._login_user = staff
        g.on_paper = True
        # The same that was judged: the address isn't read again.
        put_here(found.request)
        if not found.roles & {role.name for role in staff.roles}:
            abort(403)
        yield found


def rows_a_page(usual: int) -> int:
    """Return as many rows as a page of the screen takes, or all of them when the page is made for a file."""
    return ROWS_ON_PAPER if g.get("on_paper") else usual
