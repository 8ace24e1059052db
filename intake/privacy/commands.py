"""`flask privacy`: retention now, and what is left to delete at the carrier."""

import click
from flask import Flask
from flask.cli import AppGroup

from intake.config import current_settings
from intake.privacy import erasing, retention
from intake.sms.queue.forgetting import still_to_erase

group = AppGroup("privacy", help="How long things are kept.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("forget")
def forget() -> None:
    """Delete what has been kept long enough, as the worker does each hour."""
    total = 0
    while done := retention.forget_some():
        total += done
    erasing.compact(current_settings())
    click.echo(f"{total:,} rows were emptied or deleted. {still_to_erase():,} messages are still at the carrier.")
