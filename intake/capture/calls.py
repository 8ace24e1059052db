"""Phone callers who have no chart yet."""

from flask import Blueprint

bp = Blueprint("calls", __name__)
