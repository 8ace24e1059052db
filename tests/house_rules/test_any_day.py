"""The suite passes on any day and on any machine: no test measures seconds, none asks the machine for its date."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
# What is measured in seconds is measured in bench/; tests count steps (tests/steps.py).
STOPWATCHES = {"perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "thread_time", "monotonic_ns"}
# The one clock is intake.clock, which tests move with time_machine.
OTHER_CLOCKS = {"today", "utcnow"}


def parts_of_tests(*names: str) -> Iterator[tuple[str, ast.AST]]:
    """Each part of the tests' code, with its file; of those files that hold one of the names."""
    for path in sorted(TESTS.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path != Path(__file__).resolve() and any(name in text for name in names):
            for node in ast.walk(ast.parse(text)):
                yield str(path.relative_to(TESTS)), node


def test_no_test_holds_a_stopwatch_or_asks_for_todays_date() -> None:
    names = STOPWATCHES | OTHER_CLOCKS
    found = [
        f"{file}, line {node.lineno}: {node.attr}"
        for file, node in parts_of_tests(*names)
        if isinstance(node, ast.Attribute) and node.attr in names
    ]
    assert found == []


def test_waiting_is_bounded_by_patience_alone() -> None:
    """A deadline keeps a run from hanging; it is so long that no slow machine reaches it."""
    bounds = [
        (file, ast.unparse(node))
        for file, node in parts_of_tests("monotonic")
        if isinstance(node, (ast.BinOp, ast.Compare)) and "monotonic()" in ast.unparse(node)
    ]
    own = {"deadline", "PATIENCE_SECONDS", "START_SECONDS"}
    assert [bound for bound in bounds if not any(name in bound[1] for name in own)] == []
