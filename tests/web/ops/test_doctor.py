"""`flask doctor` names what an operator can set right, and what to do; nothing in it is anybody's data."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr

from intake.config import Settings
from intake.db import db, writing
from intake.sms.queue import line
from intake.web.ops import doctor, integrity, nightly, notes, readiness
from intake.web.ops.file_systems import network_file_system

KEYS = {"SECRET_KEY": "0123456789abcdef" * 4, "DATABASE_KEY": "fedcba9876543210" * 4}
MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 22 0:45 / /mnt/nas rw,relatime - nfs4 10.0.0.2:/export rw,vers=4.2
32 22 0:46 / /mnt/front\040desk rw - cifs //server/share rw
33 31 8:2 / /mnt/nas/local rw - xfs /dev/sdb1 rw
34 22 0:47 / /srv/home rw - fuse.sshfs host:/home rw
35 22 0:48 / /srv/wsl rw - 9p drvfs rw
36 22 0:49 / /srv/desktop rw - fakeowner /run/host_mark/Users rw
37 22 0:50 / /srv/containers rw - overlay overlay rw
38 22 0:51 / /srv/containers/ours rw - fuse.fuse-overlayfs fuse-overlayfs rw
"""


def settings_of(app: Flask, **changes: Any) -> Settings:
    sound = {
        "public_url": "https://intake.example.org",
        "trusted_proxies": 1,
        "secret_key": SecretStr(KEYS["SECRET_KEY"]),
        "database_key": SecretStr(KEYS["DATABASE_KEY"]),
    }
    return app.config["SETTINGS"].model_copy(update=sound | changes)


def found(settings: Settings, *, online: bool = False) -> dict[str, tuple[str, str]]:
    return {each.name: (each.state, each.says) for each in doctor.findings(settings, online=online)}


@pytest.mark.both
def test_a_sound_practice_has_nothing_wrong(committed_app: Flask, tmp_path: Path) -> None:
    settings = settings_of(committed_app, backup_folder=tmp_path / "backups", spool_folder=tmp_path)
    line.record_heartbeat("worker:1")
    db.session.commit()
    nightly.back_up(committed_app.config["SETTINGS"], tmp_path / "backups" / "intake-20260512-020000.db")
    assert integrity.damage() == ""
    states = {name: state for name, (state, _) in found(settings).items()}
    assert states.pop("Settings") in (doctor.GOOD, doctor.UNSURE)
    # The server of the tests may lose everything, and says so.
    states.pop("Durability", None)
    assert doctor.BAD not in states.values(), states
    assert {states[name] for name in ("Keys", "Database", "Backups", "Damage", "Worker", "Backups folder")} == {"good"}


def test_a_setting_that_is_misspelt_or_stands_twice_is_named(
    committed_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text('BACKUP_FOLDR=/srv\nexport SMPT_HOST="mail"\nLINK_DAYS=3\nLINK_DAYS=5\nPOSTGRES_PASSWORD=x\n')
    file.chmod(0o600)
    monkeypatch.setattr(doctor, "ENV_FILE", file)
    monkeypatch.setenv("LOGLEVEL", "debug")
    state, says = found(settings_of(committed_app))["Settings"]
    assert (state, says.count(".")) == (doctor.BAD, 3)
    for each in ("BACKUP_FOLDR is no setting; BACKUP_FOLDER is", "SMPT_HOST", "LINK_DAYS stands"):
        assert each in says
    # In the environment it may be another program's.
    file.write_text("LINK_DAYS=5\n")
    state, says = found(settings_of(committed_app))["Settings"]
    assert state == doctor.UNSURE and "LOGLEVEL is no setting; LOG_LEVEL is" in says


@pytest.mark.on("postgresql")
def test_a_wall_whose_role_cannot_sign_in_does_not_stand(committed_app: Flask) -> None:
    settings = settings_of(committed_app)
    nobody = settings.database_url.replace("//intake@", "//nobody_here:wrong@")
    state, says = found(settings.model_copy(update={"web_database_url": nobody}))["Second wall"]
    assert state == doctor.BAD and "Web processes can't work" in says


@pytest.mark.both
def test_what_is_wrong_is_named(committed_app: Flask, tmp_path: Path) -> None:
    settings = settings_of(
        committed_app,
        public_url="http://intake.example.org",
        database_key=SecretStr(KEYS["SECRET_KEY"]),
        backup_folder=tmp_path / "backups",
    )
    with writing(), db.engine.begin() as connection:
        notes.note(connection, "integrity", "damaged")
        notes.note(connection, "backup_try", "failed")
    states = found(settings)
    for name in ("Address", "Keys", "Backups", "Damage", "Worker"):
        assert states[name][0] == doctor.BAD, (name, states[name])


def test_the_command_ends_with_1_and_speaks_json(committed_app: Flask) -> None:
    run = committed_app.test_cli_runner()
    said = run.invoke(args=["doctor", "--offline"])
    assert (said.exit_code, "WRONG  Worker: None has been seen" in said.output) == (1, True)
    assert {each["name"] for each in json.loads(run.invoke(args=["doctor", "--offline", "--json"]).output)} >= {"Keys"}


def test_a_database_that_cannot_be_worked_with_is_the_one_thing_said(
    committed_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from intake import database_faults

    monkeypatch.setattr(readiness, "database_fault", lambda: database_faults.POOLER)
    states = found(settings_of(committed_app))
    assert states["Database"] == (doctor.BAD, "It can't be worked with (pooler).")
    assert "Backups" not in states


@pytest.mark.parametrize("mail", ["127.0.0.1", "mail.invalid"])
def test_a_mail_server_that_is_away_is_said(committed_app: Flask, mail: str) -> None:
    changes = {"smtp_host": mail, "smtp_port": 1, "mail_from": "a@example.org", "public_url": "http://localhost"}
    assert found(settings_of(committed_app, **changes), online=True)["Mail"][0] == doctor.BAD


@pytest.mark.parametrize(
    ("path", "network"),
    [
        ("/var/lib/intake/intake.db", ""),
        ("/mnt/nas/intake.db", "nfs4"),
        ("/mnt/nas/local/intake.db", ""),
        ("/mnt/nasty/intake.db", ""),
        ("/mnt/front desk/intake.db", "cifs"),
        ("/srv/home/me/intake.db", "fuse.sshfs"),
        ("/srv/wsl/intake.db", "9p"),
        ("/srv/desktop/intake.db", "fakeowner"),
        ("/srv/containers/intake.db", ""),
        ("/srv/containers/ours/intake.db", ""),
    ],
)
def test_a_network_drive_is_known_by_its_mount(path: str, network: str) -> None:
    assert network_file_system(Path(path), MOUNTS) == network


@pytest.mark.on("sqlite")
def test_a_file_on_a_network_drive_makes_it_unready(committed_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "network_file_system", lambda _path: "nfs4")
    assert committed_app.test_client().get("/readyz").status_code == 503
    assert found(settings_of(committed_app))["Database"] == (doctor.BAD, "It can't be worked with (network_drive).")
