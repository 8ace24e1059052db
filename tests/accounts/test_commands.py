"""`flask create-user`: adds somebody, and says plainly why it won't."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.accounts.auth import passwords
from intake.accounts.models import Staff
from tests.making import Make

GOOD = "seven green herons"


def create(app: Flask, *more: str, password: str = GOOD) -> tuple[int, str]:
    words = ["create-user", "--email", "nora@example.org", "--name", "Nora Vale", "--role", "manager"]
    result = app.test_cli_runner().invoke(args=[*words, "--password-stdin", *more], input=f"{password}\n")
    return result.exit_code, result.output


def test_somebody_added_at_the_terminal_can_sign_in(app: Flask, make: Make, session: Session) -> None:
    make.location(code="UP")
    make.location(code="DOWN")

    assert create(app, "--location", "UP")[0] == 0

    staff = session.scalars(select(Staff)).one()
    assert passwords.is_right(staff, GOOD)
    assert ([role.name for role in staff.roles], [place.code for place in staff.locations]) == (["manager"], ["UP"])


@pytest.mark.parametrize(
    ("more", "password", "sentence"),
    [
        ((), GOOD, "Say where"),
        (("--location", "NOWHERE"), GOOD, "No location has the code NOWHERE"),
        (("--all-locations",), "short", "at least 12 characters"),
        (("--all-locations", "--email", "nobody"), GOOD, "This is not an e-mail address"),
    ],
)
def test_what_will_not_do_is_said_and_nobody_is_added(
    more: tuple[str, ...], password: str, sentence: str, app: Flask, make: Make, session: Session
) -> None:
    make.location(code="UP")
    make.location(code="DOWN")

    code, output = create(app, *more, password=password)

    assert (code, sentence in output) == (1, True)
    assert session.scalars(select(Staff)).all() == []


def test_before_set_up_it_points_to_the_set_up_page(app: Flask) -> None:
    code, output = create(app, "--all-locations")

    assert (code, "Set the practice up first" in output) == (1, True)
