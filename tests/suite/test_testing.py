"""`./dev test`: what it hands pytest is what pytest takes, and which browser it takes."""

import subprocess
import sys
from pathlib import Path

import pytest

from intake.dev.runner.practices import TOP
from intake.dev.runner.testing import on_both
from tests.browsers import find_chromium, has_window
from tests.drawing import TESTS


def test_any_room_that_was_touched_can_be_run_on_both() -> None:
    rooms = sorted(each.name for each in TESTS.iterdir() if each.is_dir())
    assert "dev" in rooms

    command = [sys.executable, "-m", "pytest", *on_both(rooms), "--database", "sqlite", "--markers"]
    asked = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)

    assert (asked.returncode, asked.stderr) == (0, "")


def test_a_chromium_without_windows_is_preferred_to_a_whole_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    found = []
    for name in ("chromium", "chromium_headless_shell-1/chrome-linux/headless_shell", "chromium-headless-shell"):
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        path = find_chromium.__wrapped__()
        assert path == str(program)
        found.append(has_window(path))

    assert found == [True, False, False]
