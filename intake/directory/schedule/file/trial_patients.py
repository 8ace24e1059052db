"""Patients who are called as only those are that a system is tried with."""

import re
from collections.abc import Sequence

from intake.directory.name_keys import normal
from intake.directory.schedule.file.schedule_row import ScheduleRow

_TEST_PATIENT = re.compile(
    r"((z{2,}|x{2,}) ?)?(test|patient|pt|dummy|demo|fake|sample|training|tester|testing)s?\d*( [a-z]|\d+)*"
)
# Words that no real name holds, and a surname that is hardly one.
_TEST_WORDS = re.compile(
    r"\b([zx]{2,}(test|patient|pt|dummy|demo)\w*|z{2,}|x{3,}|test ?patient|patient test)\b|"
    r"\bdo not (use|book|schedule)\b|\bdnu\b| test(ing)?$"
)


def trial_patients(rows: Sequence[ScheduleRow]) -> dict[str, list[int]]:
    """Their names, with the rows that name them."""
    found: dict[str, list[int]] = {}
    for row in rows:
        name = f"{row.first_name} {row.last_name}".strip()
        plain, last = normal(name), normal(row.last_name)
        if all(map(_TEST_PATIENT.fullmatch, plain.split())) or _TEST_WORDS.search(plain) or last in ("test", "testing"):
            found.setdefault(name, []).append(row.row)
    return found
