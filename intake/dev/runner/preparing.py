"""Prepares a local practice: keys, an encrypted database in its newest form, the demo."""

import os
import secrets

import click

from intake import create_app
from intake.db import db, make_embedded, refresh_statistics
from intake.dev.demo.texting import PRACTICE_NUMBER
from intake.dev.runner.environment import alone
from intake.dev.runner.practices import DEMO, PRACTICES, LocalPractice
from intake.directory.practice import setup
from intake.web.ops import migrations, readiness


def prepare(name: str, url: str, *, phone_port: int | None = None) -> str:
    """Make the practice `name` ready and put its settings into the environment, for the server that comes next.

    Return what to say in the terminal once the server is up; empty when there is nothing to say.
    """
    practice = PRACTICES[name]
    os.environ.update(practice.settings(public_url=url))
    if phone_port is not None:
        os.environ.update(_carrier(phone_port))
    # Of two that start at once the second finds the database made.
    with alone(practice.folder / "lock"):
        return _bring_up(practice)


def _carrier(port: int) -> dict[str, str]:
    """Settings of the demo's own carrier, in place of a real one that the machine may be set up for."""
    return {
        "TWILIO_API_URL": f"http://127.0.0.1:{port}",
        "TWILIO_ACCOUNT_SID": "AC" + "d0" * 16,
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_AUTH_TOKEN_SECONDARY": "",
        "TWILIO_SENDER": PRACTICE_NUMBER,
        "CARRIER_ANSWER_SECONDS": "4",
        "SPOOL_FOLDER": str(DEMO.folder / "spool"),
    }


def _bring_up(practice: LocalPractice) -> str:
    if not practice.database.exists():
        print(f"Making an encrypted database in {practice.folder}", flush=True)
    app = create_app()
    with app.app_context():
        make_embedded(app.config["SETTINGS"])
        current, newest = readiness.revisions(db.session.connection())
        db.session.close()
        if current != newest:
            print("Bringing the database to its newest form", flush=True)
            migrations.upgrade()
        if practice is DEMO:
            try:
                app.cli.main(["seed-demo"], standalone_mode=False)
            except click.Abort:
                # What click makes of Ctrl-C.
                raise KeyboardInterrupt from None
        db.session.rollback()
        refresh_statistics()
        words = "" if setup.is_set_up() else _how_to_begin(url=app.config["SETTINGS"].public_url)
        db.session.close()
        db.engine.dispose()
    return words


def _how_to_begin(*, url: str) -> str:
    """The address with the set-up code, which only the terminal shows."""
    code = setup.spaced(setup.set_up_code())
    return f"Set your practice up: {url}/setup?code={code}"
