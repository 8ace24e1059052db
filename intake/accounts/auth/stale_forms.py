"""Stale forms, of a page opened in a session that is over: what was typed is kept and shown instead of refused."""

from flask import Flask, current_app, make_response, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from intake.accounts.auth import drafts
from intake.accounts.auth.sign_in import ask_to_sign_in, in_place_of_the_page
from intake.accounts.current import current_staff
from intake.web.http import errors
from intake.web.http.route_guards import guard_of


def init_app(app: Flask) -> None:
    app.register_error_handler(CSRFError, answer)


def answer(error: CSRFError) -> Response:
    """Return what was typed, to be sent with one press, if one of our own pages sent it; else a refusal.

    Whoever isn't signed in does that first. Nothing is written before that press.
    """
    guard = guard_of(current_app.view_functions[request.endpoint]) if request.endpoint else None
    if not drafts.is_from_here() or guard is None or guard.kind != "staff":
        return errors.refused_form()
    if not current_user.is_authenticated:
        return ask_to_sign_in()
    draft = drafts.of_this_request(current_staff().id)
    if draft is None:
        return errors.refused_form()
    # 401: scripts that send in the background leave the rest to the browser then, which shows this page.
    page = render_template("accounts/draft.html", draft=draft, first_page="/", heading="You have signed in since")
    return in_place_of_the_page(make_response(page, 401))
