"""What is remembered for a moment is the same under tests as in a running service."""

import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.web import ttl_cache
from intake.web.ttl_cache import forget, remembered, worked_out_aside
from tests.making import Make

pytestmark = pytest.mark.on("sqlite")


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Seconds that have gone by."""
    seconds = [1_000.0]
    monkeypatch.setattr(ttl_cache.time, "monotonic", lambda: seconds[0])
    return seconds


@pytest.fixture
def asked() -> list[int]:
    return []


@pytest.fixture
def function(asked: list[int]) -> Any:
    @remembered(seconds=2)
    def doubled(number: int) -> int:
        asked.append(number)
        return 2 * number

    return doubled


def test_the_last_result_is_given_until_its_seconds_are_over(
    app: Flask, passing: list[float], function: Any, asked: list[int]
) -> None:
    assert [function(3), function(4), function(3)] == [6, 8, 6]
    assert asked == [3, 4]
    passing[0] += 1.9
    function(3)
    assert asked == [3, 4]
    passing[0] += 0.2
    function(3)
    assert asked == [3, 4, 3]


def test_whoever_forgets_asks_anew(app: Flask, passing: list[float], function: Any, asked: list[int]) -> None:
    function(3)
    forget()
    function(3)
    assert asked == [3, 3]


def test_what_a_test_writes_is_seen_at_once(
    session: Session, make: Make, passing: list[float], function: Any, asked: list[int]
) -> None:
    function(3)
    make.location()
    session.flush()
    function(3)
    assert asked == [3, 3]


def test_whoever_did_something_waits_for_what_has_it(app: Flask, asked: list[int]) -> None:
    @worked_out_aside(seconds=900)
    def waiting(place: int) -> int:
        asked.append(place)
        return len(asked)

    did = time.time()
    assert [waiting(3, since=did), waiting(3, since=did), waiting(3)] == [1, 1, 1]
    assert waiting(3, since=time.time()) == 2 and waiting(3) == 2
