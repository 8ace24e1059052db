"""Registration of the room: the practice, its sources, the physicians, the patients and the schedule."""

from flask import Flask

from intake.directory import commands, record_links
from intake.directory.brought_files.physician_list import PHYSICIANS
from intake.directory.brought_files.plan import FILE_KINDS
from intake.directory.physician_search import index
from intake.directory.practice import look, offered, providers, setup_views
from intake.web.http.views import register_views


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    for part in (record_links, setup_views, offered, providers, index):
        part.init_app(app)
    FILE_KINDS.add(app, PHYSICIANS)
    register_views(app, "intake.directory")
    app.jinja_env.globals["practice_look"] = look.shown_look
    commands.register(app)
