"""Registration of the carrier's webhooks and the commands of the worker."""

from flask import Flask

from intake.sms import commands
from intake.sms.queue import webhooks


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    app.register_blueprint(webhooks.bp)
    commands.register(app)
