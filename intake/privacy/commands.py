"""`flask privacy`: retention now, and what is left to delete at the carrier."""

import sys

import click
from flask import Flask
from flask.cli import AppGroup

from intake.config import current_settings
from intake.privacy import erasing, retention
from intake.privacy.personal_columns import KEPT, OTHERS, PASSING_WORDS, PERSONAL, SEALED
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
    erasing.compact_if_owed(current_settings(), largest=sys.maxsize)
    click.echo(f"{total:,} rows were emptied or deleted. {still_to_erase():,} messages are still at the carrier.")


@group.command("columns")
def columns() -> None:
    """Print every column that can hold a patient's data and what erasing leaves there; then all others and why not."""
    for name, place in PERSONAL.items():
        for column, held in place.columns.items():
            becomes = "stays" if held.erased is KEPT else "goes"
            click.echo(f"{name}.{column}  {held.what}: {becomes}")
    for found, what in ((PASSING_WORDS, "words in passing: looked through, go"), (SEALED, "sealed: goes")):
        for name, each in found.items():
            click.echo(f"{name}.{', '.join(each)}  {what}")
    for why, tables in OTHERS.items():
        click.echo(f"{why}: {', '.join(sorted(tables))}")
