"""An embedded file that is gone never becomes an empty practice, and one that is replaced is there at every moment."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import func, select

from intake import create_app
from intake.config import Settings
from intake.db import db
from intake.directory.models import Patient
from intake.web.ops import backup, doctor, restore
from tests.commands import flask
from tests.databases import environment_of
from tests.making import Make

pytestmark = pytest.mark.on("sqlite")


@pytest.fixture
def practice(committed_app: Flask, make: Make) -> Settings:
    """One patient, in a file that nobody has open."""
    make.patient("Kept")
    db.session.commit()
    db.session.close()
    db.engine.dispose()
    return committed_app.config["SETTINGS"]


def patients(settings: Settings) -> int:
    with create_app(settings).app_context():
        count = db.session.scalar(select(func.count()).select_from(Patient))
        db.session.close()
        db.engine.dispose()
    return count or 0


def database_line(settings: Settings) -> doctor.Finding:
    with create_app(settings).app_context():
        return next(each for each in doctor.findings(settings, online=False) if each.name == "Database")


def test_nothing_but_an_upgrade_makes_a_file_where_there_is_none(practice: Settings) -> None:
    path = practice.database_path
    path.unlink()
    run = partial(flask, environment=environment_of(practice) | {"FLASK_APP": "wsgi.py"})
    for command in (("db", "current"), ("worker", "--once"), ("db", "backup", f"{path}.copy"), ("password-link",)):
        said = run(*command, *(["--email", "a@x.org"] if command[0] == "password-link" else []))
        assert said.returncode != 0 and f"no database at {path}" in said.stderr, said.stderr
    assert create_app(practice).test_client().get("/readyz").status_code == 503
    assert "no database at" in database_line(practice).do
    assert not path.exists()
    made = run("db", "upgrade")
    assert made.returncode == 0, made.stderr
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("empty", [False, True])
def test_what_was_set_aside_is_named_and_no_upgrade_makes_its_loss_final(practice: Settings, empty: bool) -> None:
    path = practice.database_path
    kept = path.with_name(f"{path.name}.before-restore-20261130205000")
    path.rename(kept)
    if empty:
        path.touch()
    line = database_line(practice)
    assert kept.name in line.do and "older form" not in line.says + line.do
    said = flask("db", "upgrade", environment=environment_of(practice) | {"FLASK_APP": "wsgi.py"})
    assert said.returncode != 0 and kept.name in said.stderr
    # What it says to do.
    os.system(line.do.partition("key that it had: ")[2].removesuffix("."))
    assert patients(practice) == 1


def test_an_empty_file_is_called_empty(practice: Settings) -> None:
    practice.database_path.write_bytes(b"")
    assert "is empty" in database_line(practice).do


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("step", ["flush", "_keep", "replace"])
def test_one_that_ends_half_way_leaves_the_practice_in_its_place(
    practice: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, links: bool
) -> None:
    copy = tmp_path / "copy.db"
    backup.back_up(practice, copy)

    def end(*_: Any) -> None:
        raise OSError(5, "ended here")

    def no_links(*_: Any) -> None:
        raise OSError(1, "no links here")

    with monkeypatch.context() as patched:
        if not links:
            patched.setattr(os, "link", no_links)
        if step == "replace":
            patched.setattr(Path, "replace", end)
        else:
            patched.setattr(restore, step, end)
        with pytest.raises(backup.BackupRefused):
            restore.restore(practice, copy, replace=True)
        with pytest.raises(backup.BackupRefused):
            restore.rekey(practice, SecretStr("9e" * 32))
    assert patients(practice) == 1
    folder = practice.database_path.parent
    assert not [each for each in folder.iterdir() if each.name.startswith(f"{practice.database_path.name}.")]


def test_while_a_file_is_replaced_nobody_works_on_it(practice: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "flush", lambda _path: seen.append(said()))
    run = partial(flask, environment=environment_of(practice) | {"FLASK_APP": "wsgi.py"})
    seen: list[str] = []

    def said() -> str:
        return run("db", "current").stderr

    restore.rekey(practice, SecretStr("9e" * 32))
    assert "Another process holds" in seen[0]
