"""The suite passes on any day and on any machine: no test measures seconds, none asks the machine for its date."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
# What is measured in seconds is measured in bench/; tests count steps (tests/steps.py).
STOPWATCHES = {"perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "thread_time", "monotonic_ns"}
# The one clock is intake.clock, which tests move with time_machine.
OTHER_CLOCKS = {"today", "utcnow"}


def files() -> list[Path]:
    return [path for path in sorted(TESTS.rglob("*.py")) if path != Path(__file__).resolve()]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_holds_a_stopwatch_or_asks_for_todays_date(path: Path) -> None:
    found = [
        f"line {node.lineno}: {node.attr}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in STOPWATCHES | OTHER_CLOCKS
    ]
    assert found == []


def test_waiting_is_bounded_by_patience_alone() -> None:
    """A deadline keeps a run from hanging; it is so long that no slow machine reaches it."""
    bounds = [
        (str(path.relative_to(TESTS)), ast.unparse(node))
        for path in files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.BinOp, ast.Compare)) and "monotonic()" in ast.unparse(node)
    ]
    own = {"deadline", "PATIENCE_SECONDS", "START_SECONDS"}
    assert [bound for bound in bounds if not any(name in bound[1] for name in own)] == []
