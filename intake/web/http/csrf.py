"""Protection against forged forms: every form carries a token, checked before any view runs."""

from flask import Flask
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    # An hour's limit would greet the first patient after lunch with an error: the token lives as long as the session.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    # Strict referrer checks fail behind proxies that end TLS; the token itself is what protects.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    csrf.init_app(app)
