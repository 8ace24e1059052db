"""Links between the report pages, for the line on top of each."""

from typing import Any

from flask import Flask, current_app

from intake.accounts.current import current_staff
from intake.web.http.route_guards import guard_of
from intake.web.http.url_converters import fixed_address

ROOMS = (
    ("totals", "Totals", "reports.totals"),
    ("physicians", "Referrals", "referring.physicians"),
    ("calls", "Calls", "call_figures.calls"),
    ("saved", "Saved views", "saved_views.saved"),
    ("digests", "E-mails", "digests.digests"),
    ("today", "Today", "wall.today"),
)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["report_room_links"] = links


def links() -> list[tuple[str, str, str]]:
    """Return (key, label, address) of the rooms that the reader may enter."""
    held = {str(role.name) for role in current_staff().roles}
    views = current_app.view_functions
    return [(key, label, fixed_address(to)) for key, label, to in ROOMS if _roles(views[to]) & held]


def _roles(view: Any) -> frozenset[str]:
    guard = guard_of(view)
    return guard.roles if guard else frozenset()
