"""Intake asks every patient "How did you hear about us?" once, and turns the answers into totals one can act on."""

from pathlib import Path

from flask import Flask
from werkzeug.utils import find_modules, import_string

from intake import log
from intake.accounts import room as accounts_room
from intake.accounts.audit import looks
from intake.attribution import room as attribution_room
from intake.capture import room as capture_room
from intake.config import Settings, settings_or_exit
from intake.db import attach, db, engine_settings, keep_prepared_statements, ping_idle_connections
from intake.dev import room as dev_room
from intake.directory import room as directory_room
from intake.liaison import room as liaison_room
from intake.privacy import room as privacy_room
from intake.sms import room as sms_room
from intake.survey import room as survey_room
from intake.web import room as web_room
from intake.web.http import route_guards
from intake.web.http.uploads import RequestInMemory
from intake.web.ops import command_errors

TOP = Path(__file__).resolve().parent.parent
# From the bottom up: each builds on those before it. Their names must not hide the packages.
ROOMS = (
    web_room,
    accounts_room,
    directory_room,
    survey_room,
    sms_room,
    capture_room,
    attribution_room,
    liaison_room,
    privacy_room,
    dev_room,
)
# Whoever imports the service knows every table.
for models in find_modules(__name__, recursive=True):
    if models.endswith(".models"):
        import_string(models)


def create_app(settings: Settings | None = None, *, serving: bool = False) -> Flask:
    """Return the whole service, ready to serve. Refuses to start when a route has no guard.

    `serving`: as a web process, whose database role may see less than the worker's.
    """
    settings = settings or settings_or_exit()
    settings = settings.for_serving() if serving else settings
    log.configure(settings.log_level)
    app = Flask(__name__, template_folder=str(TOP / "templates"))
    app.request_class = RequestInMemory
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        SQLALCHEMY_ENGINES={"default": engine_settings(settings)},
        # The file, and beside it the form that carries it.
        MAX_CONTENT_LENGTH=settings.upload_megabytes * 1024 * 1024 + 64 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
    )
    attach(app)
    with app.app_context():
        ping_idle_connections(db.engine)
        keep_prepared_statements(db.engine)
    for room in ROOMS:
        room.register(app)
    route_guards.require_everywhere(app)
    looks.record_everywhere(app)
    command_errors.explain_everywhere(app)
    return app
