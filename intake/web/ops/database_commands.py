"""`flask db`: migrations and backups."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from alembic import command
from flask import Flask
from flask.cli import AppGroup
from pydantic import SecretStr

from intake import database_faults
from intake.config import MINIMUM_SECRET_LENGTH, Settings, current_settings
from intake.db import db, make_embedded, refresh_statistics
from intake.slots import Parts
from intake.web.ops import backup as backups
from intake.web.ops import integrity, migrations, nightly
from intake.web.ops import restore as restores
from intake.web.ops.migrations import alembic_config
from intake.web.ops.readiness import is_newer, revisions
from intake.web.wall import policies

group = AppGroup("db", help="The database: migrations and copies of it.")
# What `flask db reseal` does too, each flushing and returning the line to print.
SEALED: Parts[Callable[[], str]] = Parts("sealed with SECRET_KEY")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Apply migrations up to REVISION (the newest by default)."""
    settings = current_settings()
    make_embedded(settings)
    at = revisions(db.session.connection())[0]
    db.session.rollback()
    if at is None and settings.embedded and database_faults.set_aside(settings.database_path):
        raise click.ClickException(database_faults.empty_file(settings.database_path).sentence)
    if is_newer(at):
        # As after going back to the code before an update: it works on the newer form, which stays.
        click.echo(f"The database is at {at}, made by a newer version. This one works on it; nothing is upgraded.")
        return
    migrations.upgrade(revision)
    db.session.rollback()
    refresh_statistics()
    _raise_wall()
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
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def backup(file: Path | None) -> None:
    """Write an encrypted backup of either database to FILE while people work on, and read it back.

    Without FILE it goes to BACKUP_FOLDER under the day's name, and the oldest beyond BACKUP_KEEP are deleted.
    """
    success = "is written and whole. It opens with the key of this practice's backups and no other."
    if file is not None:
        _run(backups.back_up, file, success)
        return
    file = nightly.target(current_settings())
    _run(nightly.back_up, file, success)


@group.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Keep the embedded file that is there under another name.")
def restore(file: Path, replace: bool) -> None:
    """Bring a backup of either kind into the database of DATABASE_URL. Stop the server and the worker first.

    From a backup of the embedded database into an empty PostgreSQL it moves the practice.
    """
    restored = restores.restore(current_settings(), file, replace=replace)
    click.echo(f"{file} is restored.")
    _raise_wall()
    _print(restored.contents)
    if restored.kept is not None:
        click.echo(f"What was there is kept as {restored.kept}. Delete it once all is well.")
    click.echo("Before people work on it:")
    for sentence in restored.sentences:
        click.echo(f"  - {sentence}")


@group.command("rekey")
def rekey() -> None:
    """Give the embedded file another DATABASE_KEY, read from standard input. Stop the server and the worker first."""
    if sys.stdin.isatty():
        new = click.prompt("New key", hide_input=True, confirmation_prompt=True, err=True)
    else:
        new = sys.stdin.readline().rstrip("\n")
    if len(new) < MINIMUM_SECRET_LENGTH:
        raise click.ClickException(f"Use at least {MINIMUM_SECRET_LENGTH} characters: openssl rand -hex 32.")
    kept = restores.rekey(current_settings(), SecretStr(new))
    click.echo("The file opens with the new key only. Set DATABASE_KEY to it before anything starts again.")
    click.echo(f"As it was, under the old key, it is kept as {kept}: delete it once all is well.")
    click.echo("Second steps and sessions hang on SECRET_KEY and stay as they are.")
    click.echo("Backups made before open with the old key, unless BACKUP_KEY is set: keep it as long as you keep them.")


@group.command("wall")
@click.option("--down", is_flag=True, help="Let one role see every location again.")
def wall(down: bool) -> None:
    """Let PostgreSQL keep the locations apart for the role of WEB_DATABASE_URL, as `flask db upgrade` does too."""
    if down:
        policies.take_down(db.session.connection())
        db.session.commit()
        click.echo("PostgreSQL keeps no locations apart any more. Take WEB_DATABASE_URL away as well.")
    elif not current_settings().web_database_url:
        raise click.ClickException("Set WEB_DATABASE_URL first; docs/install.md says how.")
    else:
        _raise_wall()


def _raise_wall() -> None:
    """Raise it where it is wanted."""
    if not current_settings().web_database_url:
        return
    walled = policies.raise_wall(db.session.connection(), current_settings())
    db.session.commit()
    click.echo(f"Kept apart by location for {policies.web_role(current_settings())}: {', '.join(walled)}.")


@group.command("reseal")
def reseal() -> None:
    """Seal what the database holds under SECRET_KEY_OLD with SECRET_KEY, before the old one is taken away."""
    for seal_anew in SEALED.all:
        click.echo(seal_anew())
    db.session.commit()


@group.command("check-integrity")
def check_integrity() -> None:
    """Look through all of the running database for damage. Exit status 1 where there is any."""
    if words := integrity.damage():
        raise click.ClickException(f"{words} {database_faults.DAMAGED.sentence}")
    click.echo("The database is whole.")


@group.command("verify-backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def verify_backup(file: Path) -> None:
    """Read all of FILE with this practice's key and print what it holds. Changes nothing."""
    _run(backups.check_backup, file, "is whole.")


def _run(make: Callable[[Settings, Path], backups.BackupContents], file: Path, success: str) -> None:
    contents = make(current_settings(), file)
    click.echo(f"{file} {success}")
    _print(contents)


def _print(contents: backups.BackupContents) -> None:
    click.echo(f"  form        {contents.revision}")
    if contents.taken_at is not None:
        click.echo(f"  taken at    {contents.taken_at:%Y-%m-%d %H:%M} UTC")
    for name, count in contents.rows.items():
        click.echo(f"  {name.replace('_', ' '):11} {count:,} rows")
    click.echo(f"  audit head  {contents.audit_head}")
