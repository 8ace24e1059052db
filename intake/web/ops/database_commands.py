"""`flask db`: migrations and backups."""

from collections.abc import Callable
from pathlib import Path

import click
from alembic import command
from flask import Flask, current_app
from flask.cli import AppGroup

from intake.config import Settings
from intake.db import db, refresh_statistics
from intake.web.ops import backup as backups
from intake.web.ops.migrations import alembic_config
from intake.web.ops.readiness import revisions

group = AppGroup("db", help="The database: migrations and copies of it.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Apply migrations up to REVISION (the newest by default)."""
    command.upgrade(alembic_config(), revision)
    db.session.rollback()
    refresh_statistics()
    click.echo(f"The database is at {revisions(db.session.connection())[0]}.")


@group.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Go back to REVISION; each migration says whether that loses data."""
    command.downgrade(alembic_config(), revision)


@group.command("current")
def current() -> None:
    """Print the revision of the database and the one that this code expects."""
    at, newest = revisions(db.session.connection())
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


@group.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the encrypted database to FILE while people work on. Texts of a restored copy wait for a person."""
    _run(backups.back_up, file, "is written and whole. It opens with the DATABASE_KEY of this practice and no other.")


@group.command("verify-backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def verify_backup(file: Path) -> None:
    """Read all of FILE with this practice's key and print what it holds. Changes nothing."""
    _run(backups.check_backup, file, "is whole.")


def _run(make: Callable[[Settings, Path], backups.BackupContents], file: Path, success: str) -> None:
    try:
        contents = make(current_app.config["SETTINGS"], file)
    except backups.BackupRefused as reason:
        raise click.ClickException(str(reason)) from None
    click.echo(f"{file} {success}")
    click.echo(f"  form        {contents.revision}")
    for name, count in contents.rows.items():
        click.echo(f"  {name.replace('_', ' '):11} {count:,} rows")
    click.echo(f"  audit head  {contents.audit_head}")
