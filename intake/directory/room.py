"""Registration of the room: the practice, its sources, the physicians, the patients and the schedule."""

from flask import Flask

from intake.directory import commands, record_links
from intake.directory.physician_search import index
from intake.directory.physicians import practice_views
from intake.directory.physicians import views as physician_views
from intake.directory.practice import location_views, look, look_views, offered, providers, setup_views
from intake.directory.practice import views as own_practice_views
from intake.directory.registry_import import views as registry_views
from intake.directory.schedule import views as schedule_views

PAGES = (
    location_views,
    look_views,
    own_practice_views,
    physician_views,
    practice_views,
    registry_views,
    schedule_views,
    setup_views,
)


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    for part in (record_links, setup_views, offered, providers, index):
        part.init_app(app)
    # Some files of pages share a blueprint.
    for blueprint in dict.fromkeys(pages.bp for pages in PAGES):
        app.register_blueprint(blueprint)
    app.jinja_env.globals["practice_look"] = look.shown_look
    commands.register(app)
