"""What stands in one place is asked for there: no name of a page, table or outcome that may silently go stale."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from intake.db import Base
from intake.survey.outcomes import DOORS, OUTCOMES, WITHOUT_SOURCE

TOP = Path(__file__).resolve().parents[2]
CODE = sorted((TOP / "intake").rglob("*.py"))
TEMPLATES = sorted((TOP / "templates").rglob("*.html"))
LINKS = re.compile(r"""url_for\(\s*["']([\w.]+)["']""")


def place_of(path: Path, number: int) -> str:
    return f"{path.relative_to(TOP)}:{number}"


def test_no_page_asks_whether_another_is_there_by_its_name() -> None:
    """A page renamed would be left out in silence; `url_for` fails loudly."""
    asking = [
        place_of(path, node.lineno)
        for path in CODE
        if "view_functions" in (text := path.read_text())
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Compare)
        and any(isinstance(each, ast.In | ast.NotIn) for each in node.ops)
        and any("view_functions" in ast.unparse(each) for each in node.comparators)
    ]

    assert not asking, "\n".join(asking)


def test_the_day_of_a_moment_is_that_of_a_calendar_on_a_wall() -> None:
    """In UTC an evening in the United States is tomorrow: `clock.clinic_day` knows, and the filters of days."""
    tomorrow = re.compile(r"_at\.date\(\)")
    found = [
        place_of(path, number)
        for path in (*CODE, *TEMPLATES)
        # A carrier's own days are in UTC.
        if "fake_carrier" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if tomorrow.search(line)
    ]

    assert not found, "\n".join(found)


@pytest.mark.on("sqlite")
def test_every_link_leads_to_a_page_that_is_there(app: Flask) -> None:
    lost = [
        f"{path.relative_to(TOP)}: {endpoint}"
        for path in (*CODE, *TEMPLATES)
        # The fake carrier is a service of its own.
        if TOP / "intake" / "dev" not in path.parents
        for endpoint in LINKS.findall(path.read_text())
        if endpoint not in app.view_functions
    ]

    assert not lost, "\n".join(lost)


# The same words for something else: a role, where somebody agreed to texts.
OTHERWISE = {
    ("records.py", '"Front desk"'),
    ("texting_views.py", '"at the desk"'),
    ("texting_views.py", '"on the tablet"'),
}
# After these words a table stands in SQL that is written out.
READS = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)")
BY_NAME = re.compile(r"""(?:tables\[|Table\(|\btable\()\s*["']([a-z_]+)["']""")
# Where SQL must name another room's tables, and why.
EXCUSED = {
    # Looks through a copy that is not the database at hand, before there is an application.
    "intake/web/ops/backup.py": {
        "patient",
        "visit",
        "answer",
        "credit_entry",
        "audit_entry",
        "audit_seal",
        "line_state",
    },
    # Folds the ledger inside the database: rows that came out to be summed would be most of the work.
    "intake/attribution/rollup/refresh_sql.py": {"credit_entry", "coverage_entry"},
    "intake/attribution/verify/rollups.py": {"location"},
}


def test_no_room_reads_the_tables_of_another_by_name() -> None:
    """A room asks the other one's functions, so that a table can change where it is defined."""
    owners = {mapper.local_table.name: mapper.class_.__module__.split(".")[1] for mapper in Base.registry.mappers}
    assert {"visit", "answer", "location"} <= owners.keys()
    found = {
        f"{path.relative_to(TOP)} names {table} of {owners[table]}"
        for path in CODE
        if path.relative_to(TOP).parts[1] != "dev"
        for table in _tables_named(path)
        if table in owners and owners[table] != path.relative_to(TOP).parts[1]
        if table not in EXCUSED.get(str(path.relative_to(TOP)), ())
    }

    assert not found, "\n".join(sorted(found))


def _tables_named(path: Path) -> Iterator[str]:
    text = path.read_text()
    yield from BY_NAME.findall(text)
    if not READS.search(text):
        return
    tree = ast.parse(text)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield from READS.findall(node.value)


def test_outcomes_and_doors_are_called_something_in_one_place_only() -> None:
    words = {each for outcome in WITHOUT_SOURCE for each in (OUTCOMES[outcome].label, OUTCOMES[outcome].said)}
    words |= {f'"{each}"' for door in DOORS.values() for each in (door.through, door.label) if " " in each}
    elsewhere = [
        f"{path.relative_to(TOP)} says {word}"
        for path in (*CODE, *TEMPLATES)
        if path.name != "outcomes.py"
        for word in words
        if word in path.read_text() and (path.name, word) not in OTHERWISE
    ]

    assert not elsewhere, "\n".join(sorted(elsewhere))
