"""What the worker does beside the carrier's business: chores of all rooms, each of which returns how much it did."""

import time
from collections.abc import Callable
from functools import wraps

from intake.slots import Parts

Chore = Callable[[], int]
CHORES: Parts[Chore] = Parts("chores")


def every(seconds: float, work: Chore, *, while_done: int | None = None) -> Chore:
    """`work` at most once in so many seconds, but at once again for as long as it does `while_done` or more."""
    due = 0.0

    @wraps(work)
    def chore() -> int:
        nonlocal due
        if time.monotonic() < due:
            return 0
        done = 0
        try:
            done = work()
        finally:
            again = while_done is not None and done >= while_done
            due = 0.0 if again else time.monotonic() + seconds
        return done

    return chore
