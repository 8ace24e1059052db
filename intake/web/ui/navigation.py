"""Navigation of the staff: the pages that each role is offered."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, request
from flask_login import current_user

from intake.web.http.url_converters import fixed_address

FRONT_DESK, MANAGER, LIAISON, ADMINISTRATOR = "front_desk", "manager", "liaison", "administrator"


@dataclass(frozen=True)
class NavigationItem:
    """A page of the navigation and the roles that may open it."""

    endpoint: str
    label: str
    icon: str
    roles: frozenset[str]
    # Opened a few times a year: kept in a menu, out of the way of what is needed every day.
    sets_up: bool = False


@dataclass(frozen=True)
class NavigationLink:
    """One link as the template draws it."""

    url: str
    label: str
    icon: str
    here: bool
    # How much waits there, as it is shown ("12", "99+"); empty for nothing.
    waiting: str = ""


ITEMS = (
    NavigationItem("desk.arrivals", "Desk", "clipboard2-check", frozenset({FRONT_DESK, MANAGER})),
    NavigationItem("calls.callers", "Calls", "telephone", frozenset({FRONT_DESK, MANAGER})),
    NavigationItem("patients.patients", "Patients", "person", frozenset({FRONT_DESK, MANAGER})),
    NavigationItem("schedule.upload_page", "Schedule", "calendar3", frozenset({FRONT_DESK, MANAGER, ADMINISTRATOR})),
    NavigationItem("text_overview.texts", "Texts", "chat-left-text", frozenset({FRONT_DESK, MANAGER, ADMINISTRATOR})),
    NavigationItem("reports.totals", "Reports", "bar-chart-line", frozenset({MANAGER, LIAISON, ADMINISTRATOR})),
    NavigationItem("wall.today", "Today", "tv", frozenset({FRONT_DESK})),
    NavigationItem("referring.physicians", "Referrals", "person-check", frozenset({MANAGER, LIAISON, ADMINISTRATOR})),
    NavigationItem("directory.physicians", "Physicians", "person-badge", frozenset({MANAGER, LIAISON, ADMINISTRATOR})),
    NavigationItem("sources.source_list", "Sources", "signpost-2", frozenset({MANAGER, ADMINISTRATOR})),
    NavigationItem("review.queue", "Review", "list-check", frozenset({MANAGER, ADMINISTRATOR})),
    NavigationItem("review_people.people", "Review", "list-check", frozenset({FRONT_DESK})),
    NavigationItem("start.start", "Checklist", "clipboard2-check", frozenset({ADMINISTRATOR}), sets_up=True),
    NavigationItem("directory.own_practice", "Practice", "hospital", frozenset({ADMINISTRATOR}), sets_up=True),
    NavigationItem("directory.locations", "Locations", "geo-alt", frozenset({ADMINISTRATOR}), sets_up=True),
    NavigationItem("accounts.people", "People", "people", frozenset({ADMINISTRATOR}), sets_up=True),
    NavigationItem("accounts.tablets", "Tablets", "tablet", frozenset({ADMINISTRATOR}), sets_up=True),
    NavigationItem("accounts.audit_trail", "Audit", "shield-check", frozenset({ADMINISTRATOR}), sets_up=True),
    NavigationItem("privacy.overview", "Privacy", "lock", frozenset({ADMINISTRATOR}), sets_up=True),
)

COUNTERS = "navigation counters"


def navigation() -> list[NavigationLink]:
    """Links of everyday work for the signed-in person, in a fixed order; empty for anybody else."""
    return _entries(sets_up=False)


def set_up_links() -> list[NavigationLink]:
    """Links of the menu "Set up"; empty for roles that set nothing up."""
    return _entries(sets_up=True)


def _entries(*, sets_up: bool) -> list[NavigationLink]:
    if not current_user.is_authenticated:
        return []
    held = {role.name for role in current_user.roles}
    offered = [item for item in ITEMS if held & item.roles]
    links = [(fixed_address(item.endpoint), item) for item in _once(offered)]
    # The longest address that the current one begins with: /desk/calls is Calls, not Desk.
    matching = [url for url, _ in links if request.path == url or request.path.startswith(f"{url}/")]
    here = max(matching, key=len, default="")
    counters: dict[str, Callable[[], str]] = current_app.extensions.get(COUNTERS, {})
    return [
        NavigationLink(
            url=url,
            label=item.label,
            icon=item.icon,
            here=url == here,
            waiting=counters[item.endpoint]() if item.endpoint in counters else "",
        )
        for url, item in links
        if item.sets_up == sets_up
    ]


def count_in_navigation(app: Flask, endpoint: str, counter: Callable[[], str]) -> None:
    """Show `counter()`, how much waits at a page, beside its link; it is called whenever the link is drawn."""
    app.extensions.setdefault(COUNTERS, {})[endpoint] = counter


def _once(items: list[NavigationItem]) -> list[NavigationItem]:
    """Keep the first of the items that have the same label: one page each for different roles."""
    first = {item.label: item for item in reversed(items)}
    return [item for item in items if first[item.label] is item]
