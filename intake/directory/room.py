"""Registers the room: the practice, its sources, the physicians, the patients and the schedule."""

from flask import Flask

from intake.directory import commands, views
from intake.directory.physician_search import index
from intake.directory.practice import setup_views
from intake.directory.schedule import views as schedule_views


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    for part in (
        setup_views,
        index,
    ):
        part.init_app(app)
    for pages_of in (
        views,
        schedule_views,
        setup_views,
    ):
        app.register_blueprint(pages_of.bp)
    commands.register(app)
