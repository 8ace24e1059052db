"""A copy taken while people work opens, counts the same, stays ciphertext, and texts nobody once restored."""

import errno
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import func, select

from intake import create_app
from intake.config import Settings
from intake.db import db, open_embedded
from intake.directory.models import Patient
from intake.sms.queue import line
from intake.web.ops import backup, restore
from intake.web.ops.backup import opened_file
from tests.databases import readable_without_key, settings_for
from tests.making import Make

CANARY = "Zephyrqanary"


# Both kinds, and restoring: test_restore.py.
pytestmark = pytest.mark.on("sqlite")


def test_a_copy_taken_while_people_write_is_whole_and_restores(
    committed_app: Flask, make: Make, tmp_path: Path
) -> None:
    make.visit(patient=make.patient(CANARY))
    db.session.commit()
    settings = committed_app.config["SETTINGS"]
    stop = threading.Event()
    written = []

    def keep_writing() -> None:
        with committed_app.app_context():
            while not stop.is_set():
                make.patient()
                db.session.commit()
                written.append(1)

    desk = threading.Thread(target=keep_writing)
    desk.start()
    try:
        copies = [backup.back_up(settings, tmp_path / f"copy-{number}.db") for number in range(3)]
    finally:
        stop.set()
        desk.join()

    assert written
    assert all(1 <= copy.rows["patient"] <= 1 + len(written) for copy in copies)
    assert copies[0].rows["patient"] <= copies[2].rows["patient"]
    restored = create_app(settings_for(f"sqlite:///{tmp_path / 'copy-2.db'}"))
    with restored.app_context():
        assert db.session.scalar(select(func.count()).select_from(Patient)) == copies[2].rows["patient"]
        assert db.session.scalar(select(func.count()).where(Patient.first_name == CANARY)) == 1
        assert line.is_paused()
        db.engine.dispose()
    assert not line.is_paused()


def test_a_copy_in_many_steps_ends_though_another_process_writes_between_any_two(
    committed_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = committed_app.config["SETTINGS"]
    desk, source = open_embedded(settings), open_embedded(settings)
    steps: list[int] = []

    def write(_state: int, left: int, _all: int) -> None:
        steps.append(left)
        assert len(steps) < 500, "it begins again and again"
        desk.execute("UPDATE role SET description = description || '.'")

    class Stepwise:
        execute, close = source.execute, source.close

        def backup(self, copy: Any, *, pages: int, sleep: float) -> None:
            source.backup(copy, pages=20, progress=write)

    monkeypatch.setattr(backup, "open_embedded", lambda _settings: Stepwise())
    backup.back_up(settings, tmp_path / "copy.db")
    assert len(steps) > 5 and steps == sorted(steps, reverse=True)
    desk.close()


def test_a_file_that_cannot_be_written_is_said(
    committed_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(settings: Settings) -> Any:
        raw = open_embedded(settings)
        raw.execute("PRAGMA query_only = ON")
        return raw

    monkeypatch.setattr(backup, "open_embedded", read_only)
    with pytest.raises(backup.BackupRefused, match="can be read but not written"):
        backup.back_up(committed_app.config["SETTINGS"], tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_called_full_wherever_it_is(
    committed_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = committed_app.config["SETTINGS"]
    backup.back_up(settings, tmp_path / "copy.db")

    @contextmanager
    def full(path: Path, key: SecretStr) -> Iterator[Any]:
        with opened_file(path, key) as raw:
            raw.execute("PRAGMA max_page_count = 5")
            yield raw

    def no_room(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(backup, "opened_file", full)
        with pytest.raises(backup.BackupRefused, match=f"disk of {tmp_path} is full"):
            backup.back_up(settings, tmp_path / "other.db")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", no_room)
        with pytest.raises(backup.BackupRefused, match=f"disk of {tempfile.gettempdir()} is full"):
            restore.restore(settings, tmp_path / "copy.db", replace=True)
    with monkeypatch.context() as patched:
        patched.setattr(restore, "flush", no_room)
        with pytest.raises(backup.BackupRefused, match=f"disk of {settings.database_path.parent} is full"):
            restore.restore(settings, tmp_path / "copy.db", replace=True)


def test_what_a_killed_copy_left_is_cleared_after_a_day(
    committed_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    day_old = time.time() - 25 * 3600
    for name in ("old.db.part", "young.db.part", "notes.part", "intake-restore-old", "intake-restore-young"):
        (tmp_path / name).mkdir() if "restore" in name else (tmp_path / name).touch()
        if "young" not in name:
            os.utime(tmp_path / name, (day_old, day_old))
    settings = committed_app.config["SETTINGS"]
    backup.back_up(settings, tmp_path / "copy.db")
    restore.restore(settings, tmp_path / "copy.db", replace=True)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"copy.db", "young.db.part", "notes.part", "intake-restore-young"}


def test_a_stolen_copy_tells_nothing(committed_app: Flask, make: Make, tmp_path: Path) -> None:
    make.patient(CANARY)
    db.session.commit()

    backup.back_up(committed_app.config["SETTINGS"], tmp_path / "copy.db")

    assert [path.name for path in tmp_path.iterdir()] == ["copy.db"]
    assert CANARY.encode() not in (tmp_path / "copy.db").read_bytes()
    assert not readable_without_key(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


def test_an_older_copy_is_never_overwritten(committed_app: Flask, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"older")

    with pytest.raises(backup.BackupRefused, match="already there"):
        backup.back_up(committed_app.config["SETTINGS"], tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_bytes() == b"older"


def test_a_folder_that_is_not_there_is_said_and_nothing_is_left(committed_app: Flask, tmp_path: Path) -> None:
    with pytest.raises(backup.BackupRefused, match="can't be written"):
        backup.back_up(committed_app.config["SETTINGS"], tmp_path / "nowhere" / "copy.db")


@pytest.mark.parametrize("place", [100, 5000, -3000])
def test_one_wrong_byte_in_a_copy_is_found(committed_app: Flask, make: Make, tmp_path: Path, place: int) -> None:
    for _ in range(50):
        make.patient()
    db.session.commit()
    path = tmp_path / "copy.db"
    backup.back_up(committed_app.config["SETTINGS"], path)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)

    with pytest.raises(backup.BackupRefused):
        backup.check_backup(committed_app.config["SETTINGS"], path)


def test_another_key_does_not_open_a_copy(committed_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    backup.back_up(committed_app.config["SETTINGS"], path)

    with pytest.raises(backup.BackupRefused, match="another key"):
        backup.check_backup(settings_for("sqlite:////nowhere/x.db", database_key="77" * 32), path)


def test_the_command_says_what_the_copy_holds(committed_app: Flask, make: Make, tmp_path: Path) -> None:
    make.patient()
    db.session.commit()
    runner = committed_app.test_cli_runner()

    made = runner.invoke(args=["db", "backup", str(tmp_path / "copy.db")])
    looked = runner.invoke(args=["db", "verify-backup", str(tmp_path / "copy.db")])
    again = runner.invoke(args=["db", "backup", str(tmp_path / "copy.db")])

    assert made.exit_code == looked.exit_code == 0
    assert "patient     1 rows" in made.output
    assert looked.output.splitlines()[1:] == made.output.splitlines()[1:]
    assert again.exit_code == 1
    assert "already there" in again.output
