"""What it adds up to."""

from flask import Blueprint

bp = Blueprint("reports", __name__)
