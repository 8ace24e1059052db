"""Commands of this room."""

import click
from flask import Flask

from intake.db import db
from intake.dev import demo


def register(app: Flask) -> None:
    """Adds this room's commands to `flask`."""
    app.cli.add_command(seed_demo)


@click.command("seed-demo")
def seed_demo() -> None:
    """Fill an empty database with the demo practice; only freshens one that is already there."""
    try:
        made = demo.seed()
    except demo.RealPractice:
        click.echo("This database holds a real practice, so the demo is not put into it. Use an empty one.", err=True)
        raise SystemExit(2) from None
    db.session.commit()
    click.echo("The demo practice is ready." if made else "The demo practice was already there.")
