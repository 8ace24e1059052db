"""The first page of a new practice: leads everybody there, takes the code, works once."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.accounts.models import AuditEntry, Staff
from intake.directory.models import Location, Practice, ReferralSource
from intake.directory.practice import setup
from intake.directory.practice.setup_views import _DONE
from tests.clients import Client, csrf_token

GOOD = "seven green herons"


@pytest.fixture
def fresh(app: Flask) -> Iterator[Flask]:
    """The service as it is before there is a practice."""
    app.extensions.pop(_DONE, None)
    yield app
    app.extensions.pop(_DONE, None)


def facts(**changed: object) -> dict[str, object]:
    return {
        "practice_name": "Riverside Vein Clinic",
        "languages": ["en", "es"],
        "location-name": "Riverside Main Street",
        "location-time_zone": "America/Chicago",
        "location-city": "Springfield",
        "location-state": "IL",
        "location-phone_number": "(217) 555-0123",
        "name": "Nora Vale",
        "email": "nora@example.org",
        "password": GOOD,
        "repeated": GOOD,
        "code": setup.spaced(setup.set_up_code()).lower(),
    } | changed


@pytest.mark.parametrize("path", ["/", "/desk", "/sign-in", "/kiosk", "/people", "/reports"])
def test_every_page_leads_to_the_set_up_page(path: str, fresh: Flask, client: Client) -> None:
    assert client.get(path).location in ("/setup", None)
    assert client.get("/sign-in").location == "/setup"


def test_health_is_answered_before_there_is_a_practice(fresh: Flask, client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_one_page_makes_the_practice_and_signs_its_administrator_in(
    fresh: Flask, client: Client, session: Session
) -> None:
    response = client.post("/setup", data=facts())

    assert (response.status_code, response.location) == (303, "/set-up")
    assert "Nora Vale" in client.get("/people").text
    practice = session.get(Practice, 1)
    location = session.scalars(select(Location)).one()
    assert practice is not None
    assert (practice.name, practice.time_zone, practice.languages) == (
        "Riverside Vein Clinic",
        "America/Chicago",
        ["en", "es"],
    )
    assert (location.code, location.state, location.phone_e164) == ("RIVERSIDE", "IL", "+12175550123")
    assert session.scalar(select(func.count()).select_from(ReferralSource)) >= 14
    staff = session.scalars(select(Staff)).one()
    assert ({role.name for role in staff.roles}, staff.all_locations) == ({"administrator", "manager"}, True)
    assert "practice.set_up" in session.scalars(select(AuditEntry.action)).all()


def test_it_works_once(fresh: Flask, client: Client, session: Session) -> None:
    client.post("/setup", data=facts())
    stranger = fresh.test_client()

    assert stranger.get("/setup").location == "/sign-in"
    assert stranger.post("/setup", data=facts(email="mallory@example.org")).location == "/sign-in"

    assert session.scalars(select(Staff.email)).all() == ["nora@example.org"]


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA", "x" * 10_000, "éé"])
def test_a_stranger_without_the_code_cannot_claim_the_server(
    code: str, fresh: Flask, client: Client, session: Session
) -> None:
    response = client.post("/setup", data=facts(code=code))

    assert response.status_code == 422
    assert session.get(Practice, 1) is None
    assert session.scalars(select(Staff)).all() == []


def test_guessing_the_code_is_slowed_down(fresh: Flask, client: Client) -> None:
    answers = [client.post("/setup", data=facts(code="AAAA")).status_code for _ in range(6)]

    assert answers == [422] * 5 + [429]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"practice_name": ""}, "Type the name of the practice."),
        ({"practice_name": "A" * 10_000}, "Use at most 120 characters."),
        ({"languages": []}, "Choose at least one."),
        ({"languages": ["klingon"]}, "not a valid choice"),
        ({"location-time_zone": "Mars/Olympus"}, "Not a valid choice"),
        ({"location-phone_number": "call me"}, "This is not a telephone number."),
        ({"location-code": "a b/c"}, "Use letters, digits, dashes and dots only."),
        ({"email": "nobody"}, "This is not an e-mail address."),
        ({"password": "short", "repeated": "short"}, "Use at least 12 characters."),
        ({"password": "riverside vein clinic", "repeated": "riverside vein clinic"}, "mostly a name"),
        ({"repeated": "something else"}, "This differs from the one above."),
    ],
)
def test_what_cannot_be_kept_is_said_and_the_rest_stays_typed(
    wrong: dict[str, object], sentence: str, fresh: Flask, client: Client, session: Session
) -> None:
    response = client.post("/setup", data=facts(**wrong))

    assert response.status_code == 422
    assert sentence in response.text
    assert "Springfield" in response.text
    assert GOOD not in response.text
    assert session.get(Practice, 1) is None


def test_names_in_any_script_make_a_code_all_the_same(fresh: Flask, client: Client, session: Session) -> None:
    client.post("/setup", data=facts(**{"location-name": "عيادة الأوردة 🌿"}))

    location = session.scalars(select(Location)).one()
    assert (location.name, location.code) == ("عيادة الأوردة 🌿", "SITE")


def test_the_link_that_dev_run_prints_fills_the_code_in(fresh: Flask, client: Client) -> None:
    code = setup.spaced(setup.set_up_code())

    assert f'value="{code}"' in client.get(f"/setup?code={code}").text
    assert code not in client.get("/setup").text


def test_the_command_prints_the_code_until_the_practice_is_there(fresh: Flask, client: Client) -> None:
    runner = fresh.test_cli_runner()
    printed = runner.invoke(args=["setup-code"])
    assert setup.spaced(setup.set_up_code()) in printed.output

    client.post("/setup", data=facts())

    assert runner.invoke(args=["setup-code"]).exit_code == 1


def test_two_who_press_the_button_at_once_make_one_practice(committed_app: Flask) -> None:
    answers: list[str | None] = []
    barrier = threading.Barrier(4)

    def press(number: int) -> None:
        with committed_app.app_context():
            client = committed_app.test_client()
            with committed_app.app_context():
                token = csrf_token(client)
                data = facts(email=f"nora{number}@example.org") | {"csrf_token": token}
            barrier.wait()
            answers.append(
                client.post("/setup", data=data, base_url=committed_app.config["SETTINGS"].public_url).location
            )

    threads = [threading.Thread(target=press, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(str(answer) for answer in answers) == ["/set-up", "/sign-in", "/sign-in", "/sign-in"]
    from intake.db import db

    assert len(db.session.scalars(select(Staff)).all()) == 1
    assert len(db.session.scalars(select(Practice)).all()) == 1
