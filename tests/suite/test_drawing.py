"""A usual run tries every test, most of them on one database; what differs between the two, on both."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.databases import KINDS
from tests.drawing import TESTS, drawn, shows_a_fault


def items(
    name: str, *, marks: Iterable[str] = (), cases: Iterable[str] = ("",), file: str = "capture/test_desk.py"
) -> Any:
    """A test as it was collected: each of its cases on both databases."""
    return [
        SimpleNamespace(
            nodeid=f"tests/{file}::{name}[{kind}{case}]",
            originalname=name,
            path=Path(TESTS / file),
            callspec=SimpleNamespace(params={"kind": kind}),
            get_closest_marker=lambda mark: mark in marks or None,
        )
        for kind in KINDS
        for case in cases
    ]


def kinds(chosen: Iterable[Any]) -> list[str]:
    return sorted(item.callspec.params["kind"] for item in chosen)


def test_a_test_runs_on_one_database_and_its_room_on_each() -> None:
    chosen = [kinds(drawn(items(f"test_{number}"))) for number in range(40)]
    assert all(len(each) == 1 for each in chosen)
    assert 8 < sum(each == ["sqlite"] for each in chosen) < 32


def test_the_cases_of_a_test_take_turns() -> None:
    assert kinds(drawn(items("test_it", cases=["-a", "-b", "-c", "-d"]))) == ["postgresql"] * 2 + ["sqlite"] * 2


def test_what_differs_and_what_shows_a_fault_runs_on_both() -> None:
    assert len(list(drawn(items("test_it", marks=["both"])))) == 2
    assert len(list(drawn(items("test_a_refresh_killed_at_any_moment_leaves_every_figure_exact")))) == 2
    assert len(shows_a_fault()) > 40
    # Of the table of attacks.
    assert "test_no_address_leads_anywhere_else" not in shows_a_fault()


def test_a_room_can_be_run_on_both_and_one_database_be_chosen_for_all() -> None:
    test = items("test_it")
    assert len(list(drawn(test, both_below=["capture"]))) == 2
    assert len(list(drawn(test, both_below=["sms"]))) == 1
    assert list(drawn(test[:1], only="sqlite")) == test[:1]


def test_what_takes_long_is_left_to_everything() -> None:
    assert list(drawn(items("test_it", marks=["everything", "both"]))) == []


def test_a_test_about_one_database_runs_there() -> None:
    test = items("test_it", marks=["on"])[1:]
    assert list(drawn(test)) == test
