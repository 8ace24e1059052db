"""A copy taken while people work opens, counts the same, stays ciphertext, and texts nobody once restored."""

import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from intake import create_app
from intake.db import db
from intake.directory.models import Patient
from intake.sms.queue import line
from intake.web.ops import backup
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
