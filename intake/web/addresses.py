"""Numbers in addresses: one that no row can have is nothing here, not an error of the database."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST_ID = 2**63 - 1


class RowNumber(IntegerConverter):
    """`<int:…>`, up to the largest number that both databases can hold."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max", LARGEST_ID)
        super().__init__(*args, **kwargs)


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = RowNumber
