"""Where later rooms put their parts on the pages of those who refer: `PHYSICIAN_BELOW.add(app, part)`."""

from dataclasses import dataclass

from flask import Flask, current_app

from intake.accounts.current import current_staff
from intake.attribution.page.tabs import ReportTab, ReportTabs
from intake.directory.models import Physician, ReferringPractice
from intake.slots import PagePlace, Parts
from intake.web.http.route_guards import guard_of
from intake.web.http.url_converters import fixed_address

# With the navigation and what a page has of its own no more than twelve controls stand before its first figure.
TABS_IN_A_ROW = 2


@dataclass(frozen=True)
class ReferrerTab:
    """A page on the line above all pages about those who refer. It is offered to the roles that its guard lets in."""

    endpoint: str
    label: str
    # Smaller stands further left.
    place: int


REFERRER_TABS: Parts[ReferrerTab] = Parts("pages about those who refer")

# Links and buttons beside the name, such as a brief before a visit.
PHYSICIAN_ACTIONS: PagePlace[Physician] = PagePlace("physician: actions")
# Panels below the figures: what was promised, what is owed.
PHYSICIAN_PANELS: PagePlace[Physician] = PagePlace("physician: panels")
# Sections below what they sent, such as a time line.
PHYSICIAN_BELOW: PagePlace[Physician] = PagePlace("physician: below")
PRACTICE_ACTIONS: PagePlace[ReferringPractice] = PagePlace("practice: actions")
PRACTICE_PANELS: PagePlace[ReferringPractice] = PagePlace("practice: panels")
PRACTICE_BELOW: PagePlace[ReferringPractice] = PagePlace("practice: below")


def init_app(app: Flask) -> None:
    app.jinja_env.globals["referrer_tabs"] = referrer_tabs
    REFERRER_TABS.add(app, ReferrerTab("referring.physicians", "Who refers", 10))


def referrer_tabs(here: str) -> ReportTabs:
    """The line as the reader may open it; `here` is the endpoint of the page on it that they are at."""
    held = {str(role.name) for role in current_staff().roles}
    offered = [
        ReportTab(tab.label, fixed_address(tab.endpoint), tab.endpoint == here)
        for tab in sorted(REFERRER_TABS.all, key=lambda tab: tab.place)
        if (guard := guard_of(current_app.view_functions[tab.endpoint])) and guard.roles & held
    ]
    return ReportTabs(tuple(offered[:TABS_IN_A_ROW]), tuple(offered[TABS_IN_A_ROW:]))
