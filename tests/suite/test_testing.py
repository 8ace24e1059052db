"""`./dev test`: what it hands pytest is what pytest takes."""

import subprocess
import sys

from intake.dev.runner.practices import TOP
from intake.dev.runner.testing import on_both
from tests.drawing import TESTS


def test_any_room_that_was_touched_can_be_run_on_both() -> None:
    rooms = sorted(each.name for each in TESTS.iterdir() if each.is_dir())
    assert "dev" in rooms

    command = [sys.executable, "-m", "pytest", *on_both(rooms), "--database", "sqlite", "--markers"]
    asked = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)

    assert (asked.returncode, asked.stderr) == (0, "")
