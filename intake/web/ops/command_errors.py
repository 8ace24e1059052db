"""Commands end with one sentence, never with a traceback, when something is the matter with the database."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from alembic.util import CommandError
from flask import Flask

from intake.database_faults import fault_of

# The exit status, as of `flask totals verify`.
UNAVAILABLE = 3


def explain_everywhere(app: Flask) -> None:
    """Let every command of `app` explain such errors. After all commands are there."""
    _explain(app.cli)


def _explain(command: click.Command) -> None:
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _explain(below)
    if command.callback is not None and not hasattr(command.callback, "__explains__"):
        command.callback = _explained(command.callback)


def _explained(act: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(act)
    def explained(*arguments: Any, **named: Any) -> Any:
        try:
            return act(*arguments, **named)
        except CommandError as error:
            # Alembic's own words name revisions and options only.
            raise _unusable(f"{error}. A database newer than this code needs the newer code.") from None
        except Exception as error:
            # Also what the driver says by itself, past SQLAlchemy.
            fault = fault_of(error)
            if fault is None:
                raise
            raise _unusable(fault.sentence) from None

    explained.__explains__ = True  # type: ignore[attr-defined]
    return explained


def _unusable(sentence: str) -> SystemExit:
    click.echo(f"Error: {sentence}", err=True)
    return SystemExit(UNAVAILABLE)
