"""What tests of this room share."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from intake.db import db


@pytest.fixture
def count_statements(app: Flask) -> Iterator[Callable[[], list[str]]]:
    """count_statements() gives a list that fills with the SQL of whatever runs afterwards."""
    lists: list[list[str]] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        for each in lists:
            each.append(statement)

    def begin() -> list[str]:
        lists.append([])
        return lists[-1]

    event.listen(db.engine, "before_cursor_execute", note)
    yield begin
    event.remove(db.engine, "before_cursor_execute", note)
