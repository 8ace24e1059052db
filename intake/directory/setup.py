"""The first page of a new practice."""

from flask import Blueprint, Flask

bp = Blueprint("setup", __name__)


def init_app(app: Flask) -> None:
    """Sends everybody to the set-up page until there is a practice."""
