import pytest
from flask import Flask

from tests.house_rules.routes import World, build_world
from tests.making import Make


@pytest.fixture
def world(app: Flask, make: Make) -> World:
    return build_world(make)
