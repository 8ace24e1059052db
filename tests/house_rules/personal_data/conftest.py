"""Everything that a role can open, opened once by it for all the tests that look at it."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask import Flask

from intake.accounts.models import RoleName
from tests.clients import Client
from tests.house_rules.personal_data.canaries import canary_world
from tests.house_rules.personal_data.opened import Opened, open_all
from tests.house_rules.routes import World
from tests.making import Make


@pytest.fixture
def committed_world(committed_app: Flask, make: Make) -> Iterator[World]:
    """On a database of its own: a look is committed by itself, whatever becomes of the request."""
    yield from canary_world(make)


@pytest.fixture
def new_client(committed_app: Flask) -> Callable[[], Client]:
    """new_client() comes to that database."""

    def made() -> Client:
        client = committed_app.test_client()
        address = committed_app.config["SETTINGS"].public_url
        client.open = partial(client.open, base_url=address)  # type: ignore[method-assign]
        return client  # type: ignore[return-value]

    return made


@pytest.fixture(scope="session")
def _all_opened() -> dict[str, list[Opened]]:
    return {}


@pytest.fixture
def opened(
    role: RoleName, kind: str, _all_opened: dict[str, list[Opened]], request: pytest.FixtureRequest
) -> list[Opened]:
    """Everything that this role can open, what only reads first."""
    key = f"{role} {kind}"
    if key not in _all_opened:
        app, world, new_client = (
            request.getfixturevalue(name) for name in ("committed_app", "committed_world", "new_client")
        )
        _all_opened[key] = list(open_all(app, world, new_client(), role))
    return _all_opened[key]
