"""Mutants: what is changed, what is left alone, and that a module comes back as it was."""

import ast
from pathlib import Path

import pytest

from intake.dev.runner.mutants import TESTS, Copy, chosen_tests
from intake.dev.runner.mutations import Mutation, mutations
from intake.dev.runner.practices import TOP


def changed(source: str) -> set[str]:
    return {each.source for each in mutations(source)}


@pytest.mark.parametrize(
    ("source", "mutants"),
    [
        ("a = b < c", {"a = b <= c", "a = b >= c"}),
        ("a = b == c", {"a = b != c"}),
        ("a = b in c", {"a = b not in c"}),
        ("a = b and c", {"a = b or c"}),
        ("a = b + c", {"a = b - c"}),
        ("a = not b", {"a = b"}),
        ("a = -b", {"a = b"}),
        ("a = 7", {"a = 8"}),
        ("a = True", {"a = False"}),
        ("a = 'x'", {"a = 'XXx'"}),
        ("a += b", {"pass", "a -= b"}),
        ("send(a)", {"pass"}),
        ("a = any(b)", {"a = all(b)"}),
        ("a = [b for b in c if b]", {"a = [b for b in c if not b]"}),
        ("if a:\n    raise b", {"if not a:\n    raise b", "if a:\n    pass"}),
        ("for a in b:\n    break", {"for a in b:\n    continue"}),
        ("def a():\n    return b", {"def a():\n    return None"}),
    ],
)
def test_each_standard_change_is_made(source: str, mutants: set[str]) -> None:
    assert changed(source) == mutants


@pytest.mark.parametrize(
    "source",
    [
        '"""About this."""',
        "import a.b",
        "from a import b",
        "a = f'b'",
        "__all__ = ['b']",
        "def a(b: 'C') -> 'D':\n    pass",
        "a = None",
    ],
)
def test_what_does_not_run_is_left_alone(source: str) -> None:
    assert changed(source) == set()


def test_every_mutant_differs_in_one_place_and_says_where() -> None:
    source = (TOP / "intake/clock.py").read_text(encoding="utf-8")
    plain = ast.unparse(ast.parse(source)).splitlines()
    found = list(mutations(source))
    assert len(found) > 10
    for each in found:
        now = each.source.splitlines()
        assert now != plain
        assert 0 < each.line <= len(source.splitlines())
        assert sum(one != other for one, other in zip(plain, now, strict=False)) <= 2 or len(now) != len(plain)


def test_every_file_that_is_tried_with_chosen_tests_is_there_with_them() -> None:
    for path, tests in TESTS.items():
        assert (TOP / path).is_file()
        assert all((TOP / test).exists() for test in tests)
    assert chosen_tests("intake/web/http/errors.py") == ("tests/web",)


def test_what_lives_on_one_database_is_tried_on_the_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("answer = 1\n")
    tried = []

    def passes(copy: Copy, tests: list[str], *, database: str, seconds: float) -> bool:
        tried.append((database, (copy.top / "module.py").read_text(), seconds))
        return database == "sqlite"

    monkeypatch.setattr(Copy, "passes", passes)
    mutation = Mutation(1, "1", "2", "answer = 2\n")

    assert not Copy(tmp_path).survives("module.py", mutation, [], seconds={"sqlite": 5, "postgresql": 9})
    assert tried == [("sqlite", "answer = 2\n", 5), ("postgresql", "answer = 2\n", 9)]
    assert (tmp_path / "module.py").read_text() == "answer = 1\n"
