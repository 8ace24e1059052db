"""Locations, sources, physicians, patients and the day's schedule."""

from flask import Blueprint

bp = Blueprint("directory", __name__)
