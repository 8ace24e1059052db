"""Whether a key is one of many, asked so that the statement stays the same however many they are.

A parameter for each makes another statement of every length, which is taken apart, planned and remembered anew.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, any_, bindparam, func, literal, select

from intake.db import db

POSTGRESQL = "postgresql"


def read_id(text: str) -> int | None:
    """The number of a row as an address or a form names it; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def database_kind() -> str:
    """'sqlite' or 'postgresql'."""
    return db.session.get_bind().dialect.name


def among(key: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """SQL: this key is one of these numbers, which are one value."""
    if database_kind() == POSTGRESQL:
        return key == any_(literal(list(ids), ARRAY(BigInteger)))
    return key.in_(_each(literal(json.dumps(list(ids)))))


def among_given(key: Any, name: str, kind: str) -> ColumnElement[bool]:
    """SQL for a statement that is made once for this kind of database: the key is one of `given(ids)` by this name."""
    if kind == POSTGRESQL:
        return key == any_(bindparam(name, type_=ARRAY(BigInteger)))
    return key.in_(_each(bindparam(name)))


def given(ids: Collection[int]) -> Any:
    """The value for a parameter of `among_given`."""
    return list(ids) if database_kind() == POSTGRESQL else json.dumps(list(ids))


def _each(listed: Any) -> Select[Any]:
    return select(func.json_each(listed).table_valued("value").c.value)
