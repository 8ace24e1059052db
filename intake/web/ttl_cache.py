"""Answers that change once in a while and are asked for with every tap, remembered for a moment."""

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask, current_app

from intake import log
from intake.once_a_look import look_beside
from intake.web.wall.location_wall import whole_practice

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
MOST_REMEMBERED = 256
NAME = "intake.remembered"


def remembered(seconds: float) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """The function is asked again after `seconds`; until then its last result is given, which must not be changed.

    Within one process and application; a change shows up to `seconds` later, or once `forget` was called. What is kept
    is for whoever asks the same, so it is read as the whole practice: locations that narrow it are arguments.
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
            with whole_practice():
                result = function(*arguments, **named)
            if len(kept) >= MOST_REMEMBERED:
                kept.clear()
            kept[key] = (now + seconds, result)
            return result

        return asked

    return decorate


def worked_out_aside(seconds: float) -> Callable[[Callable[..., Result]], Callable[..., Result | None]]:
    """The function is asked in a thread of its own, so that no page waits for it; its last result is given meanwhile.

    None until there is one. It is asked again once its result is older than `seconds`; for whom, as in `remembered`.
    With `since`, a moment as time.time() gives it, no result from before that is given: the page waits, and what was
    done by then is in it.
    """

    def decorate(function: Callable[..., Result]) -> Callable[..., Result | None]:
        asked_now: set[Any] = set()

        def keep(app: Flask, key: Any, arguments: tuple[Any, ...]) -> Result:
            began = time.time()
            with whole_practice():
                result = function(*arguments)
            app.extensions.setdefault(NAME, {})[key] = (time.monotonic() + seconds, result, began)
            return result

        def ask(app: Flask, key: Any, arguments: tuple[Any, ...]) -> None:
            try:
                with look_beside(app):
                    keep(app, key, arguments)
            except Exception as error:
                # The next page asks again.
                log.logger().warning("worked_out_aside_failed", of=function.__name__, kind=type(error).__name__)
            finally:
                asked_now.discard((id(app), key))

        @wraps(function)
        def last(*arguments: Any, since: float = 0.0) -> Result | None:
            app = current_app._get_current_object()  # type: ignore[attr-defined]
            key = (function, arguments)
            kept: dict[Any, tuple[float, Any, float]] = app.extensions.setdefault(NAME, {})
            found = kept.get(key)
            if since and (found is None or found[2] <= since):
                return keep(app, key, arguments)
            if found is None or found[0] <= time.monotonic():
                if app.testing:
                    # What a test arranged is seen by its own session alone.
                    return keep(app, key, arguments)
                if (id(app), key) not in asked_now:
                    asked_now.add((id(app), key))
                    threading.Thread(target=ask, args=(app, key, arguments), daemon=True).start()
            return None if found is None else cast(Result, found[1])

        return last

    return decorate


def forget() -> None:
    """Ask every function of this application anew."""
    current_app.extensions.pop(NAME, None)
