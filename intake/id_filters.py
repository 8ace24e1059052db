"""Whether a key is one of many, asked so that the statement stays the same however many they are.

A parameter for each makes another statement of every length, which is taken apart, planned and remembered anew.
"""

import json
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, TextClause, any_, bindparam, literal, text

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
    listed: Any = bindparam("ids", json.dumps(list(ids)), unique=True)
    return key.in_(_each("ids").bindparams(listed))


def among_given(key: Any, name: str, kind: str) -> ColumnElement[bool]:
    """SQL for a statement that is made once for this kind of database: the key is one of `given(ids)` by this name."""
    if kind == POSTGRESQL:
        return key == any_(bindparam(name, type_=ARRAY(BigInteger)))
    return key.in_(_each(name))


def given(ids: Collection[int]) -> Any:
    """The value for a parameter of `among_given`."""
    return list(ids) if database_kind() == POSTGRESQL else json.dumps(list(ids))


@cache
def _each(name: str) -> TextClause:
    # As text: putting it together from parts took longer than asking the database.
    return text(f"SELECT value FROM json_each(:{name})")  # noqa: S608 - the name of a parameter
