"""Registers the room: a person's data, retention, holds, what an account has seen."""

from flask import Flask

from intake.capture.patients.views import HELD_PAGE
from intake.privacy import commands, person_views, retention
from intake.web.http.views import register_views


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    retention.init_app(app)
    HELD_PAGE.fill(app, person_views.page_of)
    register_views(app, "intake.privacy")
    commands.register(app)
