"""Stale forms, of a page opened in an earlier session: what was typed is shown again instead of refused."""

from flask import Flask, current_app, make_response, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from intake.accounts.auth import drafts
from intake.accounts.auth.sign_in import in_place_of_the_page
from intake.accounts.current import current_staff
from intake.web.http import errors


def init_app(app: Flask) -> None:
    app.register_error_handler(CSRFError, answer)


def answer(error: CSRFError) -> Response:
    """Return what was typed, to be sent with one press, if one of our own pages sent it; else a refusal.

    Another site can't make a browser say that it comes from here, and nothing is written before that press.
    """
    if not (_is_from_here() and current_user.is_authenticated):
        return errors.refused_form()
    draft = drafts.of_this_request(current_staff().id)
    if draft is None:
        return errors.refused_form()
    # 401: scripts that send in the background leave the rest to the browser then, which shows this page.
    page = render_template("accounts/draft.html", draft=draft, first_page="/", heading="You have signed in since")
    return in_place_of_the_page(make_response(page, 401))


def _is_from_here() -> bool:
    return request.headers.get("Origin") == str(current_app.config["SETTINGS"].public_url).rstrip("/")
