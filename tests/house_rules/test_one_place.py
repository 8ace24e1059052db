"""What stands in one place is asked for there: no name of a page, table or outcome that may silently go stale."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

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
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare)
        and any(isinstance(each, ast.In | ast.NotIn) for each in node.ops)
        and any("view_functions" in ast.unparse(each) for each in node.comparators)
    ]

    assert not asking, "\n".join(asking)


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
