"""What a process does once between booting and serving, so that no page pays for it."""

import gc

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import configure_mappers

# Objects made before the young are looked through; a page makes some ten thousand, and nearly all go by themselves.
YOUNG = 50_000


def settle(app: Flask) -> None:
    """Pages are ready to be drawn, and what is there now is no longer searched for garbage.

    Searching all of it took a fifth of a second, at every third large page; drawing the first page of a kind as long.
    """
    configure_mappers()
    keep_compiled(app)
    for name in app.jinja_env.list_templates(extensions=("html",)):
        app.jinja_env.get_template(name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)


def keep_compiled(app: Flask) -> None:
    """Compiled templates are kept in this account's own folder for passing files, where there is one."""
    try:
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache()
    except (OSError, RuntimeError):
        # Compiled at each start instead, a second longer.
        app.jinja_env.bytecode_cache = None
