"""On PostgreSQL a page that only read leaves its statements prepared, and nothing else."""

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from intake.db import db, reading
from intake.directory.models import Location
from tests.making import Make

pytestmark = pytest.mark.on("postgresql")


def prepared() -> set[str]:
    with reading():
        found = set(db.session.scalars(text("SELECT statement FROM pg_prepared_statements")))
        db.session.rollback()
    return {each for each in found if "count(location.id)" in each}


def look() -> int:
    with reading():
        found = db.session.scalar(select(func.count(Location.id)))
        db.session.rollback()
    return found or 0


def test_what_is_asked_twice_stays_prepared_when_the_page_ends(committed_app: Flask) -> None:
    assert [look() for _ in range(3)] == [0, 0, 0]
    assert len(prepared()) == 1
    assert look() == 0 and len(prepared()) == 1


def test_each_look_sees_what_was_committed_before_it(committed_app: Flask, make: Make) -> None:
    for number in range(4):
        assert look() == number
        make.location(f"Place {number}")
        db.session.commit()


def test_what_is_written_while_only_reading_is_rolled_back(committed_app: Flask, make: Make) -> None:
    with reading():
        make.location("By mistake")
        db.session.flush()
        db.session.rollback()
    assert look() == 0


def test_a_look_that_failed_and_a_connection_that_broke_leave_the_next_one_well(
    committed_app: Flask, make: Make
) -> None:
    with reading(), pytest.raises(DBAPIError):
        db.session.execute(text("SELECT 1 / 0"))
    db.session.rollback()
    assert look() == 0
    with reading():
        own = db.session.scalar(text("SELECT pg_backend_pid()"))
        with db.engine.connect() as another:
            another.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
        with pytest.raises(DBAPIError):
            db.session.execute(select(func.count(Location.id)))
        db.session.rollback()
    assert look() == 0
