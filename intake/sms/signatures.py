"""Is this webhook the carrier's? Checked before the database is touched, against the address the carrier was given."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, current_app, request

from intake import log
from intake.config import Settings
from intake.web.forgery import csrf
from intake.web.guarding import Guard, declare

Routine = TypeVar("Routine", bound=Callable[..., Any])
MOST_BYTES = 64 * 1024


def signed_by_carrier(view: Routine) -> Routine:
    """Lets through what the carrier signed with one of our tokens, for our account; all else gets an empty 403."""

    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        settings: Settings = current_app.config["SETTINGS"]
        if not settings.texting or (request.content_length or 0) > MOST_BYTES:
            abort(403)
        if not _is_genuine(settings):
            log.logger().warning("webhook_refused", endpoint=request.endpoint)
            abort(403)
        return view(*arguments, **named)

    declare(guarded, Guard("carrier"))
    # The signature stands in for the form token.
    return cast(Routine, csrf.exempt(guarded))


def _is_genuine(settings: Settings) -> bool:
    from twilio.request_validator import RequestValidator

    signature = request.headers.get("X-Twilio-Signature")
    if not signature:
        return False
    for name in ("AccountSid", "MessageSid"):
        # A parameter given twice could be signed as one value and read as the other.
        if len(request.form.getlist(name)) != 1:
            return False
    if request.form["AccountSid"] != settings.twilio_account_sid:
        return False
    # Never the Host header: whoever forwards the request may have changed it.
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    url = f"{settings.public_url}{request.path}{query}"
    tokens = (settings.twilio_auth_token, settings.twilio_auth_token_secondary)
    return any(
        RequestValidator(token.get_secret_value()).validate(url, request.form, signature)
        for token in tokens
        if token.get_secret_value()
    )
