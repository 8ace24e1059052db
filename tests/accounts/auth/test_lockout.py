"""Guessing passwords is slow for strangers and never in the way of staff."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.auth import throttle
from intake.accounts.models import SignInAttempt, Staff
from intake.db import db
from tests.clients import Client
from tests.making import Make

pytestmark = pytest.mark.both

PASSWORD = "seven green herons"


@pytest.fixture
def clerk(make: Make) -> Staff:
    return make.staff(password=PASSWORD)


@pytest.fixture
def browser(app: Flask) -> Callable[[str], Client]:
    """browser(address): one that has never been here, at this network address."""

    def make_browser(address: str) -> Client:
        client: Client = app.test_client()  # type: ignore[assignment]
        client.environ_base["REMOTE_ADDR"] = address
        return client

    return make_browser


def tries(client: Client, email: str, password: str = "wrong wrong wrong", count: int = 1) -> list[int]:
    return [client.post("/sign-in", data={"email": email, "password": password}).status_code for _ in range(count)]


def test_an_account_takes_five_wrong_passwords_a_minute_from_anywhere(
    browser: Callable[[str], Client], clerk: Staff
) -> None:
    for number in range(5):
        assert tries(browser(f"192.0.2.{number}"), clerk.email) == [401]

    assert tries(browser("192.0.2.99"), clerk.email) == [429]
    assert tries(browser("192.0.2.99"), clerk.email, PASSWORD) == [429]
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        assert tries(browser("192.0.2.99"), clerk.email, PASSWORD) == [303]


def test_an_address_takes_five_wrong_passwords_a_minute_for_any_account(
    browser: Callable[[str], Client], clerk: Staff
) -> None:
    for number in range(5):
        assert tries(browser("192.0.2.1"), f"guess{number}@example.org") == [401]

    assert tries(browser("192.0.2.1"), clerk.email, PASSWORD) == [429]
    assert tries(browser("192.0.2.2"), clerk.email, PASSWORD) == [303]


def test_an_unknown_account_is_slowed_down_just_the_same(browser: Callable[[str], Client], make: Make) -> None:
    make.practice()
    answers = [tries(browser(f"192.0.2.{number}"), "nobody@example.org")[0] for number in range(6)]

    assert answers == [401] * 5 + [429]


def test_a_whole_network_of_the_newer_kind_counts_as_one_address(app: Flask) -> None:
    assert throttle.address_bucket("2001:db8::1") == throttle.address_bucket("2001:db8::ffff:2")
    assert throttle.address_bucket("2001:db8::1") != throttle.address_bucket("2001:db8:0:1::1")
    assert throttle.address_bucket("192.0.2.1") != throttle.address_bucket("192.0.2.2")
    assert throttle.address_bucket(None) != throttle.address_bucket("192.0.2.2")


def test_right_passwords_don_t_count(browser: Callable[[str], Client], clerk: Staff) -> None:
    assert tries(browser("192.0.2.1"), clerk.email, PASSWORD, count=8) == [303] * 8


def test_staff_of_a_practice_cannot_be_locked_out_where_they_have_signed_in_before(
    browser: Callable[[str], Client], clerk: Staff, make: Make
) -> None:
    colleague = make.staff(password=PASSWORD)
    desk = browser("192.0.2.1")
    assert tries(desk, clerk.email, PASSWORD) == [303]
    assert tries(desk, colleague.email, PASSWORD) == [303]
    desk.post("/sign-out")

    # Somebody in the same network, behind the same address, hammers at both accounts.
    stranger = browser("192.0.2.1")
    for staff in (clerk, colleague):
        tries(stranger, staff.email, count=6)
    assert tries(stranger, clerk.email, PASSWORD) == [429]

    assert tries(desk, clerk.email, PASSWORD) == [303]
    desk.post("/sign-out")
    assert tries(desk, colleague.email, PASSWORD) == [303]


def test_a_known_browser_is_no_place_to_guess_from_either(browser: Callable[[str], Client], clerk: Staff) -> None:
    desk = browser("192.0.2.1")
    tries(desk, clerk.email, PASSWORD)
    desk.post("/sign-out")

    assert tries(desk, clerk.email, count=6) == [401] * 5 + [429]


def test_being_known_for_one_account_helps_with_no_other(
    browser: Callable[[str], Client], clerk: Staff, make: Make
) -> None:
    victim = make.staff(password=PASSWORD)
    insider = browser("192.0.2.1")
    tries(insider, clerk.email, PASSWORD)
    insider.post("/sign-out")

    assert tries(insider, victim.email, count=6) == [401] * 5 + [429]


def test_a_forged_cookie_makes_no_browser_known(browser: Callable[[str], Client], clerk: Staff) -> None:
    for number in range(6):
        client = browser(f"192.0.2.{number}")
        client.set_cookie("intake-known", f"forged{number}")
        last = tries(client, clerk.email)

    assert last == [429]


def test_old_attempts_are_cleared_away(app: Flask, session: Session) -> None:
    throttle.claim([throttle.bucket("account", "nobody@example.org")])
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        throttle.claim([throttle.bucket("account", "somebody@example.org")])

    assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 1


def test_fifty_guesses_at_the_same_moment_are_fifty_attempts(committed_app: Flask) -> None:
    allowed: list[bool] = []

    def guess() -> None:
        with committed_app.app_context():
            allowed.append(throttle.claim([throttle.bucket("account", "nora@example.org")]) is not None)

    threads = [threading.Thread(target=guess) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(allowed) == [False] * 45 + [True] * 5
    assert db.session.scalar(select(func.count()).select_from(SignInAttempt)) == 5
