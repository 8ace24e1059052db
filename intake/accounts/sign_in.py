"""Flask-Security as it is used here: its user store, password context and sign-in, none of its pages."""

import re
from typing import Any

from flask import Flask, make_response, redirect, render_template, request, url_for
from flask_security import FSQLALiteUserDatastore, Security
from werkzeug.wrappers import Response

from intake.accounts import sessions
from intake.accounts.models import Role, Staff
from intake.db import db
from intake.web.headers import SAFE_METHODS

# 46 MiB, one lane, about a tenth of a second here: what OWASP asks of argon2id on a server that also has other work.
ARGON2 = {"argon2__type": "ID", "argon2__memory_cost": 47104, "argon2__time_cost": 1, "argon2__parallelism": 1}
LONGEST_RETURN_PATH = 500

_control = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def init_app(app: Flask) -> None:
    app.config.update(
        # Peppering with a second secret would make every password worthless on the day that secret is changed.
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - names the algorithm
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=app.config.get("PASSWORD_COST", ARGON2),
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        # A clinic's tablet changes its address between access points; the session's own token is what counts.
        SESSION_PROTECTION=None,
    )
    security = Security(app, FSQLALiteUserDatastore(db, Staff, Role), register_blueprint=False)
    security.login_manager.user_loader(sessions.load)
    # Sessions only: a token in an address or a header would be a second way in that nobody here looks after.
    security.login_manager._request_callback = None
    # Flask-Principal loads the user before every request, static files and tablets too; our guards don't need it.
    app.before_request_funcs[None].remove(security.principal._on_before_request)


def ask_to_sign_in() -> Response:
    """The answer to whoever isn't signed in: the sign-in page, which leads back to where they were going."""
    if request.method not in SAFE_METHODS:
        return redirect(url_for("accounts.sign_in"), 303)
    here = request.full_path.removesuffix("?")
    target = url_for("accounts.sign_in", next=here if safe_path(here) else None)
    if request.headers.get("HX-Request"):
        response = make_response("", 401)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target, 303)


def safe_path(target: str | None) -> str:
    """`target` when it is a path on this server, else an empty string. Never leads anywhere else."""
    if not target or len(target) > LONGEST_RETURN_PATH or _control.search(target):
        return ""
    if not target.startswith("/") or target.startswith("//"):
        return ""
    return target


def page(form: Any, *, status: int = 200) -> Response:
    return make_response(render_template("accounts/sign_in.html", form=form), status)
