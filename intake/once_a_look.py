"""What the parts of a page all ask for, asked once for a request that only reads.

Such a request sees one moment of the database from beginning to end (see `reading` in db.py), so the answer can't have
changed in between. One that writes, a worker and a command ask each time.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import g, has_request_context

from intake.db import is_reading

Answer = TypeVar("Answer")


def once_a_look(name: str, key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return what `ask` returned first in this request under this name and key. Not to be changed by the caller."""
    if not is_reading() or not has_request_context():
        return ask()
    asked: dict[Any, Answer] = g.setdefault("asked_once", {})
    if (name, key) not in asked:
        asked[name, key] = ask()
    return asked[name, key]
