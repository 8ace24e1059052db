"""The personal link."""

from flask import Blueprint

bp = Blueprint("link", __name__)
