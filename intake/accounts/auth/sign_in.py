"""Flask-Security as it is used here: its user store, password context and sign-in, none of its pages."""

from urllib.parse import urlsplit

from flask import Flask, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_security import FSQLALiteUserDatastore, Security
from werkzeug.wrappers import Response

from intake.accounts.auth import drafts, sessions
from intake.accounts.auth.forms import SignInForm
from intake.accounts.auth.return_path import safe_path, without_typed
from intake.accounts.models import Role, Staff
from intake.config import current_settings
from intake.db import db
from intake.web.http.headers import SAFE_METHODS

# What a try at single sign-on can carry of a draft, in its address and cookie; a longer form is sent again by hand.
LONGEST_CARRIED = 1500
# 46 MiB, one lane, about a tenth of a second here: what OWASP asks of argon2id on a server that also has other work.
ARGON2 = {"argon2__type": "ID", "argon2__memory_cost": 47104, "argon2__time_cost": 1, "argon2__parallelism": 1}


def init_app(app: Flask) -> None:
    app.config.update(
        # Peppering with a second secret would make every password worthless on the day that secret is changed.
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - names the algorithm
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=ARGON2,
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        # A clinic's tablet changes its address between access points; the session's own token is what counts.
        SESSION_PROTECTION=None,
    )
    app.jinja_env.globals["idle_seconds"] = lambda: app.config["SETTINGS"].idle_minutes * 60
    security = Security(app, FSQLALiteUserDatastore(db, Staff, Role), register_blueprint=False)
    security.login_manager.user_loader(sessions.load)
    # Sessions only: a token in an address or a header would be a second way in that nobody here looks after.
    security.login_manager._request_callback = None
    # Flask-Principal loads the user before every request, static files and tablets too; our guards don't need it.
    app.before_request_funcs[None].remove(security.principal._on_before_request)


def ask_to_sign_in() -> Response:
    """Return the answer to somebody who isn't signed in: the sign-in page, which leads back to where they were going.

    A form that arrives after its session ran out is not lost: it waits, sealed, in the sign-in page.
    """
    if request.method not in SAFE_METHODS:
        return _keep_what_was_sent()
    here = without_typed(request.full_path)
    target = url_for("accounts.sign_in", next=here if safe_path(here) else None)
    if request.headers.get("HX-Request"):
        # A part of a page was asked for; the whole page must go to the sign-in page, and come back to itself.
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = safe_path(without_typed(f"{shown.path}?{shown.query}"))
        response = make_response("", 401)
        response.headers["HX-Redirect"] = url_for("accounts.sign_in", next=back or None)
        return response
    return redirect(target, 303)


def ask_again() -> Response:
    """Return the answer to somebody whose password was typed too long ago for this: the sign-in page, and then on."""
    if request.method in SAFE_METHODS:
        here = safe_path(without_typed(request.full_path))
        return redirect(url_for("accounts.ask_who", again=1, next=here or None), 303)
    staff_id = sessions.interrupted_staff_id()
    draft = drafts.of_this_request(staff_id) if staff_id is not None else None
    sealed = drafts.seal(draft) if draft is not None else ""
    came_from = safe_path(urlsplit(request.referrer or "").path)
    form = SignInForm(formdata=None, draft=sealed, next=came_from, email=current_user.email)
    return in_place_of_the_page(page(form, status=401, again=True))


def _keep_what_was_sent() -> Response:
    staff_id = sessions.interrupted_staff_id()
    if staff_id is None and drafts.is_from_here():
        staff_id = drafts.ANYBODY
    draft = drafts.of_this_request(staff_id) if staff_id is not None else None
    sealed = drafts.seal(draft) if draft is not None else ""
    if not sealed:
        return redirect(url_for("accounts.sign_in"), 303)
    response = page(SignInForm(formdata=None, draft=sealed), status=401)
    return in_place_of_the_page(response)


def in_place_of_the_page(response: Response) -> Response:
    """Return the response so that htmx, which asked for a part of a page, shows it as the whole page."""
    if request.headers.get("HX-Request"):
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def page(form: SignInForm, *, status: int = 200, because_idle: bool = False, again: bool = False) -> Response:
    """Return the sign-in page. `because_idle`: the clock signed somebody out; `again`: they are still signed in."""
    onwards = None
    if current_settings().single_sign_on:
        onwards = url_for(
            "accounts.go_to_provider",
            next=form.next.data or None,
            draft=form.draft.data if len(form.draft.data or "") <= LONGEST_CARRIED else None,
            again=1 if again else None,
        )
    text = render_template(
        "accounts/sign_in.html", form=form, because_idle=because_idle, again=again, single_sign_on=onwards
    )
    return make_response(text, status)
