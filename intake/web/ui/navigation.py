"""Navigation of the staff: one short line for each role, and beside it what is opened less often."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from flask import Flask, current_app, request
from flask_login import current_user

from intake.slots import Parts
from intake.web.http.route_guards import guard_of
from intake.web.http.url_converters import fixed_address

FRONT_DESK, MANAGER, LIAISON, ADMINISTRATOR = "front_desk", "manager", "liaison", "administrator"
SET_UP = "set_up.set_up"


@dataclass(frozen=True)
class NavigationItem:
    """A page and the roles that are offered it. `group` and `told` say on Set-up where it stands and what it is for."""

    endpoint: str
    label: str
    icon: str
    roles: frozenset[str]
    group: str = ""
    told: str = ""
    # Where else pages lie that belong to it.
    also: str = ""


@dataclass(frozen=True)
class NavigationLink:
    """One link as the template draws it."""

    url: str
    item: NavigationItem
    here: bool
    # How much waits there, as it is shown ("12", "99+"); empty for nothing.
    waiting: str = ""


# By role in this order; a person with several has the lines of each, one after the other.
LINES: dict[str, tuple[str, ...]] = {
    FRONT_DESK: (
        "desk.arrivals",
        "calls.callers",
        "patients.patients",
        "text_replies.replies",
        "schedule.upload_page",
    ),
    MANAGER: (
        "desk.arrivals",
        "reports.totals",
        "referring.physicians",
        "review.queue",
        "text_replies.replies",
        SET_UP,
    ),
    LIAISON: ("referring.physicians", "reports.totals"),
    ADMINISTRATOR: (SET_UP, "reports.totals", "referring.physicians", "review.queue"),
}
DESK = frozenset({FRONT_DESK, MANAGER})
READERS = frozenset({MANAGER, LIAISON, ADMINISTRATOR})
RUNNERS = frozenset({MANAGER, ADMINISTRATOR})
RUNS = frozenset({ADMINISTRATOR})
LISTS, ASKING, PEOPLE, OFFICE = "Lists", "Asking", "People and machines", "The practice"
ITEMS = (
    NavigationItem("desk.arrivals", "Desk", "clipboard2-check", DESK),
    NavigationItem("calls.callers", "Calls", "telephone", DESK, ASKING, "Those who phone before they have a chart"),
    NavigationItem("patients.patients", "Patients", "person", DESK, ASKING, "What one of them said, and when"),
    NavigationItem("reports.totals", "Reports", "bar-chart-line", READERS),
    NavigationItem("referring.physicians", "Referrers", "person-check", READERS, also="/relationships"),
    NavigationItem("review.queue", "Review", "list-check", RUNNERS),
    NavigationItem("text_replies.replies", "Inbox", "chat-square-text", DESK),
    NavigationItem("review_people.people", "Who sent them", "list-check", frozenset({FRONT_DESK})),
    NavigationItem("wall.today", "Today", "tv", frozenset({FRONT_DESK})),
    NavigationItem(SET_UP, "Set-up", "gear", RUNNERS),
    NavigationItem("sources.source_list", "Sources", "signpost-2", RUNNERS, LISTS, "What patients may choose"),
    NavigationItem(
        "directory.physicians", "Physicians’ records", "person-badge", READERS, LISTS, "Names, addresses, numbers"
    ),
    NavigationItem("duplicates.every_kind", "Duplicates", "layers", RUNNERS, LISTS, "Records that may be one"),
    NavigationItem("schedule.upload_page", "Schedule", "calendar3", DESK | RUNS, ASKING, "Appointments from a file"),
    NavigationItem("text_plans.plans", "Text plans", "sliders", RUNNERS, ASKING, "Who is texted, and when"),
    NavigationItem(
        "text_overview.texts", "Texts", "chat-left-text", RUNNERS, ASKING, "What was sent and what came of it"
    ),
    NavigationItem("accounts.tablets", "Tablets", "tablet", RUNNERS, PEOPLE, "Pair one, or stop one"),
    NavigationItem("accounts.people", "People", "people", RUNS, PEOPLE, "Who works here and may do what"),
    NavigationItem("directory.own_practice", "Practice", "hospital", RUNS, OFFICE, "Name, telephone, languages"),
    NavigationItem("directory.goals", "Goals", "flag", RUNNERS, OFFICE, "What each location aims for"),
    NavigationItem("directory.locations", "Locations", "geo-alt", RUNS, OFFICE, "Addresses, time zones, hours"),
    NavigationItem("accounts.audit_trail", "Audit", "shield-check", RUNS, OFFICE, "Who saw and did what"),
    NavigationItem("privacy.overview", "Privacy", "lock", RUNS, OFFICE, "How long things are kept, and erasing"),
)

COUNTERS = "navigation counters"
# Pages of later rooms: first on the line of each of its roles, or with a `group` on Set-up.
OFFERED: Parts[NavigationItem] = Parts("navigation items")


def navigation() -> list[NavigationLink]:
    """Links of the signed-in person's line; empty for anybody else. Set-up is here on each of its pages."""
    line, beside, here = _offered_here()
    counters: dict[str, Callable[[], str]] = current_app.extensions.get(COUNTERS, {})
    within_set_up = here in beside
    return [
        NavigationLink(
            url,
            item,
            url == here or (within_set_up and item.endpoint == SET_UP),
            counters[item.endpoint]() if item.endpoint in counters else "",
        )
        for url, item in line.items()
    ]


def beside_navigation() -> list[NavigationLink]:
    """Links to what else they may open: on Set-up for those who have it, else in the menu below their name."""
    _, beside, here = _offered_here()
    return [NavigationLink(url, item, url == here) for url, item in beside.items()]


def set_up_groups() -> dict[str, list[NavigationLink]]:
    """What Set-up lists, by group in order."""
    groups: dict[str, list[NavigationLink]] = {group: [] for group in (LISTS, ASKING, PEOPLE, OFFICE)}
    for link in beside_navigation():
        if link.item.group:
            groups.setdefault(link.item.group, []).append(link)
    return {group: links for group, links in groups.items() if links}


def has_set_up() -> bool:
    """Whether the signed-in person is offered Set-up."""
    return bool(RUNNERS & _held())


def _offered_here() -> tuple[dict[str, NavigationItem], dict[str, NavigationItem], str]:
    """The items of the line and those beside it by their address, and the address of the page at hand among them."""
    held = _held()
    items = {item.endpoint: item for item in (*OFFERED.all, *ITEMS) if held & item.roles and not _elsewhere(item)}
    line = {fixed_address(each): items[each] for each in _line_of(held) if each in items}
    beside = {fixed_address(each): item for each, item in items.items() if item not in line.values()}
    # The longest address that the current one begins with: /desk/calls is Calls, not Desk.
    starts = {start: url for url, item in (line | beside).items() for start in (item.also, url) if start}
    matching = [each for each in starts if request.path == each or request.path.startswith(f"{each}/")]
    return line, beside, starts[max(matching, key=len)] if matching else ""


def _elsewhere(item: NavigationItem) -> bool:
    """Whether the page is for those alone who work at every location, and they don't."""
    guard = guard_of(current_app.view_functions[item.endpoint])
    return guard is not None and guard.everywhere and not current_user.all_locations


def _held() -> set[str]:
    return {str(role.name) for role in current_user.roles} if current_user.is_authenticated else set()


def _line_of(held: Collection[str]) -> list[str]:
    line: list[str] = []
    for role, endpoints in LINES.items():
        if role in held:
            line += [item.endpoint for item in OFFERED.all if role in item.roles and not item.group]
            line += endpoints
    return line


def first_on_line(role: str) -> str:
    """Return the address of the first page on the line of a role."""
    return fixed_address(_line_of({role})[0])


def count_in_navigation(app: Flask, endpoint: str, counter: Callable[[], str]) -> None:
    """Show `counter()`, how much waits at a page, beside its link; it is called whenever the link is drawn."""
    app.extensions.setdefault(COUNTERS, {})[endpoint] = counter
