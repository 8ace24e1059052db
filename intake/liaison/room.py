"""Registers the room: touchpoints, promises, rounds, and what is owed to those who refer."""

from flask import Flask

from intake.liaison.brief import page_parts
from intake.liaison.gifts import parts as gift_parts
from intake.liaison.loops import parts as loop_parts
from intake.liaison.loops import views as loops
from intake.liaison.page import tabs
from intake.liaison.page.tabs import TABS, Tab
from intake.liaison.thanks import views as thanks
from intake.web.http.views import register_views
from intake.web.ui.navigation import LIAISON, LISTS, RUNNERS, NavigationItem, offer_in_navigation

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
    register_views(app, "intake.liaison")
    page_parts.init_app(app)
    for item in NAVIGATION:
        offer_in_navigation(app, item)
