"""Commands of this room."""

import click
from flask import Flask, current_app

from intake.directory.practice import setup
from intake.directory.registry_import import commands
from intake.directory.schedule import commands as schedule_commands


def register(app: Flask) -> None:
    """Add this room's commands to `flask`."""
    app.cli.add_command(schedule_commands.group)
    app.cli.add_command(commands.physicians)
    app.cli.add_command(commands.taxonomy)
    app.cli.add_command(setup_code)


@click.command("setup-code")
def setup_code() -> None:
    """Print the code that the set-up page of a new practice asks for, and the page's address with it."""
    if setup.is_set_up():
        raise click.ClickException("This practice is set up already; the code opens nothing any more.")
    code = setup.spaced(setup.set_up_code())
    click.echo(f"Set-up code: {code}")
    click.echo(f"Set-up page: {current_app.config['SETTINGS'].public_url}/setup?code={code}")
