"""What must be there before a local practice is served: keys, an encrypted database in its newest form, the demo."""

import os

import click
from alembic import command

from intake import create_app
from intake.db import db
from intake.dev.practices import DEMO, PRACTICES, LocalPractice
from intake.web import database_commands


def prepare(name: str, url: str) -> None:
    """Make the practice `name` ready and put its settings into the environment, for the server that comes next."""
    practice = PRACTICES[name]
    os.environ.update(practice.settings(public_url=url))
    with practice.alone():
        _bring_up(practice)


def _bring_up(practice: LocalPractice) -> None:
    if not practice.database.exists():
        print(f"Making an encrypted database in {practice.folder}", flush=True)
    app = create_app()
    with app.app_context():
        current, newest = database_commands.revisions()
        db.session.close()
        if current != newest:
            print("Bringing the database to its newest form", flush=True)
            command.upgrade(database_commands.alembic_config(), "head")
        if practice is DEMO:
            try:
                app.cli.main(["seed-demo"], standalone_mode=False)
            except click.Abort:
                # What click makes of Ctrl-C.
                raise KeyboardInterrupt from None
        db.engine.dispose()
