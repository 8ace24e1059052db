"""The worker looks after backups and damage each night, and mails whoever looks after Intake when one is missing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from intake import clock
from intake.db import db, writing
from intake.sms.queue import line
from intake.web.ops import backup, integrity, mailing, nightly, notes
from intake.web.ops.nightly import NightWork, ServerWatch


class Started:
    """What was started, in place of processes."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []
        self.running = False

    def __call__(self, arguments: tuple[str, ...]) -> Any:
        self.commands.append(arguments)
        return self

    def poll(self) -> int | None:
        return None if self.running else 0

    def kill(self) -> None:
        self.running = False

    def wait(self) -> int:
        return -9


@pytest.fixture
def started(committed_app: Flask, tmp_path: Path) -> Iterator[Started]:
    settings = committed_app.config["SETTINGS"]
    texting = {"twilio_account_sid": "AC1", "twilio_auth_token": "t" * 32, "twilio_sender": "+15185550100"}
    mailed = {"smtp_host": "mail.example.org", "mail_from": "intake@example.org", "alarm_mail_to": "a@x.org, b@x.org"}
    changes = {"backup_folder": tmp_path / "backups"} | mailed | texting
    committed_app.config["SETTINGS"] = type(settings)(_env_file=None, **(settings.model_dump() | changes))
    yield Started()


def round_of(work: NightWork, started: Started, *, minutes: int = 0) -> list[tuple[str, ...]]:
    """One look of the worker after so many minutes; returns what it started."""
    started.commands.clear()
    work._next, work._begun = 0.0, work._begun - minutes * 60
    work()
    return list(started.commands)


def test_a_backup_is_due_each_day_and_damage_is_looked_for_once_the_worker_has_settled(
    committed_app: Flask, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, now = committed_app.config["SETTINGS"], clock.now()
    work = NightWork(committed_app)
    monkeypatch.setattr(work, "_start", started)
    with time_machine.travel(now, tick=False):
        assert round_of(work, started) == [("db", "backup")]
        started.running = True
        assert round_of(work, started) == []
        started.running = False
        nightly.back_up(settings, nightly.target(settings))
        assert round_of(work, started) == []
        assert round_of(work, started, minutes=11) == [("db", "check-integrity")]
        assert integrity.damage() == ""
        assert round_of(work, started) == []
    with time_machine.travel(now + timedelta(hours=24), tick=False):
        assert round_of(work, started) == [("db", "backup")]


def test_a_backup_that_is_gone_or_of_a_day_to_come_is_no_backup(committed_app: Flask, started: Started) -> None:
    settings, now = committed_app.config["SETTINGS"], clock.now()
    file = nightly.target(settings)
    nightly.back_up(settings, file)
    assert nightly.backup_alarm(settings) is None
    file.unlink()
    assert "isn’t in" in (nightly.backup_alarm(settings) or "")
    with time_machine.travel(now + timedelta(days=1_000), tick=False):
        nightly.back_up(settings, nightly.target(settings))
    assert "still to come" in (nightly.backup_alarm(settings) or "")
    assert nightly._is_due("backup", tried="backup_try")


def test_the_backup_just_made_stays_whatever_an_earlier_clock_said(committed_app: Flask, started: Started) -> None:
    settings = committed_app.config["SETTINGS"].model_copy(update={"backup_keep": 2})
    settings.backup_folder.mkdir()
    for name in ("20300101-000000", "20260101-000000", "20260102-000000"):
        (settings.backup_folder / f"intake-{name}.db").touch()
    made = settings.backup_folder / "intake-20260512-020000.db"
    nightly.back_up(settings, made)
    assert sorted(path.name for path in settings.backup_folder.iterdir()) == ["intake-20260102-000000.db", made.name]


def test_one_that_failed_is_tried_again_in_an_hour(
    committed_app: Flask, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, now = committed_app.config["SETTINGS"], clock.now()
    settings.backup_folder.parent.joinpath("backups").write_text("a file where the folder should be")
    work = NightWork(committed_app)
    monkeypatch.setattr(work, "_start", started)
    with time_machine.travel(now, tick=False):
        with pytest.raises((backup.BackupRefused, OSError)):
            nightly.back_up(settings, nightly.target(settings))
        assert round_of(work, started) == []
    with time_machine.travel(now + timedelta(minutes=61), tick=False):
        assert round_of(work, started) == [("db", "backup")]
        assert nightly.backup_alarm(settings) == "No backup could be made yet."


def test_one_that_hangs_is_ended_and_stops_no_alarm(
    committed_app: Flask, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, now, sent = NightWork(committed_app), clock.now(), []
    monkeypatch.setattr(work, "_start", started)
    monkeypatch.setattr(mailing, "send", lambda message, _settings: sent.append(message))
    with time_machine.travel(now, tick=False):
        assert round_of(work, started) == [("db", "backup")]
        started.running = True
        line.pause("staff")
        db.session.commit()
        round_of(work, started)
        assert len(sent) == 2
        work._started -= nightly.LONGEST_SECONDS
        assert round_of(work, started) == []
        assert not started.running
    with time_machine.travel(now + timedelta(minutes=61), tick=False):
        assert round_of(work, started) == [("db", "backup")]


def test_whoever_looks_after_it_is_mailed_once_a_day_while_something_is_wrong(
    committed_app: Flask, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, now = committed_app.config["SETTINGS"], clock.now()
    work, sent = NightWork(committed_app), []
    monkeypatch.setattr(work, "_start", started)
    monkeypatch.setattr(mailing, "send", lambda message, _settings: sent.append(message))
    with time_machine.travel(now, tick=False):
        nightly.back_up(settings, nightly.target(settings))
        round_of(work, started)
    assert sent == []
    line.pause("staff")
    db.session.commit()
    with writing(), db.engine.begin() as connection:
        notes.note(connection, "integrity", "damaged")
    with time_machine.travel(now + timedelta(hours=51), tick=False):
        round_of(work, started)
        round_of(work, started)
    assert [message["To"] for message in sent] == ["a@x.org", "b@x.org"]
    said = sent[0].get_content()
    assert all(words in said for words in ("newest backup is of", "database is damaged", "Texting is paused (staff)"))
    with time_machine.travel(now + timedelta(hours=76), tick=False):
        round_of(work, started)
    assert len(sent) == 4


def test_the_worker_starts_the_very_command(committed_app: Flask, started: Started) -> None:
    from tests.databases import environment_of

    settings = committed_app.config["SETTINGS"]
    work = NightWork(committed_app)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment_of(settings).items():
            patched.setenv(name, value)
        work()
    assert work._running is not None and work._running.wait(60) == 0
    (made,) = settings.backup_folder.iterdir()
    assert backup.check_backup(settings, made).rows["audit_entry"] == 0


def test_web_processes_say_once_that_the_worker_is_gone_and_it_says_that_the_server_is(
    committed_app: Flask, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(mailing, "send", lambda message, _settings: sent.append(message))
    now = clock.now()
    nightly.look_after_worker(committed_app)
    with time_machine.travel(now, tick=False):
        line.record_heartbeat("worker 1")
        db.session.commit()
        nightly.look_after_worker(committed_app)
    assert sent == []
    with time_machine.travel(now + timedelta(minutes=11), tick=False):
        for _each_process in range(2):
            nightly.look_after_worker(committed_app)
    assert [message["To"] for message in sent] == ["a@x.org", "b@x.org"]
    assert "No worker has worked since" in sent[0].get_content()

    server = ServerWatch(committed_app.config["SETTINGS"].model_copy(update={"public_url": "https://127.0.0.1:9"}))
    assert server() is None
    assert "web server doesn't answer" in (server() or "")
