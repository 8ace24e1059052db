"""Threads that write to the embedded file queue for it, instead of each asking again and again whether it is free.

SQLite lets one write at a time and makes the others poll with growing pauses: under many threads some of them poll in
vain until they give up, while later ones get through. Other processes are still kept apart by SQLite's own lock.
"""

import threading
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

_HOLDS = "writing_turn"
_turns: dict[str, threading.Lock] = {}


def take_turn(connection: Connection, *, seconds: float) -> None:
    """Wait for this process's turn to write to the connection's file; the turn ends when the connection is given back.

    Raises OperationalError after `seconds`, as SQLite does when the file stays locked.
    """
    info = connection.info
    if _HOLDS in info:
        return
    turn = _turns.setdefault(str(connection.engine.url.database), threading.Lock())
    if not turn.acquire(timeout=seconds):
        raise OperationalError("BEGIN IMMEDIATE", None, TimeoutError("the file was being written to all the time"))
    info[_HOLDS] = turn


def end_turn(info: dict[Any, Any]) -> None:
    """Called with the info of a connection that was given back, closed or lost."""
    turn = info.pop(_HOLDS, None)
    if turn is not None:
        turn.release()
