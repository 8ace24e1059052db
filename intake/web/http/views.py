"""Registration of pages: every module of a room whose name ends in `views` has a blueprint `bp`."""

from flask import Flask
from werkzeug.utils import find_modules, import_string


def register_views(app: Flask, room: str) -> None:
    """Register the pages of this room; files that share a blueprint are all read before it is registered."""
    modules = [import_string(name) for name in find_modules(room, recursive=True) if name.endswith("views")]
    for blueprint in dict.fromkeys(module.bp for module in modules):
        app.register_blueprint(blueprint)
