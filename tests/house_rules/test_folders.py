"""A stranger finds the folder and the name: no folder is too full, and a class name means one class."""

import ast
from collections import defaultdict
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MOST_FILES = 16
# What a folder's docstring says of itself when it must hold more.
REASON = "in one folder because"
# Nobody reads these as a list: what others made, what is numbered, what is fetched by its name.
APART = {"static", "vendor", "__pycache__"}


def test_no_folder_holds_more_files_than_can_be_taken_in_at_once() -> None:
    full = {
        str(folder.relative_to(TOP)): count
        for top in ("intake", "templates", "tests")
        for folder in (TOP / top, *(TOP / top).rglob("*"))
        if folder.is_dir() and not APART & set(folder.relative_to(TOP).parts)
        if (count := sum(1 for each in folder.iterdir() if each.is_file())) > MOST_FILES and not _says_why(folder)
    }

    assert full == {}


def _says_why(folder: Path) -> bool:
    package = folder / "__init__.py"
    return package.exists() and REASON in (ast.get_docstring(ast.parse(package.read_text(encoding="utf-8"))) or "")


def test_a_class_name_stands_once() -> None:
    """Whoever searches for it finds one; a class within another belongs to that one."""
    places = defaultdict(list)
    for path in sorted((TOP / "intake").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(TOP)}:{node.lineno}")

    assert {name: found for name, found in places.items() if len(found) > 1} == {}
