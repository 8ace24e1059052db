"""A backup of either kind of database comes back on either kind, whole, and texts nobody."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import func, select

from intake import create_app
from intake.accounts.audit import chain
from intake.accounts.models import StaffSession
from intake.config import Settings
from intake.db import Base, db
from intake.directory.models import Patient
from intake.sms.queue import line
from intake.survey.recording.record_answer import NewMention
from intake.web.ops import backup, nightly, notes
from intake.web.ops.backup import BackupRefused
from intake.web.ops.restore import rekey, restore
from tests.clients import sign_in
from tests.commands import flask
from tests.databases import KINDS, Databases, environment_of, readable_without_key, settings_for
from tests.making import Make

BACKUP_KEY = SecretStr("b4" * 32)
CANARY = "Zéphyrqanary O’Neill-Ñúñez"
# What says something about the machine or is made new when it comes back.
CHANGES = {"operation_note", "line_state", "staff_session", "password_link", "alembic_version"}


@pytest.fixture
def practice(committed_app: Flask, make: Make) -> Settings:
    """A practice with a row or two in most tables, on the database of the test."""
    here, sources = make.location("Riverside"), make.sources()
    staff, physician = make.staff(locations=[here]), make.physician()
    patient = make.patient(CANARY, "Reyes", mrn="00123")
    for day in (11, 12):
        visit = make.visit(here, patient if day == 11 else make.patient(), day=date(2026, 5, day))
        make.answer(
            visit, NewMention(sources["doctor"].id, physician_id=physician.id), verbatim="Dr. Ñ 🌿 'quoted'\t\\N"
        )
        make.reply(visit, "google\nand my sister")
    make.text(visit, state="uncertain", sent_at=None)
    make.named_friend(here)
    make.device(here)
    make.saved_view(staff)
    make.spend()
    sign_in(committed_app.test_client(), staff)
    db.session.commit()
    chain.seal_everything()
    committed_app.config["SETTINGS"] = committed_app.config["SETTINGS"].model_copy(update={"backup_key": BACKUP_KEY})
    return committed_app.config["SETTINGS"]


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Settings]:
    """An empty database of each kind, with keys of its own but for that of the backups."""
    if request.config.getoption("--database") not in (None, request.param):
        pytest.skip("on one database only")
    address = databases.blank(request.param)
    yield settings_for(address, database_key="77" * 32, backup_key=BACKUP_KEY)
    databases.drop(address)


def rows_of(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    with app.app_context():
        found = {
            table.name: [tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in Base.metadata.sorted_tables
            if table.name not in CHANGES
        }
        db.session.close()
        return found


def test_every_row_comes_back_on_either_kind_and_can_be_added_to(
    committed_app: Flask, practice: Settings, empty: Settings, tmp_path: Path
) -> None:
    before, head = rows_of(committed_app), chain.head()
    copy = tmp_path / "copy.db"
    contents = backup.back_up(practice, copy)
    assert (contents.rows["patient"], contents.audit_head) == (len(before["patient"]), head.hash)
    assert not readable_without_key(copy) and b"qanary" not in copy.read_bytes()
    assert copy.stat().st_mode & 0o077 == 0

    app = create_app(empty)
    with app.app_context():
        restored = restore(empty, copy)
        assert rows_of(app) == before
        assert chain.verify(published=[head]).broken is None
        assert chain.unprotected_tables() == []
        assert line.is_paused()
        assert db.session.scalar(select(func.count()).where(StaffSession.ended_at.is_(None))) == 0
        said = " ".join(restored.sentences)
        assert "1 uncertain" in said and "Everybody is signed out" in said
        # Numbers go on where they ended, search and the rollups work.
        make = Make()
        added = make.patient()
        db.session.commit()
        assert added.id > max(row[0] for row in before["patient"])
        verified = app.test_cli_runner().invoke(args=["totals", "verify"])
        assert verified.exit_code == 0, verified.output
        db.session.close()
        db.engine.dispose()


@pytest.mark.both
def test_nothing_is_restored_over_a_practice_or_from_what_is_not_whole(
    committed_app: Flask, practice: Settings, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    backup.back_up(practice, copy)
    with pytest.raises(BackupRefused, match="holds a practice already"):
        restore(practice, copy)
    bytes_of = bytearray(copy.read_bytes())
    bytes_of[len(bytes_of) // 2] ^= 0xFF
    (tmp_path / "damaged.db").write_bytes(bytes_of)
    (tmp_path / "half.db").write_bytes(copy.read_bytes()[: len(bytes_of) // 2])
    (tmp_path / "empty.db").touch()
    for name in ("damaged.db", "half.db", "empty.db", "none.db"):
        with pytest.raises(BackupRefused):
            restore(practice, tmp_path / name)
    other = practice.model_copy(update={"backup_key": SecretStr("c5" * 32)})
    with pytest.raises(BackupRefused, match="another key"):
        restore(other, copy)
    assert db.session.scalar(select(func.count()).where(Patient.first_name == CANARY)) == 1


@pytest.mark.on("sqlite")
def test_a_file_that_is_there_is_kept_and_one_in_use_is_left_alone(
    committed_app: Flask, practice: Settings, make: Make, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    backup.back_up(practice, copy)
    make.patient("Later")
    db.session.commit()
    # As the server or the worker.
    other = create_app(practice)
    with other.app_context():
        db.session.scalar(select(func.count()).select_from(Patient))
    with pytest.raises(BackupRefused, match="in use"):
        restore(practice, copy, replace=True)
    with other.app_context():
        db.engine.dispose()

    restored = restore(practice, copy, replace=True)

    assert db.session.scalar(select(func.count()).where(Patient.first_name == "Later")) == 0
    assert restored.kept is not None
    kept = practice.model_copy(update={"database_url": f"sqlite:///{restored.kept}"})
    with create_app(kept).app_context():
        assert db.session.scalar(select(func.count()).where(Patient.first_name == "Later")) == 1
        db.engine.dispose()


@pytest.mark.on("sqlite")
def test_a_copy_made_by_hand_is_no_backup(practice: Settings, tmp_path: Path) -> None:
    by_hand = practice.model_copy(update={"backup_key": None})
    shutil.copyfile(practice.database_path, tmp_path / "copied.db")
    with pytest.raises(BackupRefused, match="write-ahead log"):
        backup.check_backup(by_hand, tmp_path / "copied.db")
    assert [path.name for path in tmp_path.iterdir()] == ["copied.db"]
    shutil.copyfile(practice.database_path.with_name(practice.database_path.name + "-wal"), tmp_path / "copied.db-wal")
    with pytest.raises(BackupRefused, match="write-ahead log"):
        backup.check_backup(by_hand, tmp_path / "copied.db")


@pytest.mark.on("sqlite")
def test_the_key_of_the_file_is_changed_by_one_command(practice: Settings, tmp_path: Path) -> None:
    old, new = practice.database_key, SecretStr("9e" * 32)
    held = create_app(practice)
    with held.app_context():
        patients = db.session.scalar(select(func.count()).select_from(Patient))
        with pytest.raises(BackupRefused, match="in use"):
            rekey(practice, new)
        db.session.close()
        db.engine.dispose()

    kept = rekey(practice, new)

    renewed = practice.model_copy(update={"database_key": new})
    with create_app(renewed).app_context():
        assert db.session.scalar(select(func.count()).select_from(Patient)) == patients
        db.engine.dispose()
    with pytest.raises(BackupRefused, match="another key"):
        backup.check_backup(practice.model_copy(update={"backup_key": new}), kept)
    assert backup.check_backup(practice.model_copy(update={"backup_key": old}), kept).rows["patient"] == patients
    assert b"qanary" not in practice.database_path.read_bytes()


@pytest.mark.on("sqlite")
def test_the_command_takes_the_new_key_from_standard_input(practice: Settings) -> None:
    db.session.close()
    db.engine.dispose()
    environment = environment_of(practice) | {"FLASK_APP": "wsgi.py"}

    def run(key: str) -> subprocess.CompletedProcess[str]:
        return flask("db", "rekey", environment=environment, typed=key + "\n")

    assert "at least 32 characters" in run("short").stderr
    done = run("a1" * 32)
    assert (done.returncode, "Set DATABASE_KEY to it" in done.stdout) == (0, True), done.stderr
    assert "a1a1" not in done.stdout + done.stderr
    # The old one opens nothing any more.
    assert "DATABASE_KEY" in run("b2" * 32).stderr


@pytest.mark.on("postgresql")
def test_without_a_key_postgresql_is_not_backed_up(committed_app: Flask, tmp_path: Path) -> None:
    settings = committed_app.config["SETTINGS"].model_copy(update={"database_key": None})
    with pytest.raises(BackupRefused, match="BACKUP_KEY"):
        backup.back_up(settings, tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.both
def test_commands_back_up_verify_and_keep_the_newest(committed_app: Flask, practice: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    settings = practice.model_copy(update={"backup_folder": folder, "backup_keep": 2})
    folder.mkdir()
    for name in ("intake-20200101-000000.db", "intake-20200102-000000.db", "notes.txt"):
        (folder / name).write_text("older")
    environment = environment_of(settings) | {"FLASK_APP": "wsgi.py"}
    run = partial(flask, environment=environment)

    made = run("db", "backup")
    assert made.returncode == 0, made.stderr
    left = sorted(path.name for path in folder.iterdir())
    assert (len(left), left[0], left[2]) == (3, "intake-20200102-000000.db", "notes.txt")
    verified = run("db", "verify-backup", str(folder / left[1]))
    assert (verified.returncode, "is whole" in verified.stdout) == (0, True)
    assert run("db", "check-integrity").stdout == "The database is whole.\n"
    refused = run("db", "restore", str(folder / left[1]))
    assert (refused.returncode, "holds a practice already" in refused.stderr) == (1, True)
    with db.engine.connect() as connection:
        assert notes.find(connection, "backup").details["file"] == left[1]
    assert nightly.backup_alarm(settings) is None


@pytest.mark.both
def test_a_backup_comes_back_onto_what_an_installation_made(
    kind: str, practice: Settings, databases: Databases, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    rows = backup.back_up(practice, copy).rows
    address = databases.new(kind)
    fresh = settings_for(address, backup_key=BACKUP_KEY)
    run = partial(flask, environment=environment_of(fresh) | {"FLASK_APP": "wsgi.py"})
    for command in (["setup-code"], ["worker", "--once"], ["audit", "seal"], ["db", "current"]):
        run(*command)
    done = run("db", "restore", str(copy))
    assert done.returncode == 0, done.stderr
    assert f"patient     {rows['patient']:,} rows" in done.stdout
    databases.drop(address)
