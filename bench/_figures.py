"""What a bench measures and says last: waits in milliseconds, their percentiles, a line of JSON."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

# The first calls fill caches, as the first visitors of the day do.
WARMING = 3
# Seconds after which what is worked out beside the first pages is there.
SETTLED_AFTER = 8.0


def milliseconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def waits(call: Callable[[], object], repeats: int, *, after: Callable[[], object] | None = None) -> list[float]:
    """How long each of so many calls takes, the shortest first; `after` follows each call and isn't timed."""
    found = []
    for _ in range(repeats + WARMING):
        found.append(milliseconds(call))
        if after is not None:
            after()
    return sorted(found[WARMING:])


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of them doesn't exceed, to hundredths."""
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)


def finish(figures: dict[str, Any]) -> int:
    """Print the figures as the last line; return the exit status by what they `holds`."""
    print(json.dumps(figures))
    return 0 if figures["holds"] else 1
