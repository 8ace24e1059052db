"""Registers the room: the demo's command."""

from flask import Flask

from intake.dev.demo import commands


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    commands.register(app)
