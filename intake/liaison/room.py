"""Registers the room: touchpoints, promises, rounds, and what is owed to those who refer."""

from typing import Any

from flask import Flask

from intake.liaison.day import models as day_models
from intake.liaison.letters import views as letters
from intake.liaison.loops import models as loop_models
from intake.liaison.loops import office_views
from intake.liaison.loops import parts as loop_parts
from intake.liaison.loops import views as loops
from intake.liaison.page import tabs
from intake.liaison.people import models as people_models
from intake.liaison.promises import models as promise_models
from intake.liaison.thanks import models as thanks_models
from intake.liaison.thanks import views as thanks
from intake.liaison.touchpoints import models as touchpoint_models

TABLES = (day_models, loop_models, people_models, promise_models, thanks_models, touchpoint_models)
PAGES: tuple[Any, ...] = (loops, office_views, letters, thanks)


def register(app: Flask) -> None:
    """Put this room's pages and commands on `app`, and its parts into the slots of the rooms below."""
    for part in (tabs, loops, loop_parts, thanks):
        part.init_app(app)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
