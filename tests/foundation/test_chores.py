"""Chores that the worker does rarely, and at once again while much is left."""

from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace

import pytest

from intake import chores


def test_a_chore_waits_after_each_try_unless_much_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0
    tries: list[int] = []
    monkeypatch.setattr(chores, "time", SimpleNamespace(monotonic=lambda: now))
    outcomes: Iterator[int | OSError] = iter([5, 2, 0, OSError("away"), 5])

    def work() -> int:
        tries.append(now)
        done = next(outcomes)
        if isinstance(done, OSError):
            raise done
        return done

    chore = chores.every(10, work, while_done=5)
    for now in range(50):  # noqa: B007 - read by `work`
        with suppress(OSError, StopIteration):
            chore()

    assert tries == [0, 1, 11, 21, 31, 32, 42]
