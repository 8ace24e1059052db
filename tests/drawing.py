"""Which tests a usual run leaves to `--everything`, and on which of the two databases the others run."""

import os
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.databases import KINDS

TESTS = Path(__file__).parent
# Set for the length of a run with `--everything`, for what is decided before there are options.
EVERYTHING = "INTAKE_TESTS_EVERYTHING"


def drawn(
    items: Sequence[pytest.Item], *, both_below: Iterable[str] = (), only: str | None = None
) -> Iterator[pytest.Item]:
    """The tests of a usual run: the long ones left out, each of the rest on the databases that conftest.py promises."""
    rooms = [TESTS / room for room in both_below]
    # Function → its cases, the database left out, by the order in which they were collected.
    cases: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for item in items:
        if item.get_closest_marker("everything"):
            continue
        kind = kind_of(item)
        if kind is None or only or is_for_both(item) or any(item.path.is_relative_to(room) for room in rooms):
            yield item
            continue
        function = item.nodeid.partition("[")[0]
        place = cases[function].setdefault(item.nodeid.replace(kind, ""), len(cases[function]))
        if KINDS[(zlib.crc32(function.encode()) + place) % 2] == kind:
            yield item


def kind_of(item: pytest.Item) -> str | None:
    """The database on which this test would run; None when it uses none or is about one alone."""
    if item.get_closest_marker("on"):
        return None
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("kind") if callspec else None


def is_for_both(item: pytest.Item) -> bool:
    return item.get_closest_marker("both") is not None or getattr(item, "originalname", "") in shows_a_fault()


@cache
def shows_a_fault() -> frozenset[str]:
    """Tests that stand in the table of faults in docs/assurance.md: what it says holds on both databases."""
    assurance = (TESTS.parent / "docs" / "assurance.md").read_text(encoding="utf-8")
    faults = assurance.partition("\n## Faults\n")[2].partition("\n## ")[0]
    return frozenset(re.findall(r"`(test_\w+)`", faults))


def everything() -> bool:
    """Whether this is a run with what takes long."""
    return bool(os.environ.get(EVERYTHING))


def examples(*, usual: int, everything: int) -> int:
    """How many examples a property is tried on in this run."""
    return everything if os.environ.get(EVERYTHING) else usual
