"""Registers the room: touchpoints, promises, rounds, and what is owed to those who refer."""

from flask import Flask

from intake.attribution.referrers.places import REFERRER_TABS, ReferrerTab
from intake.liaison.brief import page_parts
from intake.liaison.day.rounds import hand_over_stops
from intake.liaison.files import views as files
from intake.liaison.gifts import parts as gift_parts
from intake.liaison.loops import funnel_views
from intake.liaison.loops import parts as loop_parts
from intake.liaison.loops import views as loops
from intake.liaison.page.parts import HAND_OVERS
from intake.liaison.promises.queries import STANDS
from intake.liaison.thanks import views as thanks
from intake.liaison.touchpoints.queries import stands
from intake.web.http.views import register_views
from intake.web.ui.navigation import LIAISON, OFFERED, NavigationItem

OWN_TABS = (
    ReferrerTab("relationships.targets", "Looked after", 20),
    ReferrerTab("touchpoints.list", "Touchpoints", 30),
    ReferrerTab("issues.list", "Issues", 40),
    ReferrerTab("liaison_day.my_day", "My day", 45),
    ReferrerTab("relationships.potential", "Potential", 50),
    ReferrerTab("effect.effect", "Did it help?", 60),
    ReferrerTab("gifts.gifts", "Gifts", 70),
)
MY_DAY = NavigationItem("liaison_day.my_day", "My day", "calendar-event", frozenset({LIAISON}))


def register(app: Flask) -> None:
    """Put this room's pages and commands on `app`, and its parts into the slots of the rooms below."""
    for part in (loops, funnel_views, loop_parts, thanks, gift_parts, files):
        part.init_app(app)
    STANDS.fill(app, stands)
    HAND_OVERS.add(app, hand_over_stops)
    for tab in OWN_TABS:
        REFERRER_TABS.add(app, tab)
    register_views(app, "intake.liaison")
    page_parts.init_app(app)
    OFFERED.add(app, MY_DAY)
