"""Registers the room: touchpoints, promises, rounds, and what is owed to those who refer."""

from typing import Any

from flask import Flask

from intake.liaison.day import models as day_models
from intake.liaison.page import tabs
from intake.liaison.people import models as people_models
from intake.liaison.promises import models as promise_models
from intake.liaison.touchpoints import models as touchpoint_models

TABLES = (day_models, people_models, promise_models, touchpoint_models)
PAGES: tuple[Any, ...] = ()


def register(app: Flask) -> None:
    """Put this room's pages and commands on `app`, and its parts into the slots of the rooms below."""
    tabs.init_app(app)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
