"""Signatures of webhooks, checked before the database is touched, against the address that the carrier was given."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from intake import log
from intake.config import Settings, current_settings
from intake.web.http.csrf import csrf
from intake.web.http.route_guards import Guard, declare

Routine = TypeVar("Routine", bound=Callable[..., Any])
MOST_BYTES = 64 * 1024


def signed_by_carrier(view: Routine) -> Routine:
    """Guard a view: only what the carrier signed with one of our tokens, for our account; else an empty 403."""

    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        settings = current_settings()
        if not settings.texting or (request.content_length or 0) > MOST_BYTES:
            abort(403)
        # A body sent in chunks says no length beforehand; what goes past the limit is not read.
        request.max_content_length = request.max_form_memory_size = MOST_BYTES
        if not _is_small_and_genuine(settings):
            log.logger().warning("webhook_refused", endpoint=request.endpoint)
            abort(403)
        return view(*arguments, **named)

    declare(guarded, Guard("carrier"))
    # The signature stands in for the form token.
    return cast(Routine, csrf.exempt(guarded))


def is_signed(url: str, form: MultiDict[str, str], signature: str, tokens: Iterable[str]) -> bool:
    """Return whether `signature` is the carrier's for this address and form, with any of our tokens.

    A form that gives a parameter twice is refused even with a right signature: it could have been signed as one value
    and be read as the other, and the carrier gives each parameter once.
    """
    from twilio.request_validator import RequestValidator

    if not signature or any(len(values) != 1 for values in form.to_dict(flat=False).values()):
        return False
    return any(RequestValidator(token).validate(url, form, signature) for token in tokens if token)


def _is_small_and_genuine(settings: Settings) -> bool:
    try:
        return _is_genuine(settings)
    except RequestEntityTooLarge:
        return False


def _is_genuine(settings: Settings) -> bool:
    if request.form.get("AccountSid") != settings.twilio_account_sid or not request.form.get("MessageSid"):
        return False
    # Never the Host header: whoever forwards the request may have changed it.
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    url = f"{settings.public_url}{request.path}{query}"
    tokens = (settings.twilio_auth_token, settings.twilio_auth_token_secondary)
    signature = request.headers.get("X-Twilio-Signature", "")
    return is_signed(url, request.form, signature, [token.get_secret_value() for token in tokens])
