"""`.env.example` explains every setting and invents none."""

import re
import stat
from pathlib import Path

import pytest

from intake.config import Settings, SettingsIncomplete, read_settings
from intake.dev.runner.practices import LocalPractice

TOP = Path(__file__).resolve().parents[2]
LINE = re.compile(r"^(?:# )?([A-Z][A-Z_]+)=(.*)$", re.MULTILINE)


def test_the_example_names_every_setting_and_no_other() -> None:
    named = {name for name, _ in LINE.findall((TOP / ".env.example").read_text())}

    assert named == {name.upper() for name in Settings.model_fields}


def test_defaults_in_the_example_are_those_of_the_code() -> None:
    shown = dict(re.findall(r"^# ([A-Z][A-Z_]+)=(.+)$", (TOP / ".env.example").read_text(), re.MULTILINE))
    required = {"database_url": "sqlite:////x", "database_key": "k", "secret_key": "s" * 32}
    as_shown = Settings(_env_file=None, **required, **{name.lower(): value for name, value in shown.items()})

    assert as_shown == Settings(_env_file=None, **required)


def test_a_missing_secret_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_KEY", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(SettingsIncomplete) as refused:
        read_settings(_env_file=None)

    assert "SECRET_KEY is not set; see .env.example" in str(refused.value)
    assert "DATABASE_URL is not set" in str(refused.value)


def test_one_database_for_the_pages_and_another_for_the_worker_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////x")
    monkeypatch.setenv("DATABASE_KEY", "k")
    monkeypatch.setenv("SECRET_KEY", "s" * 32)
    monkeypatch.setenv("WEB_DATABASE_URL", "postgresql://intake_web@localhost/intake")

    with pytest.raises(SettingsIncomplete, match="WEB_DATABASE_URL must be empty beside the embedded database"):
        read_settings(_env_file=None)


def test_keys_of_a_local_practice_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    practice = LocalPractice("practice", tmp_path / "var" / "practice")

    first, second = practice.settings(), practice.settings()

    assert first == second
    assert len(first["DATABASE_KEY"]) == len(first["SECRET_KEY"]) == 64
    assert first["DATABASE_KEY"] != first["SECRET_KEY"]
    mode = stat.S_IMODE((practice.folder / "keys.env").stat().st_mode)
    assert mode == 0o600
    assert stat.S_IMODE(practice.folder.stat().st_mode) == 0o700
