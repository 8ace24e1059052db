"""Registration of the room: addresses, headers, errors, assets, formats, health and database commands."""

from flask import Flask

from intake.web.http import assets, compression, csrf, errors, headers, metrics, url_converters
from intake.web.ops import database_commands, doctor, health, nightly
from intake.web.ui import template_context, theme
from intake.web.wall import location_wall


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    for part in (
        url_converters,
        compression,
        headers,
        location_wall,
        errors,
        csrf,
        assets,
        theme,
        template_context,
    ):
        part.init_app(app)
    app.register_blueprint(health.bp)
    metrics.init_app(app)
    nightly.init_app(app)
    doctor.init_app(app)
    database_commands.register(app)
