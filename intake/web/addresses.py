"""Numbers in addresses: one that no row can have is nothing here, not an error of the database.

And the addresses of pages that take none, which every page of the staff holds dozens of.
"""

from typing import Any

from flask import Flask, current_app, request, url_for
from werkzeug.routing import IntegerConverter

LARGEST_ID = 2**63 - 1
FIXED = "fixed addresses"


class RowNumber(IntegerConverter):
    """`<int:…>`, up to the largest number that both databases can hold."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max", LARGEST_ID)
        super().__init__(*args, **kwargs)


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = RowNumber


def fixed_address(endpoint: str) -> str:
    """Path of a page that takes no values, put together once for each path that the service is mounted at."""
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault(FIXED, {})
    key = request.root_path, endpoint
    found = known.get(key)
    if found is None:
        found = known[key] = url_for(endpoint)
    return found
