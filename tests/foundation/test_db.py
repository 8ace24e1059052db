"""The embedded database's planner knows how its tables have grown, and nobody waits for it to find out."""

import sys

import pytest
from flask import Flask
from sqlalchemy import text

from intake.db import db, refresh_statistics
from tests.making import Make

pytestmark = pytest.mark.on("sqlite")


def estimates() -> set[str]:
    if not db.session.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")):
        return set()
    found = set(db.session.scalars(text("SELECT DISTINCT tbl FROM sqlite_stat1")))
    db.session.rollback()
    return found


def filled(make: Make) -> None:
    place = make.location()
    for _ in range(30):
        make.visit(place)
    db.session.commit()


def test_grown_tables_are_sampled(committed_app: Flask, make: Make) -> None:
    filled(make)
    refresh_statistics()
    assert "visit" in estimates()


def test_while_somebody_writes_it_is_put_off(committed_app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever waits, waits in vain for an hour.
    monkeypatch.setattr(sys.modules["intake.db"], "LOCK_WAIT_SECONDS", 3_600)
    db.session.close()
    db.engine.dispose()
    filled(make)
    known = estimates()
    make.location("Elsewhere")
    db.session.flush()
    refresh_statistics()
    db.session.commit()
    assert estimates() == known
