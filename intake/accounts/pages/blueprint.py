"""The one blueprint that the view files of this room share."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)
