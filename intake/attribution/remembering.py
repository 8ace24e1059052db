"""What took long to work out, remembered while nothing is added to what it came from.

The ledger is append-only, in the database itself: entries are neither changed nor removed. So a stretch of days
that holds as many entries as before holds the same ones, and what it summed to still stands, whatever happened
elsewhere. Counting entries by day reads an index; only months that grew are summed again, most often just this one.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from flask import current_app

NAME = "intake.remembered_sums"
MOST_KEPT = 4_000


class Memory:
    """What this process has summed; the least recently used goes first. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._lock = Lock()

    def recall(self, key: Any, sums: Callable[[], Any]) -> Any:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = sums()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def last(self, key: Any) -> Any:
        """What was kept under this key; None when nothing is."""
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: Any, found: Any) -> None:
        with self._lock:
            self._kept[key] = found
            self._kept.move_to_end(key)


def memory() -> Memory:
    """The memory of this process."""
    return current_app.extensions.setdefault(NAME, Memory())


def forget() -> None:
    """For tests, which roll back what a running service would have kept."""
    current_app.extensions.pop(NAME, None)
