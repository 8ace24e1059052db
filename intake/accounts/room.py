"""Registers the room: sign-in, staff, tablets and the audit trail."""

from flask import Flask

from intake.accounts import commands
from intake.accounts.auth import sign_in, stale_forms
from intake.accounts.pages import views


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    for part in (
        sign_in,
        stale_forms,
    ):
        part.init_app(app)
    app.register_blueprint(views.bp)
    commands.register(app)
