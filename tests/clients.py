"""A browser without a browser: forms carry their token, every request stands alone, staff and tablets sign in."""

import hashlib
import secrets
from typing import Any

from flask import Flask, g
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from intake.accounts.auth import sessions
from intake.accounts.auth.guards import device_cookie
from intake.accounts.models import KioskDevice, Staff
from intake.db import db
from tests.web import walls

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class Client(FlaskClient):
    """Sends the CSRF token of its session with every post, unless told `forged=True`.

    What the test arranged is committed before each request, and what the request wrote is seen by the test after.
    """

    def open(self, *args: Any, forged: bool = False, **kwargs: Any) -> TestResponse:
        if kwargs.get("method", "GET").upper() not in SAFE_METHODS and not forged:
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "X-CSRFToken": csrf_token(self)}
        # A streamed file is read to its end, as a browser does, before anything else is asked for.
        kwargs.setdefault("buffered", True)
        outside = bool(g)
        if outside and "_sqlalchemy_sessions" in g:
            db.session.commit()
        # Flask would share `g`, and with it the session and the signed-in person, with the test's own context.
        with walls.as_web(self.application), self.application.app_context():
            response = super().open(*args, **kwargs)
        if outside and "_sqlalchemy_sessions" in g:
            db.session.expire_all()
        return response


def csrf_token(client: FlaskClient) -> str:
    """A token that is valid in this client's session; makes the session if there is none."""
    with client.session_transaction(base_url=_base_url(client.application)) as session:
        secret = session.setdefault("csrf_token", hashlib.sha256(secrets.token_bytes(32)).hexdigest())
    key = client.application.config["SECRET_KEY"]
    return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(secret))


def sign_in(client: FlaskClient, staff: Staff) -> None:
    """Sign in without the sign-in page: the session looks as it does just after the page let somebody in."""
    with client.session_transaction(base_url=_base_url(client.application)) as session:
        session.update(sessions.cookie_values(staff))
    db.session.commit()


def sign_out(client: FlaskClient) -> None:
    with client.session_transaction(base_url=_base_url(client.application)) as session:
        session.clear()


def pair(client: FlaskClient, device: KioskDevice) -> None:
    """Make this client the tablet that `make.device()` paired."""
    client.set_cookie(device_cookie(), device.token, domain="localhost")  # type: ignore[attr-defined]


def _base_url(app: Flask) -> str:
    return str(app.config["SETTINGS"].public_url)
