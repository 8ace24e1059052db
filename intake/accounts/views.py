"""Sign-in, people, tablets and the audit trail."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)
