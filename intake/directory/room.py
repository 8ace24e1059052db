"""Registration of the room: the practice, its sources, the physicians, the patients and the schedule."""

from flask import Flask

from intake.directory import commands, views
from intake.directory.physician_search import index
from intake.directory.practice import setup_views
from intake.directory.schedule import views as schedule_views


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    setup_views.init_app(app)
    index.init_app(app)
    for blueprint in (views.bp, schedule_views.bp, setup_views.bp):
        app.register_blueprint(blueprint)
    commands.register(app)
