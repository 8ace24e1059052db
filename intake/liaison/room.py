"""Registers the room: touchpoints, promises, rounds, and what is owed to those who refer."""

from typing import Any

from flask import Flask

from intake.liaison.brief import page_parts
from intake.liaison.brief import views as brief
from intake.liaison.day import views as day
from intake.liaison.effect import views as effect
from intake.liaison.files import views as files
from intake.liaison.gifts import parts as gift_parts
from intake.liaison.gifts import views as gifts
from intake.liaison.issues import views as issues
from intake.liaison.letters import views as letters
from intake.liaison.loops import office_views
from intake.liaison.loops import parts as loop_parts
from intake.liaison.loops import views as loops
from intake.liaison.meeting import views as meeting
from intake.liaison.page import tabs
from intake.liaison.page.tabs import TABS, Tab
from intake.liaison.people import views as people
from intake.liaison.thanks import views as thanks
from intake.liaison.touchpoints import views as touchpoints
from intake.web.ui.navigation import LIAISON, LISTS, RUNNERS, NavigationItem, offer_in_navigation

PAGES: tuple[Any, ...] = (
    day,
    people,
    touchpoints,
    issues,
    brief,
    files,
    loops,
    office_views,
    letters,
    thanks,
    gifts,
    effect,
    meeting,
)
OWN_TABS = (
    Tab("liaison_day.my_day", "My day", 10),
    Tab("relationships.targets", "Who we look after", 20),
    Tab("touchpoints.list", "Touchpoints", 30),
    Tab("issues.list", "Issues", 40),
    Tab("relationships.potential", "Potential", 50),
    Tab("effect.effect", "Did it help?", 60),
    Tab("gifts.gifts", "Gifts", 70),
)
NAVIGATION = (
    NavigationItem("liaison_day.my_day", "My day", "calendar-event", frozenset({LIAISON})),
    NavigationItem("relationships.targets", "Relationships", "people", RUNNERS, LISTS, "Who looks after whom"),
)


def register(app: Flask) -> None:
    """Put this room's pages and commands on `app`, and its parts into the slots of the rooms below."""
    for part in (tabs, loops, loop_parts, thanks, gift_parts):
        part.init_app(app)
    for tab in OWN_TABS:
        TABS.add(app, tab)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
    page_parts.init_app(app)
    for item in NAVIGATION:
        offer_in_navigation(app, item)
