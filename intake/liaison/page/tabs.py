"""The room's own pages, as a line of links above the heading of each; every folder adds its own."""

from dataclasses import dataclass

from flask import Flask, current_app

from intake.accounts.current import current_staff
from intake.slots import Parts
from intake.web.http.route_guards import guard_of
from intake.web.http.url_converters import fixed_address


@dataclass(frozen=True)
class Tab:
    """A page of the line. It is offered to the roles that its guard lets in."""

    endpoint: str
    label: str
    # Smaller stands further left.
    place: int


TABS: Parts[Tab] = Parts("relationship tabs")


def init_app(app: Flask) -> None:
    app.jinja_env.globals["relationship_tabs"] = links


def links() -> list[tuple[str, str, str]]:
    """Return (endpoint, label, address) of the pages that the reader may open."""
    held = {str(role.name) for role in current_staff().roles}
    return [
        (tab.endpoint, tab.label, fixed_address(tab.endpoint))
        for tab in sorted(TABS.all, key=lambda tab: tab.place)
        if (guard := guard_of(current_app.view_functions[tab.endpoint])) and guard.roles & held
    ]
