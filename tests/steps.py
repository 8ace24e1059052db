"""Work counted in steps, which are the same on every machine and on every day; seconds are measured in bench/."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(act: Callable[[], object]) -> int:
    """Lines of Python that run while `act` does, whatever function they stand in.

    What happens inside one call of C (a regular expression, a copy, a sort) counts as one; so bound its input first.
    """
    count = 0

    def trace(_frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return count
