"""URL converters: numbers that no row can have, parameters that stand twice, and a cache of addresses without values.

A number that no row can have is not found, not an error of the database. A parameter that stands twice is refused
everywhere: of two readers one takes its first value and the other its last, or all. Addresses of pages that take no
values are put together once, since every page of the staff holds dozens of them.
"""

from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, current_app, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter

LARGEST_ID = 2**63 - 1
FIXED = "fixed addresses"


class RepeatedParameter(BadRequest):
    """A parameter stands twice in an address, so that it is open which value is meant."""

    def __init__(self) -> None:
        super().__init__(
            "Something in this address stands twice, so it isn't clear what is meant. Open it from a page."
        )


class RowNumber(IntegerConverter):
    """`<int:…>`, up to the largest number that both databases can hold."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max", LARGEST_ID)
        super().__init__(*args, **kwargs)


def row_number(typed: str) -> int | None:
    """Return the number of a row that a form or an address names; None for anything that can't be one."""
    typed = typed.strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = RowNumber
    app.before_request(_refuse_repeated)


def _refuse_repeated() -> None:
    single_values(request.args)


def read_query(query: str) -> dict[str, str]:
    """The parameters of an address that is kept or sent. Raises RepeatedParameter."""
    return single_values(MultiDict(parse_qsl(query, keep_blank_values=True)))


def single_values(parameters: MultiDict[str, str]) -> dict[str, str]:
    """The one value of each parameter, an empty one too. Raises RepeatedParameter."""
    if any(len(values) > 1 for _, values in parameters.lists()):
        raise RepeatedParameter
    return parameters.to_dict()


def fixed_address(endpoint: str) -> str:
    """Return the path of a page that takes no values, cached: every page of the staff holds dozens."""
    # The service may be mounted at several paths.
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault(FIXED, {})
    key = request.root_path, endpoint
    if key not in known:
        known[key] = url_for(endpoint)
    return known[key]
