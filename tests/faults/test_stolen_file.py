"""A stolen front-desk PC: the embedded database's file, its write-ahead log and a copy of it tell nothing."""

import sqlite3
from pathlib import Path

import pytest
import sqlcipher3.dbapi2
from flask import Flask

from intake import create_app
from intake.config import Settings
from intake.db import db, open_embedded
from intake.directory.models import Patient
from tests.databases import settings_for
from tests.making import Make

# PostgreSQL's files are encrypted by the machine they live on, not by Intake.
pytestmark = pytest.mark.on("sqlite")
CANARY = "Quetzalcoatl-Featherstonehaugh"


@pytest.fixture
def holding_a_name(committed_app: Flask, make: Make) -> Settings:
    settings: Settings = committed_app.config["SETTINGS"]
    make.patient(CANARY, CANARY, mobile_e164="+15185550142")
    db.session.commit()
    return settings


def files_of(settings: Settings) -> list[Path]:
    path = settings.database_path
    return [path, *path.parent.glob(path.name + "-*")]


def test_no_file_holds_a_name_or_a_number_in_the_clear(holding_a_name: Settings) -> None:
    written = b"".join(path.read_bytes() for path in files_of(holding_a_name))

    assert len(written) > 100_000
    assert CANARY.encode() not in written
    assert CANARY.encode("utf-16-le") not in written
    assert b"+15185550142" not in written
    assert b"CREATE TABLE" not in written


def test_the_write_ahead_log_was_looked_at_while_it_held_the_name(holding_a_name: Settings) -> None:
    log = holding_a_name.database_path.with_name(holding_a_name.database_path.name + "-wal")

    assert log.stat().st_size > 0


def test_plain_sqlite_and_a_wrong_key_open_nothing(holding_a_name: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(holding_a_name.database_path.read_bytes())

    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(copy).execute("SELECT count(*) FROM sqlite_master")
    with pytest.raises(sqlcipher3.dbapi2.DatabaseError):
        open_embedded(settings_for(f"sqlite:///{copy}", database_key="not the key"))


def test_the_right_key_opens_a_copy(holding_a_name: Settings, tmp_path: Path) -> None:
    db.session.connection().exec_driver_sql("SELECT 1")
    db.session.rollback()
    copy = tmp_path / "copy.db"
    source = open_embedded(holding_a_name)
    source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    source.close()
    copy.write_bytes(holding_a_name.database_path.read_bytes())

    app = create_app(settings_for(f"sqlite:///{copy}"))
    with app.app_context():
        assert db.session.query(Patient).filter_by(last_name=CANARY).count() == 1
        db.engine.dispose()
