"""Errors of the gateway: four kinds, and the one place that tells them apart.

`TextRefused`: it certainly did not leave and never will. `Busy`: it certainly did not leave, a later try may succeed.
`Locked`: something about our account is wrong, nothing can leave. `Unknown`: it may have left.
What only reads is never `Unknown`. What each error number means stands in carrier_errors.toml.
"""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from intake.id_filters import read_id
from intake.sms.carrier.carrier_errors import ErrorAction, carrier_error

NO_CREDENTIALS = 20003
T = TypeVar("T")


class GatewayError(Exception):
    """An error of the carrier, by number; never the text or the phone."""

    def __init__(self, code: int | None = None, status: int | None = None) -> None:
        super().__init__(f"carrier error {code or ''} status {status or ''}")
        self.code = code
        self.status = status


class TextRefused(GatewayError):
    """The carrier will never send this text: a bad number, a landline, someone who said STOP."""


class Busy(GatewayError):
    """Not taken now: too many at once, or no connection was made. Trying later is safe."""


class Locked(GatewayError):
    """Wrong credentials, a suspended account, a sender that isn't ours: stop until a person has looked."""


class Unknown(GatewayError):
    """The request went out and no clear answer came back: the text may have left."""


def call_carrier(request: Callable[[], T], *, sends: bool = False) -> T:
    """Return the carrier's answer. Every failure, an unreadable answer included, is raised as a GatewayError.

    Both asking and reading the answer happen in `request`; nothing of our own may.
    """
    try:
        return request()
    except GatewayError:
        raise
    except Exception as error:
        raise _failure(error, sends=sends) from error


def _failure(error: Exception, *, sends: bool) -> GatewayError:
    import requests

    said = _status_and_code(error)
    if said is not None:
        return error_for(*said, sends=sends)
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError) or _never_connected(error):
        return Busy()
    # The connection broke, time ran out, or what came back is no answer: the request may have been followed.
    return Unknown() if sends else Busy()


def _status_and_code(error: Exception) -> tuple[int, int | None] | None:
    """Return the HTTP status and the carrier's error number; None when there was no answer.

    Lists fail otherwise than everything else: with the plain TwilioException, the response among its arguments.
    """
    status, code = getattr(error, "status", None), getattr(error, "code", None)
    if not isinstance(status, int):
        response = next((each for each in error.args if hasattr(each, "status_code")), None)
        if response is None:
            return None
        status, code = int(response.status_code), _code_in(response.text)
    if isinstance(code, str):
        code = read_id(code)
    # The client puts the status in the place of a number that is missing.
    return status, code if isinstance(code, int) and code != status else None


def _code_in(text: str) -> Any:
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said.get("code") if isinstance(said, dict) else None


def _never_connected(error: Exception) -> bool:
    """Return whether no connection was made. One that broke later may have delivered the request."""
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def error_for(status: int, code: int | None, *, sends: bool) -> GatewayError:
    """Return the error for an HTTP status and the carrier's error number."""
    if status == 401 or (status == 403 and code is None):
        return Locked(code or NO_CREDENTIALS, status)
    if status >= 500 or status == 408 or status < 400:
        # It failed after it had read the request: there is no idempotency key, so the text may have left.
        return Unknown(code, status) if sends else Busy(code, status)
    if code is None or status == 429:
        # Somebody on the way said so, not the carrier: sending again is safe, and what was asked for isn't there.
        return Busy(code, status) if sends or status == 429 else TextRefused(code, status)
    return _KINDS[carrier_error(code).next](code, status)


_KINDS: dict[ErrorAction, type[GatewayError]] = {
    ErrorAction.END: TextRefused,
    ErrorAction.ONCE: Busy,
    ErrorAction.LATER: Busy,
    ErrorAction.TOMORROW: Busy,
    ErrorAction.PAUSE: Locked,
    ErrorAction.ASK: Locked,
}
