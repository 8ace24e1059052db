"""Registers the room: a person's data, retention, holds, what an account has seen."""

from flask import Flask

from intake.capture.patients.views import HELD_PAGE
from intake.privacy import commands, person_views, retention, views


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    retention.init_app(app)
    HELD_PAGE.fill(app, person_views.page_of)
    for pages_of in (person_views, views):
        app.register_blueprint(pages_of.bp)
    commands.register(app)
