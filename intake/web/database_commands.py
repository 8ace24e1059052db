"""`flask db`: bring the database to the newest form, or look where it stands."""

from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask.cli import AppGroup

from intake.db import db

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

group = AppGroup("db", help="Database migrations.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def revisions() -> tuple[str | None, str | None]:
    """(what the database is at, what this code expects)."""
    current = MigrationContext.configure(db.session.connection()).get_current_revision()
    return current, ScriptDirectory.from_config(alembic_config()).get_current_head()


@group.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Apply migrations up to REVISION (the newest by default)."""
    command.upgrade(alembic_config(), revision)
    click.echo(f"The database is at {revisions()[0]}.")


@group.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Go back to REVISION; each migration says whether that loses data."""
    command.downgrade(alembic_config(), revision)


@group.command("current")
def current() -> None:
    """Print where the database stands and where this code expects it."""
    at, newest = revisions()
    click.echo(f"database {at or 'empty'}, code {newest}")


@group.command("check")
def check() -> None:
    """Fail when the models and the migrated database differ."""
    command.check(alembic_config())


@group.command("revision")
@click.option("-m", "--message", required=True)
def revision(message: str) -> None:
    """Draft a migration from the difference between models and database."""
    command.revision(alembic_config(), message=message, autogenerate=True)
