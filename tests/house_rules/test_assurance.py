"""docs/assurance.md names the test that shows each promise; none of them may quietly go away."""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def test_every_test_that_the_assurance_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (TOP / "docs/assurance.md").read_text()))
    defined = {
        name for path in (TOP / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }

    assert len(named) > 30
    assert named - defined == set()
