"""Warm-up of a process between booting and serving, so that no page pays for it."""

import gc

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import configure_mappers

# Objects made before a collection of the young; a page makes some ten thousand, nearly all of which go by themselves.
YOUNG = 50_000


def warm_up(app: Flask) -> None:
    """Compile all templates, and exempt the objects there are from garbage collection.

    Collecting them took a fifth of a second at every third large page; compiling took as long at each kind of page.
    """
    configure_mappers()
    keep_compiled(app)
    for name in app.jinja_env.list_templates(extensions=("html",)):
        app.jinja_env.get_template(name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)


def keep_compiled(app: Flask) -> None:
    """Keep compiled templates in this account's own folder for temporary files, where there is one."""
    try:
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache()
    except (OSError, RuntimeError):
        # Compiled at each start instead, a second longer.
        app.jinja_env.bytecode_cache = None
