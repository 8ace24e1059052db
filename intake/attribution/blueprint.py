from flask import Blueprint

bp = Blueprint("reports", __name__)

READERS = ("manager", "liaison", "administrator")
