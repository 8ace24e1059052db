"""The lock that lets one worker at a time work on the embedded database.

A lock of the operating system on a file beside the database: gone the moment its worker is, however it ended.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK_AGAIN_SECONDS = 1.0


@contextmanager
def alone(database: Path, *, stopping: threading.Event, say: Callable[[], None]) -> Iterator[bool]:
    """Hold the worker's lock. Waits while another holds it, having called `say` once.

    Yields False when told to stop while waiting.
    """
    path = database.with_name(database.name + ".worker")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _taken(descriptor, stopping, say)
    finally:
        os.close(descriptor)


def _taken(descriptor: int, stopping: threading.Event, say: Callable[[], None]) -> bool:
    said = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not said:
                say()
                said = True
            if stopping.wait(LOOK_AGAIN_SECONDS):
                return False
        else:
            return True
