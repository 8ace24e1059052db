"""The one blueprint that the view files of the totals share."""

from flask import Blueprint

bp = Blueprint("reports", __name__)
