"""Known browsers: those that somebody signed in from before, which keep working while strangers guess at the account.

Otherwise anybody who knows an e-mail address, or sits in the practice's guest network, could lock staff out with wrong
passwords. The cookie signs nobody in; it only moves the count of wrong passwords to this browser.
"""

import secrets
from datetime import timedelta
from typing import Any

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from intake.accounts import tokens

KEPT = timedelta(days=180)
# A front-desk computer is shared; more people than this on one browser start over.
MOST_PEOPLE = 40


def browser_of(staff_id: int) -> str:
    """Return this browser's own name if that person signed in from it before, else an empty string."""
    name, people = _read()
    return name if staff_id in people else ""


def remember(response: Response, staff_id: int) -> None:
    """Set the cookie that says that this person signed in from this browser."""
    name, people = _read()
    kept = [known for known in people if known != staff_id][-MOST_PEOPLE + 1 :]
    settings = current_app.config["SETTINGS"]
    response.set_cookie(
        _cookie_name(),
        str(_signer().dumps([name or secrets.token_urlsafe(16), [*kept, staff_id]])),
        max_age=int(KEPT.total_seconds()),
        secure=settings.https,
        httponly=True,
        samesite="Lax",
    )


def _read() -> tuple[str, list[int]]:
    try:
        found: Any = _signer().loads(request.cookies.get(_cookie_name(), ""), max_age=int(KEPT.total_seconds()))
    except BadSignature:
        return "", []
    name, people = found
    return str(name), [int(staff_id) for staff_id in people]


def _cookie_name() -> str:
    return "__Host-intake-known" if current_app.config["SETTINGS"].https else "intake-known"


def _signer() -> URLSafeTimedSerializer:
    # It signs with the last of a list and takes any of it.
    return URLSafeTimedSerializer(tokens.derived_keys("known browsers")[::-1], salt="known-browser")
