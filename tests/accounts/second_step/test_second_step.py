"""The second step of signing in: set up, asked for, used up, lost."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from intake.accounts.models import AuditEntry, RecoveryCode, SecondStep, Staff, StaffSession
from intake.accounts.second_step import app_codes, passkeys, records
from intake.db import db
from tests.accounts.second_step.signing_in import PASSWORD, Phone, code, codes_on, later, password, set_up
from tests.clients import Client, sign_out
from tests.making import Make


@pytest.fixture
def boss(make: Make, client: Client, sign_in: Callable[..., None]) -> Staff:
    boss = make.staff("administrator", roles=["manager"], all_locations=True, password=PASSWORD)
    sign_in(client, boss)
    return boss


def actions(staff: Staff) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.subject_kind == "staff", AuditEntry.subject_id == staff.id)
    return list(db.session.scalars(query.order_by(AuditEntry.id)))


@pytest.mark.both
def test_a_code_is_asked_for_after_the_password_and_taken_once(client: Client, boss: Staff) -> None:
    phone, codes = set_up(client)
    assert len(set(codes)) == 10
    # They are shown once.
    assert client.get("/account/recovery-codes").location == "/account"
    sign_out(client)

    with later(minutes=2):
        asked = password(client, boss, next="/people")
        assert asked.location == "/sign-in/second-step"
        # Nothing is open in between.
        assert client.get("/people").location.startswith("/sign-in")
        assert "recovery codes" in client.get("/sign-in/second-step").text
        wrong = code(client, "000000" if phone.code() != "000000" else "000001")
        assert (wrong.status_code, "isn't one of the codes" in wrong.text.replace("&#39;", "'")) == (401, True)
        used = phone.code()
        assert code(client, used).location == "/people"
        assert client.get("/people").status_code == 200
        sign_out(client)

        password(client, boss)
        assert code(client, used).status_code == 401
        # One before it is no better; the phone may be half a minute ahead.
        assert code(client, phone.code(seconds=-30)).status_code == 401
        assert code(client, phone.code(seconds=30)).location == "/reports"

    assert actions(boss).count("second_step.refused") == 3
    assert db.session.scalars(select(StaffSession.method).order_by(StaffSession.id.desc())).first() == "password, app"


@pytest.mark.on("sqlite")
@pytest.mark.parametrize(
    ("typed", "right"),
    [
        (lambda phone: phone.code(seconds=-30), True),
        (lambda phone: phone.code(seconds=30), True),
        (lambda phone: phone.code(seconds=-60), False),
        (lambda phone: phone.code(seconds=60), False),
        (lambda phone: f" {phone.code()[:3]} {phone.code()[3:]} ", True),
        (lambda phone: "".join(chr(ord(digit) + 0xFEE0) for digit in phone.code()), True),
        (lambda phone: "".join(chr(ord(digit) - ord("0") + 0x0660) for digit in phone.code()), False),
        (lambda phone: "²²²²²²", False),
        (lambda phone: phone.code()[:5], False),
        (lambda phone: "-" * 60, False),
        (lambda phone: "\x00" * 6, False),
    ],
)
def test_a_clock_may_be_half_a_minute_off_and_nothing_else_is_a_code(
    client: Client, boss: Staff, typed: Callable[[Phone], str], right: bool
) -> None:
    phone, _codes = set_up(client)
    sign_out(client)
    with later(minutes=5):
        password(client, boss)
        assert code(client, typed(phone)).status_code == (303 if right else 401)


@pytest.mark.both
def test_a_recovery_code_opens_once_and_is_kept_like_a_password(client: Client, boss: Staff) -> None:
    _phone, codes = set_up(client)
    sign_out(client)
    kept = list(db.session.scalars(select(RecoveryCode.code_hash)))
    assert all(each.startswith("$argon2id$") for each in kept)

    password(client, boss)
    assert code(client, codes[3].lower().replace("-", " ")).location == "/reports"
    assert "9 recovery codes left" in " ".join(client.get("/account").text.split())
    sign_out(client)
    password(client, boss)
    assert code(client, codes[3]).status_code == 401
    assert code(client, codes[0]).location == "/reports"

    # New ones make the old ones worthless.
    fresh = codes_on(client.post("/account/recovery-codes", follow_redirects=True))
    sign_out(client)
    password(client, boss)
    assert code(client, codes[1]).status_code == 401
    assert code(client, fresh[1]).location == "/reports"


def test_guessing_codes_waits_longer_each_time_but_not_on_a_browser_that_is_known(app: Flask, boss: Staff) -> None:
    owner, stranger = app.test_client(), app.test_client()
    password(owner, boss)
    phone, _codes = set_up(owner)
    sign_out(owner)

    password(stranger, boss)
    assert [code(stranger, "111111").status_code for _ in range(6)] == [401] * 5 + [429]
    with later(minutes=1.5):
        password(stranger, boss)
        # The right one comes too soon as well.
        assert code(stranger, "111111").status_code == 401
        assert code(stranger, phone.code()).status_code == 429
        password(owner, boss)
        assert code(owner, phone.code()).location == "/reports"


def test_who_needs_a_second_step_sets_it_up_at_the_next_sign_in(
    app: Flask, client: Client, boss: Staff, make: Make
) -> None:
    manager, clerk = make.staff("manager", password=PASSWORD), make.staff("front_desk", password=PASSWORD)
    theirs = app.test_client()
    password(theirs, manager)
    # Nobody asks of others what they don't have.
    page = client.post("/people/second-step", data={"asked": "yes"}, follow_redirects=True)
    assert "Set up a second step for yourself first" in page.text
    assert not records.asks_practice()

    set_up(client)
    page = client.post("/people/second-step", data={"asked": "yes"}, follow_redirects=True)
    assert "1 of them has none yet" in page.text
    assert theirs.get("/reports").location.startswith("/sign-in")

    asked = password(theirs, manager, next="/reports/coverage")
    assert asked.location == "/sign-in/second-step"
    page = theirs.get("/sign-in/second-step")
    phone = Phone(page)
    assert code(theirs, "123456" if phone.code() != "123456" else "123457").status_code == 401
    done = code(theirs, phone.code())
    assert done.location == "/account/recovery-codes?next=/reports/coverage"
    codes = theirs.get(done.location)
    assert len(codes_on(codes)) == 10
    assert 'href="/reports/coverage"' in codes.text
    # They can replace it, and not give it up.
    theirs.post("/account/second-step/give-up")
    assert records.state(manager).app
    assert password(app.test_client(), clerk).location == "/desk"


def test_a_draft_is_kept_through_the_second_step(client: Client, boss: Staff) -> None:
    phone, _codes = set_up(client)
    with later(minutes=20):
        late = client.post("/people/new", data={"name": "Nora Vale", "email": "nora@example.org"})
        sealed = late.text.split('name="draft"')[1].split('value="')[1].split('"')[0]
        page = password(client, boss, draft=sealed)
        assert page.status_code == 200
        assert sealed in page.text
        page = code(client, phone.code(), draft=sealed)
        assert "Nora Vale" in page.text
        assert client.get("/people").status_code == 200


def test_what_changes_between_the_steps_ends_them(client: Client, boss: Staff, make: Make) -> None:
    phone, _codes = set_up(client)
    sign_out(client)
    with later(minutes=1):
        password(client, boss)
    with later(minutes=12):
        assert code(client, phone.code()).location == "/sign-in"
        password(client, boss)
        boss.fs_uniquifier = "another"
        db.session.commit()
        assert code(client, phone.code()).location == "/sign-in"
    # Without a password before it the page asks for one.
    sign_out(client)
    assert client.get("/sign-in/second-step").location == "/sign-in"


def test_a_lost_second_step_is_taken_away_by_another_administrator_only(
    app: Flask, client: Client, boss: Staff, make: Make
) -> None:
    set_up(client)
    client.post(f"/people/{boss.id}/second-step/reset")
    assert records.state(boss).app

    manager = make.staff("manager", password=PASSWORD, locations=[make.location()])
    limited = make.staff("administrator", password=PASSWORD, locations=list(manager.locations))
    theirs, other = app.test_client(), app.test_client()
    password(theirs, manager)
    phone, _codes = set_up(theirs)
    # An administrator who may not sign in as a manager may not take a manager's second step away either.
    password(other, limited)
    other.post(f"/people/{manager.id}/second-step/reset")
    assert records.state(manager).app

    assert "Take a lost second step away" in client.get(f"/people/{manager.id}").text
    client.post(f"/people/{manager.id}/second-step/reset")
    assert not records.state(manager).any
    assert records.state(manager).codes_left == 0
    assert theirs.get("/reports").location.startswith("/sign-in")
    assert actions(manager)[-1] == "second_step.reset"
    assert password(theirs, manager).location == "/reports"
    with later(minutes=2):
        assert code(theirs, phone.code()).location == "/sign-in"


def test_a_new_app_counts_only_once_a_code_of_it_was_typed(app: Flask, client: Client, boss: Staff) -> None:
    old, _codes = set_up(client)
    other = app.test_client()
    with later(minutes=2):
        new = Phone(client.post("/account/second-step", follow_redirects=True))
        password(other, boss)
        assert code(other, old.code()).location == "/reports"
        client.post("/account/second-step/confirm", data={"code": new.code()})
        # A change of it signs out everywhere else.
        assert other.get("/reports").location.startswith("/sign-in")
    with later(minutes=4):
        password(other, boss)
        assert code(other, old.code()).status_code == 401
        assert code(other, new.code()).location == "/reports"
        other.post("/account/second-step/give-up")
        assert password(app.test_client(), boss).location == "/reports"


@pytest.mark.on("postgresql")
def test_one_code_sent_twice_at_once_is_taken_once(committed_app: Flask, make: Make) -> None:
    staff = make.staff("manager")
    records.begin_setup(staff)
    step = db.session.get(SecondStep, staff.id)
    assert step is not None and step.new_secret is not None
    step.secret = step.new_secret
    db.session.commit()
    codes, staff_id = app_codes.app_codes("Intake"), staff.id
    typed = codes.generate_totp_password(app_codes.opened(step.secret) or "")
    taken: list[bool] = []
    both = threading.Barrier(2)

    def take() -> None:
        with committed_app.app_context():
            mine = db.session.get_one(SecondStep, staff_id)
            both.wait()
            taken.append(app_codes.is_right(mine, mine.secret or "", typed))
            db.session.commit()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(taken) == [False, True]


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("answer", ["", "{}", "rubbish", '{"id": "AAAA", "rawId": "A"}', "[" * 30_000, '{"id": 1}'])
def test_rubbish_is_no_passkey(client: Client, boss: Staff, answer: str) -> None:
    set_up(client)
    sign_out(client)
    password(client, boss)
    client.get("/sign-in/second-step")
    refused = client.post("/sign-in/second-step", data={"code": "", "passkey": answer})
    assert refused.status_code in (401, 422)
    with client.application.test_request_context():
        assert not passkeys.are_possible() or passkeys.of(boss) == []


def test_one_browser_of_several_is_signed_out(app: Flask, client: Client, boss: Staff) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
    other = app.test_client()
    other.post("/sign-in", data={"email": boss.email, "password": PASSWORD}, headers={"User-Agent": agent})
    page = " ".join(client.get("/account").text.split())
    assert 'Firefox on Windows, <span class="tabular">127.0.0.1</span>' in page
    assert page.count("This browser") == 1

    newest = db.session.scalars(select(StaffSession.id).order_by(StaffSession.id.desc())).first()
    client.post("/account/sessions/end", data={"session": newest})
    assert other.get("/people").location.startswith("/sign-in")
    assert client.get("/people").status_code == 200


def test_nobody_ends_a_session_of_somebody_else_by_its_number(
    app: Flask, client: Client, boss: Staff, make: Make
) -> None:
    clerk, theirs = make.staff("front_desk", password=PASSWORD), app.test_client()
    password(theirs, clerk)
    session_id = db.session.scalars(select(StaffSession.id).where(StaffSession.staff_id == clerk.id)).one()
    client.post("/account/sessions/end", data={"session": session_id})
    assert theirs.get("/desk").status_code == 200
