"""Workers killed in the middle of texting, a carrier that misbehaves, a worker told to stop: judged by what left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from bench._texting_run import (
    FAULTS,
    READ_FAULTS,
    carrier_at_work,
    described,
    prepare,
    run,
    set_clock,
    texting_settings,
)
from intake import clock
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier, Fault
from intake.sms.models import OutboxText, TextState
from intake.sms.queue.outbox import NewText, queue_text
from tests.databases import environment_of
from tests.serving import PATIENCE_SECONDS, TOP

pytestmark = pytest.mark.both


@pytest.fixture
def late_morning(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """New York has closed, Chicago and Los Angeles are open, in this process and in those it starts."""
    monkeypatch.setattr(clock, "now", clock.now)
    monkeypatch.setenv("INTAKE_BENCH_CLOCK_SHIFT_SECONDS", "0")
    set_clock(-600)
    yield


def test_no_text_leaves_twice_or_after_stop_or_too_late_though_workers_are_killed(
    committed_app: Flask, late_morning: None, tmp_path: Path
) -> None:
    carrier = Carrier(hang_seconds=1.5, faults=dict(FAULTS), read_faults=dict(READ_FAULTS), hides_bodies=True)
    url = committed_app.config["SETTINGS"].database_url
    workers = 1 if url.startswith("sqlite") else 2
    with carrier_at_work(carrier) as address:
        settings = texting_settings(url, carrier, address, spool_folder=tmp_path, carrier_answer_seconds=0.6)
        found = run(committed_app, settings, carrier, count=16, workers=workers, kill_at=(2, 5, 8))

    assert found.clean, described(found)
    assert found.kills == 3
    assert found.sent >= 8


def worker(settings: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "worker"],
        cwd=TOP,
        env={**environment_of(settings), "FLASK_APP": "wsgi"},  # type: ignore[arg-type]
        stderr=subprocess.PIPE,
        text=True,
    )


def until_said(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"the worker ended without saying: {words}")


def test_a_worker_that_is_told_to_stop_finishes_the_text_on_the_wire(committed_app: Flask, tmp_path: Path) -> None:
    carrier = Carrier(hang_seconds=1.0, faults={Fault.HANGS_AFTER: 1.0})
    prepare(3, arrived_at=clock.now())
    now = clock.now()
    for place, phone in enumerate(("+15185550101", "+15185550102", "+15185550103")):
        # Answers to somebody who just wrote leave at any hour.
        queue_text(NewText(f"reply:{place}", "reply", phone, "Thank you.", now))
    db.session.commit()
    db.session.close()
    with carrier_at_work(carrier) as address:
        url = committed_app.config["SETTINGS"].database_url
        settings = texting_settings(
            url, carrier, address, spool_folder=tmp_path, carrier_answer_seconds=5, log_level="INFO"
        )
        process = worker(settings)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not carrier.messages and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)

    states = {text.once_key: text.state for text in db.session.query(OutboxText)}
    assert process.returncode == 0
    assert "worker_ended" in said
    assert sorted(states.values()) == [TextState.QUEUED, TextState.QUEUED, TextState.SENT]
    assert len(carrier.messages) == 1


# PostgreSQL takes any number of workers.
@pytest.mark.on("sqlite")
def test_a_second_worker_waits_for_the_first_and_says_so(committed_app: Flask, tmp_path: Path) -> None:
    prepare(1, arrived_at=clock.now())
    db.session.close()
    carrier = Carrier()
    url = committed_app.config["SETTINGS"].database_url
    settings = texting_settings(url, carrier, "http://127.0.0.1:9", spool_folder=tmp_path, log_level="INFO")
    first, second = worker(settings), None
    try:
        until_said(first, "worker_is_at_work")
        second = worker(settings)
        until_said(second, "another_worker_is_at_work")
        os.kill(first.pid, signal.SIGKILL)
        # A worker that was killed holds nobody up.
        until_said(second, '"worker_is_at_work"')
    finally:
        for process in (first, second):
            if process is not None:
                process.kill()
                process.communicate()
