"""Registers the room: touchpoints, promises, rounds, and what is owed to those who refer."""

from flask import Flask

from intake.liaison.brief import views as brief
from intake.liaison.day import views as day
from intake.liaison.effect import views as effect
from intake.liaison.gifts import parts as gift_parts
from intake.liaison.gifts import views as gifts
from intake.liaison.issues import views as issues
from intake.liaison.page import tabs
from intake.liaison.page.tabs import TABS, Tab
from intake.liaison.people import views as people
from intake.liaison.touchpoints import views as touchpoints

PAGES = (day, people, touchpoints, issues, brief, gifts, effect)
OWN_TABS = (
    Tab("liaison_day.my_day", "My day", 10),
    Tab("relationships.targets", "Who we look after", 20),
    Tab("touchpoints.list", "Touchpoints", 30),
    Tab("issues.list", "Issues", 40),
    Tab("relationships.potential", "Potential", 50),
    Tab("effect.effect", "Did it help?", 60),
    Tab("gifts.gifts", "Gifts", 70),
)


def register(app: Flask) -> None:
    """Put this room's pages and commands on `app`, and its parts into the slots of the rooms below."""
    tabs.init_app(app)
    for tab in OWN_TABS:
        TABS.add(app, tab)
    gift_parts.init_app(app)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
