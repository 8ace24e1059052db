"""What took long to read or to work out, remembered for as long as it can be shown to hold.

The ledger is append-only, in the database itself. So what its rows up to a number sum to never changes: it is
remembered with that number, and every look adds the rows after it (standing_sums.py).
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from flask import current_app

NAME = "intake.remembered_sums"
MOST_KEPT = 4_000
# Rows of sums, of which a hundred thousand take some twenty megabytes.
MOST_ROWS = 1_000_000


class Memory:
    """What this process has summed; the least recently used goes first. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._rows = 0
        self._lock = Lock()

    def recall(self, key: Any, sums: Callable[[], Any]) -> Any:
        """What is kept under this key, else what `sums` gives, which is kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        found = sums()
        self.keep(key, found)
        return found

    def last(self, key: Any) -> Any:
        """What was kept under this key; None when nothing is."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: Any, found: Any, *, rows: int = 1) -> None:
        """Keeps this under the key, in place of what was there; `rows` says how much room it takes."""
        with self._lock:
            self._rows += rows - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = found, rows
            while self._kept and (len(self._kept) > MOST_KEPT or self._rows > MOST_ROWS):
                self._rows -= self._kept.popitem(last=False)[1][1]


def memory() -> Memory:
    """The memory of this process."""
    return current_app.extensions.setdefault(NAME, Memory())


def forget() -> None:
    """For tests, which roll back what a running service would have kept."""
    current_app.extensions.pop(NAME, None)
