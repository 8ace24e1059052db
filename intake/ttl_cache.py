"""Answers that change once in a while and are asked for with every tap, remembered for a moment."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import current_app

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
MOST_REMEMBERED = 256
NAME = "intake.remembered"


def remembered(seconds: float) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """The function is asked again after `seconds`; until then its last result is given, which must not be changed.

    Within one process and application; a change shows up to `seconds` later, or once `forget` was called.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @wraps(function)
        def asked(*arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
            kept: dict[Any, tuple[float, Any]] = current_app.extensions.setdefault(NAME, {})
            key = (function, arguments, tuple(sorted(named.items())))
            now = time.monotonic()
            found = kept.get(key)
            if found is not None and found[0] > now:
                return cast(Result, found[1])
            result = function(*arguments, **named)
            if len(kept) >= MOST_REMEMBERED:
                kept.clear()
            kept[key] = (now + seconds, result)
            return result

        return asked

    return decorate


def forget() -> None:
    """Ask every function of this application anew."""
    current_app.extensions.pop(NAME, None)
