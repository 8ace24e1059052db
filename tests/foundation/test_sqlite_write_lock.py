"""Many threads that write to the embedded file at once all get their turn, and soon; a turn never outlives its use."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError

from intake.db import db, is_unavailable, reading
from intake.directory.models import Location
from tests.making import Make
from tests.serving import PATIENCE_SECONDS

pytestmark = pytest.mark.on("sqlite")

THREADS = 12
WRITES = 15


def test_writers_queue_and_nobody_is_turned_away(committed_app: Flask, make: Make) -> None:
    place = make.location()
    db.session.commit()
    db.engine.dispose()

    # Whoever has to poll, because another holds the file, is turned away at once instead of waiting longer and longer.
    @event.listens_for(db.engine, "connect")
    def never_poll(driver: Any, _: object) -> None:
        driver.execute("PRAGMA busy_timeout = 0")

    def write(number: int) -> int:
        with committed_app.app_context():
            for one in range(WRITES):
                db.session.execute(text("UPDATE location SET name = :name"), {"name": f"Riverside {number} {one}"})
                # Long enough that the others ask meanwhile.
                time.sleep(0.002)
                db.session.commit()
        return WRITES

    with ThreadPoolExecutor(THREADS) as threads:
        assert sum(threads.map(write, range(THREADS))) == THREADS * WRITES

    assert db.session.scalar(select(Location.name).where(Location.id == place.id)) is not None


def test_a_turn_ends_with_a_failure_too(committed_app: Flask, make: Make) -> None:
    with pytest.raises(OperationalError):
        db.session.execute(text("UPDATE nothing_like_that SET a = 1"))
    db.session.rollback()

    def write() -> None:
        with committed_app.app_context():
            make.location("Elsewhere")
            db.session.commit()

    other = threading.Thread(target=write)
    other.start()
    other.join(PATIENCE_SECONDS)
    assert db.session.scalar(select(func.count()).select_from(Location).where(Location.name == "Elsewhere")) == 1


def test_whoever_only_reads_waits_for_no_turn_and_a_writer_gives_up_in_the_end(
    committed_app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["intake.db"], "LOCK_WAIT_SECONDS", 0.2)
    make.location("Held")
    db.session.flush()
    seen: list[object] = []

    def look() -> None:
        with committed_app.app_context():
            with reading():
                seen.append(db.session.scalar(select(func.count()).select_from(Location)))
                db.session.rollback()
            try:
                db.session.execute(text("UPDATE location SET name = name"))
            except OperationalError as error:
                seen.append(is_unavailable(error))

    other = threading.Thread(target=look)
    other.start()
    other.join(PATIENCE_SECONDS)
    db.session.rollback()
    assert seen == [0, True]
