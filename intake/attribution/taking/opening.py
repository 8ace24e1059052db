"""A page of the reports opened on somebody's behalf, with what they may see, from an address that they keep or send."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import abort, current_app, g
from werkzeug.exceptions import HTTPException

from intake.accounts.models import Staff
from intake.accounts.sessions import BACKGROUND_HEADER
from intake.web.guarding import guard_of

LONGEST_ADDRESS = 1_500
# Paper shows everything, up to what somebody may want to leaf through.
ROWS_ON_PAPER = 2_000


class NotAReport(Exception):
    """The address is no page of the reports."""


@dataclass(frozen=True)
class Opened:
    """The page that an address leads to."""

    endpoint: str
    values: dict[str, Any]
    address: str


def find(address: str) -> Opened:
    """The page at this address, written in the one way in which it is kept. Raises NotAReport."""
    target = urlsplit(address)
    if len(address) > LONGEST_ADDRESS or target.scheme or target.netloc or not target.path.startswith("/reports"):
        raise NotAReport(address)
    try:
        endpoint, values = current_app.url_map.bind("").match(target.path, method="GET")
    except HTTPException:
        raise NotAReport(address) from None
    view = current_app.view_functions[endpoint]
    guard = guard_of(view)
    if guard is None or guard.kind != "staff" or not getattr(view, "__intake_report__", False):
        raise NotAReport(address)
    query = [(name, value) for name, value in parse_qsl(target.query) if name != "page"]
    return Opened(endpoint, dict(values), target.path + (f"?{urlencode(query)}" if query else ""))


def roles_of(endpoint: str) -> frozenset[str]:
    """The roles that may open a page."""
    guard = guard_of(current_app.view_functions[endpoint])
    return guard.roles if guard else frozenset()


@contextmanager
def opened(address: str, staff: Staff) -> Iterator[Opened]:
    """A request for this page, as `staff` would make it now; their role is checked here, rows by the page itself.

    Raises NotAReport; aborts with 403 for a role that may not open the page.
    """
    found = find(address)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    origin = app.config["SETTINGS"].public_url
    with app.test_request_context(found.address, base_url=origin, headers={BACKGROUND_HEADER: "file"}):
        # Guards and locations ask these two.
        g._login_user = staff
        g.on_paper = True
        if not roles_of(found.endpoint) & {role.name for role in staff.roles}:
            abort(403)
        yield found


def rows_a_page(usual: int) -> int:
    """As many rows as a page of the screen takes, or all of them when the page is made for a file."""
    return ROWS_ON_PAPER if g.get("on_paper") else usual


def report_page(view: Any) -> Any:
    """Marks a view as a page of the reports: it can be printed, kept as a saved view and sent."""
    view.__intake_report__ = True
    return view
