"""A slice of `./dev bench offline_tablets`: networks cut, requests broken off, browsers killed."""

import pytest

from bench._tablets import tablet_practice
from bench.offline_tablets import run


@pytest.mark.browser
@pytest.mark.on("sqlite")
def test_answers_of_tablets_without_a_connection_arrive_once_with_their_own_time(playwright, kind):
    with tablet_practice() as practice:
        figures = run(practice, playwright, answers=4, tablets=2, seed=5)

    assert figures["holds"], figures
