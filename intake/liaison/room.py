"""Registers the room: touchpoints, promises, rounds, and what is owed to those who refer."""

from typing import Any

from flask import Flask

from intake.liaison.day import models as day_models
from intake.liaison.gifts import models as gift_models
from intake.liaison.gifts import parts as gift_parts
from intake.liaison.gifts import views as gift_views
from intake.liaison.page import tabs
from intake.liaison.people import models as people_models
from intake.liaison.promises import models as promise_models
from intake.liaison.touchpoints import models as touchpoint_models

TABLES = (day_models, gift_models, people_models, promise_models, touchpoint_models)
PAGES: tuple[Any, ...] = (gift_views,)


def register(app: Flask) -> None:
    """Put this room's pages and commands on `app`, and its parts into the slots of the rooms below."""
    tabs.init_app(app)
    gift_parts.init_app(app)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
