"""Signing in and out, on Flask-Security."""

from typing import Any

from flask import Flask, redirect, request, url_for


def init_app(app: Flask) -> None:
    from flask_login import LoginManager

    LoginManager(app).user_loader(lambda _id: None)


def ask_to_sign_in() -> Any:
    return redirect(url_for("accounts.sign_in", next=request.full_path if request.method == "GET" else None))
