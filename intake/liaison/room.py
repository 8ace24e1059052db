"""Registers the room: touchpoints, promises, rounds, and what is owed to those who refer."""

from flask import Flask


def register(app: Flask) -> None:
    """Put this room's pages and commands on `app`, and its parts into the slots of the rooms below."""
