"""Many threads that write to the embedded file at once all get their turn, and soon; a turn never outlives its use."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from intake.db import db, is_unavailable, reading
from intake.directory.models import Location
from tests.making import Make

pytestmark = pytest.mark.on("sqlite")

THREADS = 12
WRITES = 15


def test_writers_queue_and_nobody_is_turned_away(committed_app: Flask, make: Make) -> None:
    place = make.location()
    db.session.commit()
    waits: list[float] = []

    def write(number: int) -> None:
        with committed_app.app_context():
            for one in range(WRITES):
                started = time.perf_counter()
                db.session.execute(text("UPDATE location SET name = :name"), {"name": f"Riverside {number} {one}"})
                # Long enough that the others ask meanwhile.
                time.sleep(0.002)
                db.session.commit()
                waits.append(time.perf_counter() - started)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(write, range(THREADS)))

    assert len(waits) == THREADS * WRITES
    assert db.session.scalar(select(Location.name).where(Location.id == place.id)) is not None
    # Polling in vain takes hundreds of times as long as the usual wait.
    assert max(waits) < 20 * sum(waits) / len(waits)


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
    other.join(3)
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
    other.join(3)
    db.session.rollback()
    assert seen == [0, True]
