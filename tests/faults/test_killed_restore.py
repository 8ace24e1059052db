"""Killed at any of its steps, a restore leaves what was there or what came back, whole, signed out and silent."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import Engine, event, func, inspect, select

from intake import create_app
from intake.accounts.models import PasswordLink, StaffSession
from intake.config import Settings
from intake.db import db
from intake.directory.models import Patient
from intake.sms.queue import line
from intake.web.ops.backup import back_up
from intake.web.ops.restore import restore
from tests.clients import sign_in
from tests.databases import Databases, settings_for
from tests.making import Make

BACKUP_KEY = SecretStr("b4" * 32)
STEPS = frozenset({"os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "shutil.copyfile"})


@pytest.fixture
def copy(committed_app: Flask, make: Make, tmp_path: Path) -> Path:
    """A backup taken while somebody was signed in."""
    make.patient("Kept")
    sign_in(committed_app.test_client(), make.staff())
    db.session.commit()
    place = tmp_path / "copy.db"
    committed_app.config["SETTINGS"] = committed_app.config["SETTINGS"].model_copy(update={"backup_key": BACKUP_KEY})
    back_up(committed_app.config["SETTINGS"], place)
    make.patient("Younger than the backup")
    db.session.commit()
    db.session.close()
    db.engine.dispose()
    return place


def killed_at(step: int, work: Callable[[], Any]) -> bool:
    """Do `work` in a process that is killed at its step of that number; whether it got so far."""
    child = os.fork()
    if not child:
        done = [0]

        def count(*_: Any) -> None:
            done[0] += 1
            if done[0] > step:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(lambda name, _: count() if name in STEPS else None)
        event.listen(Engine, "commit", count)
        event.listen(Engine, "begin", count)
        work()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), status
    return status != 0


def found(settings: Settings) -> int | None:
    """How many patients there are, None without tables; what came back must be silent and have nobody signed in."""
    with create_app(settings).app_context():
        patients = None
        if inspect(db.engine).has_table("patient"):
            patients = db.session.scalar(select(func.count()).select_from(Patient))
        if patients == 1:
            assert line.is_paused()
            assert not db.session.scalar(select(func.count()).where(StaffSession.ended_at.is_(None)))
            assert not db.session.scalar(select(func.count()).where(PasswordLink.used_at.is_(None)))
        db.session.close()
        db.engine.dispose()
    return patients


@pytest.mark.on("sqlite")
def test_a_restore_killed_at_any_step_leaves_the_old_file_or_the_new_one(committed_app: Flask, copy: Path) -> None:
    settings = committed_app.config["SETTINGS"]
    before, step, seen = settings.database_path.read_bytes(), 0, []
    while killed_at(step, lambda: restore(settings, copy, replace=True)):
        seen.append(found(settings))
        settings.database_path.write_bytes(before)
        step += 1
    assert found(settings) == 1
    assert set(seen) == {1, 2} and len(seen) > 8, seen


@pytest.mark.on("postgresql")
def test_one_onto_postgresql_killed_at_any_step_is_whole_or_done_again(
    committed_app: Flask, copy: Path, databases: Databases
) -> None:
    settings = settings_for(databases.new("postgresql"), backup_key=BACKUP_KEY)
    app, step, seen = create_app(settings), 0, []

    def work() -> None:
        with app.app_context():
            restore(settings, copy)

    while 1 not in seen and killed_at(step, work):
        seen.append(found(settings))
        step += 1
    assert set(seen) == {0, 1} and len(seen) > 8, seen
    databases.drop(settings.database_url)
