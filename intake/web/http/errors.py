"""Error pages that say what to do. A patient's page never shows staff chrome; none shows a traceback."""

from typing import Any

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import LimitedStream

from intake import log
from intake.database_faults import fault_of
from intake.db import db

NUMERIC_VALUE_OUT_OF_RANGE = "22003"
READ_AT_ONCE = 1 << 16
PATIENT_PATHS = ("/kiosk", "/a/", "/here/")

SENTENCES = {
    400: ("That didn't arrive as it should", "Go back, reload the page and try again. Nothing was saved."),
    403: ("This page isn't open to you", "Ask an administrator if you need it for your work."),
    404: ("There is nothing here", "The address may be mistyped, or the record belongs to another location."),
    405: ("That can't be done here", "Go back and use the buttons on the page."),
    413: ("That is too large", "Send a smaller file. The largest that Intake takes is shown beside the upload."),
    415: ("That can't be read here", "Go back and use the buttons on the page."),
    429: ("That was too often", "Wait a minute, then try again."),
    500: (
        "Something went wrong on our side",
        "Nothing was saved. Try again; if it stays, tell whoever looks after Intake.",
    ),
    503: ("Not available for a moment", "Nothing was lost. Wait a few seconds, then send it again."),
}
# Of the database something is wrong that doesn't pass; which it is the log says, not the page that anybody may open.
NEEDS_SOMEBODY = "Intake can’t work with its database. Tell whoever looks after it; the reason stands in its log."
TOO_MUCH_TEXT = "That is more text than a form takes. Nothing was saved. Go back, shorten it and send it again."
# Advice to somebody who only opened a page: nothing is to be sent again, and nothing was lost.
READING_ADVICE = {
    500: "Load the page again; if it stays, tell whoever looks after Intake.",
    503: "Wait a few seconds, then load the page again.",
}


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, lambda _error: refused_form())
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeout, _database_error)
    app.register_error_handler(Exception, _unexpected)


def page(status: int, sentence: str | None = None, *, form_fault: str = "") -> Response:
    """Return the error page of `status`, for patients or for staff by the request's address.

    `form_fault`: why a form's token wasn't good, which patients are told in their language: "cookies" or "old".
    """
    title, advice = SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400])
    if status == 413 and (request.content_length or 0) <= current_app.config["MAX_CONTENT_LENGTH"]:
        # Not too long for a file: what is too long is something typed.
        advice = TOO_MUCH_TEXT
    reading = request.method in ("GET", "HEAD")
    if reading:
        advice = READING_ADVICE.get(status, advice)
    template = "capture/patient_flow/error.html" if request.path.startswith(PATIENT_PATHS) else "web/error.html"
    again = reading and status >= 500
    text = render_template(
        template, title=title, advice=sentence or advice, status=status, again=again, form_fault=form_fault
    )
    response = make_response(text, status)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def refused_form() -> Response:
    """Return the error page of a form whose token wasn't good: whoever was shown it was given a cookie with it."""
    return page(400, form_fault="old" if request.cookies else "cookies")


def _http_error(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    status = error.code or 500
    if status < 400:
        return error
    if status == 413:
        _read_to_the_end()
    # A row of another location and a missing one must read alike, so a 404 never carries its own words.
    own_words = status in (400, 403, 429) and error.description != type(error).description
    response = page(status, error.description if own_words else None)
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _read_to_the_end() -> None:
    """Read what is still being sent: a browser cut off while it sends shows a broken connection, not the answer."""
    length = request.content_length or 0
    if length > current_app.config["MAX_CONTENT_LENGTH"]:
        return
    # Longer than allowed from the beginning, nothing of it was read yet; else the part that was is known.
    whole = request.max_content_length is not None and length > request.max_content_length
    rest = LimitedStream(request.environ["wsgi.input"], length) if whole else request.stream
    while rest.read(READ_AT_ONCE):
        pass


def _database_error(error: Exception) -> Response:
    fault = fault_of(error)
    if fault is None:
        return _unexpected(error)
    _roll_back()
    log.logger().error("database_unavailable", reason=fault.name, do=fault.sentence, endpoint=request.endpoint)
    return page(503, None if fault.passes else NEEDS_SOMEBODY)


def _unexpected(error: Exception) -> Response:
    _roll_back()
    if _is_too_long_a_number(error):
        return page(404)
    # Only the type and the place: the message of an exception may quote what a patient typed.
    frames = error.__traceback__
    while frames is not None and frames.tb_next is not None:
        frames = frames.tb_next
    place = f"{frames.tb_frame.f_globals.get('__name__')}:{frames.tb_lineno}" if frames else ""
    log.logger().error("unexpected_error", kind=type(error).__name__, place=place, endpoint=request.endpoint)
    return page(500)


def _is_too_long_a_number(error: Exception) -> bool:
    """Whether a number was longer than the database takes: no row can have it."""
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlstate", None) == NUMERIC_VALUE_OUT_OF_RANGE
    return isinstance(error, OverflowError) and "SQLite" in str(error)


def _roll_back() -> None:
    try:
        db.session.rollback()
    except Exception as error:
        log.logger().error("rollback_failed", kind=type(error).__name__)
