"""Commands of this room."""

from flask import Flask

from intake.directory import physician_commands
from intake.directory.schedule import commands as schedule_commands


def register(app: Flask) -> None:
    """Adds this room's commands to `flask`."""
    app.cli.add_command(schedule_commands.group)
    app.cli.add_command(physician_commands.physicians)
    app.cli.add_command(physician_commands.taxonomy)
