"""docs/asvs.csv: every requirement of OWASP ASVS 5.0 that is asked of this service, and tests that exist."""

import csv
import re
from collections import Counter
from pathlib import Path

from tests.house_rules.test_docs import TOP, _tests

# How many of each section are of level 1 and 2: the first ones of it. V17 is about WebRTC, and of V10 only what
# concerns a client of single sign-on is asked.
ASKED = (
    "V1: 2 9 11 3 2; V2: 3 3 4 1; V3: 0 2 4 6 5 0 2; V4: 3 1 2 4; V5: 1 3 2 3; V6: 3 12 4 4 5 3 0 4; V7: 3 4 2 5 2 2;"
    "V8: 2 3 1 1; V9: 3 4; V10: 2 2 0 0 5; V11: 2 3 3 4 1 1; V12: 3 2 4; V13: 1 5 2 5; V14: 2 4 3; V15: 3 3 7;"
    "V16: 1 5 4 3 3"
)
STATES = {"met", "partly", "not met", "n/a"}


def _rows() -> list[dict[str, str]]:
    with (TOP / "docs" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_requirement_of_the_standard_has_one_row() -> None:
    asked = [
        f"{chapter}.{section}.{number}"
        for chapter, counts in re.findall(r"(V\d+): ([\d ]+)", ASKED)
        for section, count in enumerate(counts.split(), start=1)
        for number in range(1, int(count) + 1)
    ]
    rows = _rows()

    assert [row["id"] for row in rows] == asked
    assert len(asked) == 226
    assert {row["level"] for row in rows} == {"1", "2"}


def test_every_row_says_how_and_names_what_is_there() -> None:
    tests = _tests()
    wrong = []
    for row in _rows():
        named = row["shown_by"].split()
        missing = [each for each in named if each not in tests and not (TOP / each).exists()]
        if row["state"] not in STATES or not row["how"] or not row["requirement"] or missing:
            wrong.append((row["id"], missing))

    assert wrong == []
    # What is met and neither shown by a test nor by a file is a plain fact of how the service is made.
    unshown = [row["id"] for row in _rows() if row["state"] == "met" and not row["shown_by"]]
    assert len(unshown) <= 10, unshown


def test_the_document_says_how_many_are_met() -> None:
    counted = Counter(row["state"] for row in _rows())
    said = (TOP / "docs" / "security.md").read_text(encoding="utf-8")

    numbers = (counted["met"], counted["partly"], counted["not met"], counted["n/a"])
    assert "{} are met, {} partly, {} not, {} don't apply".format(*numbers) in said, numbers


def test_what_the_document_says_of_passwords_is_so() -> None:
    said = (TOP / "docs" / "security.md").read_text(encoding="utf-8")
    size = Path(TOP / "intake" / "accounts" / "auth" / "known_passwords.bin").stat().st_size
    assert f"{size // 4:,} passwords" in said
