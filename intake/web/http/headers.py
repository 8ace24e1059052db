"""Checks of every request and headers of every response: known host, content security policy, no caching."""

import secrets

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from intake.config import Settings
from intake.db import set_reading
from intake.web.http.route_guards import is_reading

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Load balancers ask these by address, before they know the name.
ANY_HOST = frozenset({"/healthz", "/readyz", "/metrics"})


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    app.config.update(
        # The __Host- prefix makes browsers refuse the cookie from a sibling domain; it needs HTTPS.
        SESSION_COOKIE_NAME="__Host-intake" if settings.https else "intake",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    app.before_request(_accept)
    app.after_request(_protect)
    app.teardown_request(lambda _error: set_reading(False))
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def csp_nonce() -> str:
    """Return the nonce of this response, which its scripts must carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _accept() -> None:
    settings: Settings = current_app.config["SETTINGS"]
    if request.host != settings.public_host and request.path not in ANY_HOST:
        abort(400, "This address is not one that Intake answers to. Set PUBLIC_URL to the address people use.")
    if request.is_json and request.method not in SAFE_METHODS:
        # No page takes it, and forms would read it without the bounds of a form's body. Monitors name it when they ask.
        abort(415)
    if request.mimetype == "application/x-www-form-urlencoded":
        # Read as one piece, which the limit for fields doesn't reach: only files may be as large as an upload.
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
    view = current_app.view_functions.get(request.endpoint or "")
    set_reading(request.method in SAFE_METHODS or is_reading(view))


def _protect(response: Response) -> Response:
    settings: Settings = current_app.config["SETTINGS"]
    nonce = g.get("csp_nonce")
    scripts = f"'nonce-{nonce}' 'strict-dynamic'" if nonce else "'none'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if settings.https:
        response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if request.endpoint != "static" and not response.cache_control.public:
        # The back button must never bring up the previous patient.
        response.headers["Cache-Control"] = "no-store"
    return response
