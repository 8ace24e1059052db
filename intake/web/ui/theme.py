"""Themes, light or dark: each person's own choice, kept in a cookie of this browser."""

from flask import Flask, Response, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from intake.web.http.route_guards import Pages, public

bp = Pages("appearance", __name__)

COOKIE = "intake-theme"
CHOICES = ("light", "dark")
YEAR = 365 * 24 * 60 * 60


def init_app(app: Flask) -> None:
    app.jinja_env.globals["theme"] = theme
    app.register_blueprint(bp)


def theme() -> str:
    """'light', 'dark', or '' for what the device prefers."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in CHOICES else ""


@bp.post("/appearance", guard=public("a choice of colours, kept in the browser and nowhere else"))
def choose() -> AnyResponse:
    response: Response = redirect(_page_before(), 303)  # type: ignore[assignment]
    chosen = request.form.get("theme", "")
    if chosen in CHOICES:
        secure = current_app.config["SETTINGS"].https
        response.set_cookie(COOKIE, chosen, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(COOKIE)
    return response


def _page_before() -> str:
    """The page that the choice was made on, when it is one of ours; only its path is used."""
    origin, _, path = (request.referrer or "").partition(request.host)
    if origin not in ("http://", "https://") or not path.startswith("/") or path.startswith(("//", "/\\")):
        return "/"
    return path
