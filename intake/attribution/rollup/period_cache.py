"""What took long to read or to work out, kept in this process for as long as it can be shown to hold."""

from collections import OrderedDict
from threading import Lock
from typing import Any

from flask import current_app

# Rows of sums, of which a hundred thousand take some twenty megabytes.
MOST_ROWS = 1_000_000


class PeriodCache:
    """The least recently used goes first. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._rows = 0
        self._lock = Lock()

    def get(self, key: Any) -> Any:
        """What was kept under this key; None when nothing is. Not to be changed."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: Any, found: Any, *, rows: int = 1) -> None:
        """Keep this under the key, in place of what was there; `rows` says how much room it takes."""
        with self._lock:
            self._rows += rows - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = found, rows
            while self._kept and self._rows > MOST_ROWS:
                self._rows -= self._kept.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._rows = 0


def period_cache() -> PeriodCache:
    """The cache of this process."""
    return current_app.extensions.setdefault("intake.period_cache", PeriodCache())
