"""What tests rely on, tested: isolation on both databases, tokens in forms, a server in processes of its own."""

import os
import urllib.request
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.db import db
from intake.directory.models import Location
from tests.databases import Databases, readable_without_key
from tests.making import Make, npi
from tests.serving import Served


@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_commits_the_next_does_not_see(turn: int, session: Session, make: Make) -> None:
    make.location("Uptown")
    session.commit()

    assert session.scalar(select(func.count()).select_from(Location)) == 1


def test_the_two_databases_are_what_they_say(app: Flask, kind: str) -> None:
    assert db.engine.dialect.name == kind


def test_the_embedded_file_is_unreadable_without_its_key(databases: Databases) -> None:
    url = databases.new("sqlite")

    assert not readable_without_key(Path(url.removeprefix("sqlite:///")))


def test_a_database_with_real_commits_is_seen_by_another_connection(committed_app: Flask, make: Make) -> None:
    make.location("Uptown")
    db.session.commit()

    with db.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Location)) == 1


def test_the_production_server_answers_from_its_own_process(live_server: Served) -> None:
    with urllib.request.urlopen(f"{live_server.url}/readyz") as response:
        assert response.status == 200
    assert os.getpid() not in live_server.worker_ids()


def test_invented_physician_numbers_have_a_right_check_digit() -> None:
    assert npi(0) == "2000000002"
    assert npi(23456789)[-1] == str(_check_digit("80840223456789"))


def _check_digit(digits: str) -> int:
    total = sum(sum(divmod(int(digit) * 2, 10)) for digit in digits[-1::-2]) + sum(int(d) for d in digits[-2::-2])
    return -total % 10
