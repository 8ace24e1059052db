"""The desk: today's arrivals and what they answer."""

from flask import Blueprint

bp = Blueprint("desk", __name__)
