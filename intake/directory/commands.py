"""Commands of this room."""

from flask import Flask

from intake.directory.schedule import commands as schedule_commands


def register(app: Flask) -> None:
    """Adds this room's commands to `flask`."""
    app.cli.add_command(schedule_commands.group)
