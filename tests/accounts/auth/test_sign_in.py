"""Signing in and out: what works, what is refused, and what each refusal gives away (nothing)."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from intake import create_app
from intake.accounts.auth import passwords, sessions
from intake.accounts.auth.return_path import safe_path
from intake.accounts.models import AuditEntry, SignInAttempt, Staff, StaffSession
from intake.accounts.staff import records
from tests.clients import Client
from tests.making import Make
from tests.pages import same_for_all

PASSWORD = "seven green herons"


def post(client: Client, staff: Staff | None = None, password: str = PASSWORD, **values: str) -> TestResponse:
    email = staff.email if staff else "nobody@example.org"
    return client.post("/sign-in", data={"email": email, "password": password} | values)


@pytest.fixture
def clerk(make: Make) -> Staff:
    make.staff("manager", password="noise noise noise")
    return make.staff("front_desk", password=PASSWORD)


def test_the_right_password_lets_in_and_leads_to_the_first_page_of_the_role(client: Client, clerk: Staff) -> None:
    response = post(client, clerk)

    assert (response.status_code, response.location) == (303, "/desk")
    assert client.get("/").location == "/desk"


def test_somebody_signed_out_is_led_to_the_sign_in_page_and_back(client: Client, clerk: Staff) -> None:
    asked = client.get("/people?show=all")
    assert (asked.status_code, asked.location) == (303, "/sign-in?next=/people?show%3Dall")

    response = post(client, clerk, next="/people?show=all")

    assert response.location == "/people?show=all"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/desk\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/ok\x00",
        "///evil.example",
        "evil.example",
        " //evil.example",
        "/" + "a" * 600,
    ],
)
def test_no_address_leads_anywhere_else(target: str, client: Client, clerk: Staff) -> None:
    assert safe_path(target) == ""
    assert post(client, clerk, next=target).location == "/desk"


def test_unknown_people_wrong_passwords_and_inactive_accounts_read_the_same(
    client: Client, make: Make, clerk: Staff
) -> None:
    gone = make.staff(password=PASSWORD, active=False)

    answers = [post(client, clerk, "wrong wrong wrong"), post(client), post(client, gone)]

    assert {answer.status_code for answer in answers} == {401}
    bodies = [same_for_all(answer.text) for answer in answers]
    for email in (gone.email, clerk.email, "nobody@example.org"):
        bodies = [body.replace(email, "EMAIL") for body in bodies]
    assert bodies[0] == bodies[1] == bodies[2]


def test_guessing_takes_as_much_work_for_unknown_people(
    client: Client, make: Make, clerk: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All the time goes into one hash, whose own parameters say how much."""
    tried: list[str] = []
    matches = passwords.matches_hash

    def watched(password: str, known_hash: str) -> bool:
        tried.append(known_hash.rpartition("$")[0].rpartition("$")[0])
        return bool(matches(password, known_hash))

    monkeypatch.setattr(passwords, "matches_hash", watched)
    gone = make.staff(password=PASSWORD, active=False)

    for staff in (clerk, None, gone):
        post(client, staff, "wrong wrong wrong")

    assert len(tried) == 3
    assert len(set(tried)) == 1
    assert "argon2" in tried[0]


def test_the_session_is_a_new_one_after_signing_in(client: Client, clerk: Staff) -> None:
    client.get("/sign-in")
    with client.session_transaction() as before:
        before["planted"] = "by somebody else"
        old_token = before.get("csrf_token")

    post(client, clerk)

    with client.session_transaction() as after:
        assert "planted" not in after
        assert after.get("csrf_token") != old_token
        assert after["_user_id"] == clerk.fs_uniquifier


def test_a_copied_cookie_opens_nothing_after_signing_out(
    app: Flask, client: Client, clerk: Staff, session: Session
) -> None:
    post(client, clerk)
    thief = app.test_client()
    copied = client.get_cookie("intake")
    assert copied is not None
    thief.set_cookie("intake", copied.value)
    assert thief.get("/").location == "/desk"

    assert client.post("/sign-out").location == "/sign-in"

    assert thief.get("/").location.startswith("/sign-in")
    assert session.scalar(select(func.count()).where(StaffSession.ended_at.is_(None))) == 0


def test_signing_out_is_a_post(client: Client, clerk: Staff, sign_in: Callable[..., None]) -> None:
    sign_in(client, clerk)

    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out", forged=True).status_code == 400


def test_signing_out_everywhere_reaches_every_browser_of_that_person_only(
    app: Flask, client: Client, make: Make, clerk: Staff, sign_in: Callable[..., None]
) -> None:
    other_browser, other_person = app.test_client(), app.test_client()
    sign_in(client, clerk)
    sign_in(other_browser, clerk)
    sign_in(other_person, make.staff("manager"))

    sessions.end_everywhere(clerk)

    assert client.get("/").location.startswith("/sign-in")
    assert other_browser.get("/").location.startswith("/sign-in")
    assert other_person.get("/").location == "/reports"


def test_attempts_hold_no_address_and_no_name(client: Client, clerk: Staff, session: Session) -> None:
    post(client, clerk, "wrong wrong wrong")

    kept = [bucket for (bucket,) in session.execute(select(SignInAttempt.bucket))]
    assert len(kept) == 2
    assert all(clerk.email not in bucket and "127.0.0.1" not in bucket for bucket in kept)


def test_the_trail_says_who_signed_in_and_who_was_refused(client: Client, clerk: Staff, session: Session) -> None:
    post(client, clerk, "wrong wrong wrong")
    post(client, clerk)

    trail = session.execute(select(AuditEntry.action, AuditEntry.subject_id).order_by(AuditEntry.id)).all()
    assert trail == [("sign_in.refused", clerk.id), ("sign_in.done", clerk.id)]


def test_passwords_are_kept_as_argon2id(app: Flask, make: Make) -> None:
    # The tests' own app hashes with less.
    with create_app(app.config["SETTINGS"]).app_context():
        kept = passwords.hashed(PASSWORD)
    staff = records.create_user(
        email="Nora@Example.org", name=" Nora  Vale ", password=PASSWORD, role="manager", all_locations=True
    )

    assert kept.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert staff.password.startswith("$argon2id$")
    assert (staff.email, staff.name) == ("nora@example.org", "Nora Vale")


def test_an_address_can_be_used_once_in_any_spelling(app: Flask, make: Make) -> None:
    make.staff(email="nora@example.org")

    with pytest.raises(records.EmailTaken):
        records.create_user(email="NORA@example.org", name="N", password=PASSWORD, role="manager")
