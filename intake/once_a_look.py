"""What the parts of a page all ask for, asked once for a request, or work beside it, that only reads.

Such a look sees one moment of the database from beginning to end (see `reading` in db.py), so the answer can't have
changed in between. A request that writes, a worker and a command ask each time.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Flask, g, has_request_context

from intake.db import is_reading, reading

Answer = TypeVar("Answer")


def once_a_look(name: str, key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return what `ask` returned first in this look under this name and key. Not to be changed by the caller."""
    if not is_reading() or not (has_request_context() or "asked_once" in g):
        return ask()
    asked: dict[Any, Answer] = g.setdefault("asked_once", {})
    if (name, key) not in asked:
        asked[name, key] = ask()
    return asked[name, key]


@contextmanager
def look_beside(app: Flask) -> Iterator[None]:
    """Read with a context of its own, as a request does, in a thread that serves none."""
    with app.app_context(), reading():
        g.setdefault("asked_once", {})
        yield
