"""What a bench measures and says last: waits in milliseconds, their percentiles, a line of JSON.

On shared cores a fixed loop takes twice as long from one second to the next, and every wait with it. So a wait is told
at the machine's quick pace: divided by how much longer the loop took just before and after than it took at best.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

# The first calls fill caches, as the first visitors of the day do.
WARMING = 3
# Seconds after which what is worked out beside the first pages is there.
SETTLED_AFTER = 8.0

WARMING_LOOPS = 50
# Milliseconds of the fixed loop, each time it was run.
_loops: list[float] = []


def _loop() -> float:
    """Run it; how long it took."""
    began, kept = time.perf_counter(), {}
    for number in range(20_000):
        kept[number & 255] = number
    _loops.append((time.perf_counter() - began) * 1000)
    return _loops[-1]


def milliseconds(call: Callable[[], object]) -> float:
    """How long one call takes, at the machine's quick pace."""
    while len(_loops) < WARMING_LOOPS:
        _loop()
    before, began = _loop(), time.perf_counter()
    call()
    took = (time.perf_counter() - began) * 1000
    return took * min(_loops) * 2 / (before + _loop())


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
    if _loops:
        figures["machine_slower_than_at_best"] = round(sum(_loops) / len(_loops) / min(_loops), 2)
    print(json.dumps(figures))
    return 0 if figures["holds"] else 1
