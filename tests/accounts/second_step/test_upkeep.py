"""Second steps when keys change, a backup comes back, or nobody gets in any more."""

from collections.abc import Callable
from unittest.mock import patch

from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select

from intake.accounts.models import AuditEntry, SecondStep, Staff
from intake.accounts.second_step import app_codes, records, upkeep
from intake.config import Settings
from intake.db import db
from tests.accounts.second_step.signing_in import PASSWORD, code, codes_on, later, password, set_up
from tests.clients import Client, sign_out
from tests.making import Make

NEW = SecretStr("another secret, 32 characters long")


def run(app: Flask, *words: str) -> str:
    db.session.commit()
    result = app.test_cli_runner().invoke(args=list(words))
    assert result.exit_code == 0, result.output
    return result.output


def test_a_second_step_outlives_the_key_that_sealed_it(app: Flask, client: Client, make: Make) -> None:
    boss = make.staff("administrator", all_locations=True, password=PASSWORD)
    password(client, boss)
    phone, codes = set_up(client)
    settings: Settings = app.config["SETTINGS"]
    both = settings.model_copy(update={"secret_key": NEW, "secret_key_old": settings.secret_key})
    alone = settings.model_copy(update={"secret_key": NEW, "secret_key_old": None})
    kept = db.session.scalars(select(SecondStep.secret)).one()
    assert "key" not in kept

    # A backup from another machine, whose SECRET_KEY nobody wrote down: paper still opens.
    with patch.dict(app.config, SETTINGS=alone), later(minutes=1):
        assert "1 were set up under another SECRET_KEY" in upkeep.after_restore()[0]
        assert [each.state for each in upkeep.doctor_check(alone, False)] == ["bad"]
        assert "0 second steps are sealed" in run(app, "db", "reseal")
        sign_out(client)
        password(client, boss)
        assert code(client, phone.code()).status_code == 401
        assert code(client, codes[0]).status_code == 303

    with patch.dict(app.config, SETTINGS=both), later(minutes=3):
        assert [each.state for each in upkeep.doctor_check(both, False)] == ["good"]
        assert "1 second steps are sealed with today's SECRET_KEY." in run(app, "db", "reseal")
    db.session.expire_all()
    with patch.dict(app.config, SETTINGS=alone), later(minutes=5):
        sign_out(client)
        password(client, boss)
        assert code(client, phone.code()).status_code == 303
        assert upkeep.after_restore() == []


def test_using_it_seals_it_with_the_new_key(app: Flask, client: Client, make: Make) -> None:
    boss = make.staff("administrator", all_locations=True, password=PASSWORD)
    password(client, boss)
    phone, _codes = set_up(client)
    settings: Settings = app.config["SETTINGS"]
    both = settings.model_copy(update={"secret_key": NEW, "secret_key_old": settings.secret_key})
    sign_out(client)
    with patch.dict(app.config, SETTINGS=both), later(minutes=1):
        password(client, boss)
        assert code(client, phone.code()).status_code == 303
    alone = settings.model_copy(update={"secret_key": NEW, "secret_key_old": None})
    with patch.dict(app.config, SETTINGS=alone):
        assert app_codes.opened(db.session.scalars(select(SecondStep.secret)).one())


def test_emergency_access_lets_somebody_in_and_says_so(app: Flask, client: Client, make: Make) -> None:
    boss: Staff = make.staff("administrator", all_locations=True, password=PASSWORD)
    password(client, boss)
    set_up(client)
    client.post("/people/second-step", data={"asked": "yes"})
    assert upkeep.emergency_alarm() is None

    printed = run(app, "emergency-access", "--email", boss.email, "--reason", "device-lost")

    assert client.get("/people").location.startswith("/sign-in")
    link = next(word for word in printed.split() if "/set-password/" in word)
    new = {"new_password": "nine blue kestrels", "repeated": "nine blue kestrels"}
    assert client.post(link.removeprefix("http://localhost"), data=new).location == "/sign-in"
    assert client.post("/sign-in", data={"email": boss.email, "password": "nine blue kestrels"}).status_code == 303
    # Their role still asks for a second step: they set another one up.
    assert "Set up a second step" in client.get("/sign-in/second-step").text
    opened = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "emergency.opened")).one()
    assert (opened.actor_kind, opened.subject_id, opened.details) == ("system", boss.id, {"reason": "device-lost"})
    assert "opened once" in (upkeep.emergency_alarm() or "")
    with later(hours=25):
        assert upkeep.emergency_alarm() is None

    stopped = make.staff("manager", active=False)
    result = app.test_cli_runner().invoke(args=["emergency-access", "--email", stopped.email, "--reason", "drill"])
    assert (result.exit_code, "Nobody who may sign in" in result.output) == (1, True)


def test_codes_are_only_made_for_a_second_step_that_is_there(
    client: Client, make: Make, sign_in: Callable[..., None]
) -> None:
    clerk = make.staff("front_desk")
    sign_in(client, clerk)
    assert codes_on(client.post("/account/recovery-codes", follow_redirects=True)) == []
    assert records.state(clerk).codes_left == 0
