"""Registers the room: touchpoints, promises, rounds, and what is owed to those who refer."""

from flask import Flask

from intake.liaison.brief import page_parts
from intake.liaison.brief import views as brief
from intake.liaison.day import views as day
from intake.liaison.files import views as files
from intake.liaison.issues import views as issues
from intake.liaison.page import tabs
from intake.liaison.page.tabs import TABS, Tab
from intake.liaison.people import views as people
from intake.liaison.touchpoints import views as touchpoints
from intake.web.ui.navigation import LIAISON, LISTS, RUNNERS, NavigationItem, offer_in_navigation

PAGES = (day, people, touchpoints, issues, brief, files)
OWN_TABS = (
    Tab("liaison_day.my_day", "My day", 10),
    Tab("relationships.targets", "Who we look after", 20),
    Tab("touchpoints.list", "Touchpoints", 30),
    Tab("issues.list", "Issues", 40),
    Tab("relationships.potential", "Potential", 50),
)
NAVIGATION = (
    NavigationItem("liaison_day.my_day", "My day", "calendar-check", frozenset({LIAISON})),
    NavigationItem("relationships.targets", "Relationships", "people", RUNNERS, LISTS, "Who looks after whom"),
)


def register(app: Flask) -> None:
    """Put this room's pages and commands on `app`, and its parts into the slots of the rooms below."""
    tabs.init_app(app)
    for tab in OWN_TABS:
        TABS.add(app, tab)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
    page_parts.init_app(app)
    for item in NAVIGATION:
        offer_in_navigation(app, item)
