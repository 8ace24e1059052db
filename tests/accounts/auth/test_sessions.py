"""Sessions that run out, and the forms that arrive too late."""

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.auth import drafts, sessions
from intake.accounts.models import KioskDevice, Staff, StaffSession
from intake.web.http.route_guards import guard_of
from tests.clients import Client
from tests.making import Make

PASSWORD = "seven green herons"


@pytest.fixture
def boss(make: Make, client: Client, sign_in: Callable[..., None]) -> Staff:
    boss = make.staff("administrator", all_locations=True, password=PASSWORD)
    sign_in(client, boss)
    return boss


def later(**gap: float) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(**gap), tick=False)


def sealed_in(body: str) -> str:
    found = re.search(r'name="draft"[^>]* value="([^"]+)"', body)
    assert found, "no draft on the page"
    return html.unescape(found[1])


def test_whoever_does_nothing_for_the_allowed_time_is_signed_out(client: Client, boss: Staff) -> None:
    with later(minutes=14):
        assert client.get("/account").status_code == 200
    with later(minutes=28):
        assert client.get("/account").status_code == 200
    with later(minutes=44):
        assert client.get("/account").location.startswith("/sign-in")


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(client: Client, boss: Staff) -> None:
    with later(minutes=10):
        client.get("/account", headers={"X-Background": "1"})
    with later(minutes=16):
        assert client.get("/account").location.startswith("/sign-in")


def test_no_session_lasts_longer_than_a_working_day(client: Client, boss: Staff) -> None:
    for hours in range(1, 24 * 4):
        with later(minutes=10 * hours):
            if client.get("/still-here").status_code != 204:
                break
    assert 10 * hours == pytest.approx(sessions.LONGEST_HOURS * 60, abs=10)


def test_a_cookie_that_somebody_made_up_opens_nothing(app: Flask, client: Client, boss: Staff) -> None:
    with client.session_transaction() as kept:
        kept["token"] = "made up"
    assert client.get("/account").location.startswith("/sign-in")


def test_only_the_hash_of_a_session_is_in_the_database(client: Client, boss: Staff, session: Session) -> None:
    with client.session_transaction() as kept:
        token = kept["token"]
    assert token not in session.scalars(select(StaffSession.token_hash)).all()


def test_a_form_that_arrives_too_late_is_sent_after_signing_in(
    client: Client, boss: Staff, make: Make, session: Session
) -> None:
    location = make.location("Uptown")
    device = make.device(location)
    typed = {"name": "Chair by the window\u2028 & <b>", "location_id": str(location.id)}
    with later(minutes=20):
        late = client.post(f"/tablets/{device.id}", data=typed)
        assert late.status_code == 401
        assert "window" not in late.text
        again = client.post("/sign-in", data={"email": boss.email, "password": PASSWORD, "draft": sealed_in(late.text)})

        assert again.status_code == 200
        assert f'action="/tablets/{device.id}"' in again.text
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', again.text))
        resent = {name: html.unescape(value) for name, value in fields.items() if name != "csrf_token"}
        assert resent == typed
        typed["name"] = "Chair by the window"
        assert client.post(f"/tablets/{device.id}", data=typed).status_code == 303
    session.expire_all()
    assert session.scalars(select(KioskDevice.name)).one() == "Chair by the window"


def test_a_draft_opens_for_nobody_else(app: Flask, client: Client, boss: Staff, make: Make) -> None:
    other = make.staff("administrator", password=PASSWORD)
    with later(minutes=20):
        late = client.post("/people/new", data={"name": "Amara"})
        answer = client.post(
            "/sign-in", data={"email": other.email, "password": PASSWORD, "draft": sealed_in(late.text)}
        )

    assert (answer.status_code, "Amara" in answer.text) == (303, False)


def test_a_draft_is_kept_a_quarter_of_an_hour(app: Flask) -> None:
    with app.test_request_context():
        draft = drafts.worth_keeping(7, path="/desk", fields=[("name", "Amara")])
        assert draft is not None
        sealed = drafts.seal(draft)
        assert "Amara" not in sealed
        with later(minutes=14):
            assert drafts.unseal(sealed, staff_id=7) == draft
        with later(minutes=16):
            assert drafts.unseal(sealed, staff_id=7) is None


@pytest.mark.parametrize("text", ["", "nonsense", "é" * 50, "A" * 1_000_000])
def test_a_draft_that_was_tampered_with_is_nothing(text: str, app: Flask) -> None:
    with app.test_request_context():
        assert drafts.unseal(text, staff_id=7) is None


def test_passwords_and_pins_are_never_part_of_a_draft(app: Flask) -> None:
    fields = [("csrf_token", "t"), ("new_password", "p"), ("pin", "1234"), ("opinion", "kept"), ("code", "kept")]
    with app.test_request_context():
        draft = drafts.worth_keeping(7, path="/desk", fields=fields)
        assert draft is not None
        assert [name for name, _value in draft.fields] == ["opinion", "code"]
        # Nor is what only the page understands shown.
        typed = [("party", "physician-1"), ("author", "Mw.dQg4"), ("promise_owner", "3"), ("words", "Their fax")]
        touchpoint = drafts.worth_keeping(7, path="/desk", fields=typed)
        assert touchpoint is not None and touchpoint.shown == [("Words", "Their fax")]
        assert drafts.worth_keeping(7, path="//evil.example", fields=fields) is None
        assert drafts.worth_keeping(7, path="/desk", fields=fields[:3]) is None


def test_a_late_form_of_somebody_who_never_signed_in_leads_to_the_sign_in_page(client: Client, make: Make) -> None:
    make.practice()
    response = client.post("/people/new", data={"name": "Amara"})

    assert (response.status_code, response.location) == (303, "/sign-in")


@pytest.mark.parametrize("how", ["signed out in another window", "the browser forgot"])
def test_a_form_left_open_after_the_session_is_gone_is_kept(client: Client, boss: Staff, make: Make, how: str) -> None:
    other = make.staff("administrator", password=PASSWORD)
    if how == "the browser forgot":
        client.delete_cookie(client.application.config["SESSION_COOKIE_NAME"])
    else:
        client.post("/sign-out")
    from_here = {"Origin": "http://localhost"}
    late = client.post("/people/new", data={"name": "Amara"}, headers=from_here, forged=True)
    assert (late.status_code, "Amara" in late.text) == (401, False)
    # What another site sends is kept for nobody, nor is what patients' pages send.
    elsewhere = client.post(
        "/people/new", data={"name": "Amara"}, headers={"Origin": "http://evil.example"}, forged=True
    )
    assert elsewhere.status_code == 400
    assert client.post("/here/", data={"name": "Amara"}, headers=from_here, forged=True).status_code in (400, 404, 405)

    def in_again(staff: Staff) -> str:
        form = {"email": staff.email, "password": PASSWORD, "draft": sealed_in(late.text)}
        return client.post("/sign-in", data=form).text

    if how != "the browser forgot":
        assert "Amara" not in in_again(other)
        client.post("/sign-out")
    assert 'value="Amara"' in in_again(boss)


def test_a_part_of_a_page_asked_for_too_late_sends_the_whole_page_to_sign_in(client: Client, boss: Staff) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/people?show=all"}
    with later(minutes=20):
        asked = client.get("/people", headers=headers)
        sent = client.post("/people/new", data={"name": "Amara"}, headers=headers)

    assert (asked.status_code, asked.headers["HX-Redirect"]) == (401, "/sign-in?next=/people?show%3Dall")
    assert (sent.status_code, sent.headers["HX-Retarget"]) == (401, "body")


def test_the_page_that_leaves_by_itself_keeps_what_was_typed(client: Client, boss: Staff, session: Session) -> None:
    typed = json.dumps([["name", "Amara"], ["email", ""]])
    left = client.post("/log-off", data={"page": "/people/new", "action": "/people/new", "fields": typed})

    assert left.status_code == 200
    assert session.scalars(select(StaffSession.ended_at)).one() is not None
    back = client.post("/sign-in", data={"email": boss.email, "password": PASSWORD, "draft": sealed_in(left.text)})
    assert 'value="Amara"' in back.text


def test_a_second_window_left_behind_keeps_its_form_too(client: Client, boss: Staff) -> None:
    client.post("/log-off", data={"page": "/people"})
    typed = json.dumps([["name", "Amara"]])
    second = client.post("/log-off", data={"page": "/people/new", "action": "/people/new", "fields": typed})

    assert sealed_in(second.text)


@pytest.mark.parametrize("fields", ["", "{}", "[1]", "[[1,2,3]]", "not json", '"text"', "null"])
def test_nonsense_from_the_page_signs_out_all_the_same(fields: str, client: Client, boss: Staff) -> None:
    response = client.post("/log-off", data={"page": "//evil.example", "action": "/desk", "fields": fields})

    assert (response.status_code, response.location) == (303, "/sign-in")
    assert client.get("/account").location.startswith("/sign-in")


def test_requests_without_a_staff_session_ask_nothing_about_staff(
    app: Flask, client: Client, make: Make, pair: Callable[..., None], count_statements: Callable[[], list[str]]
) -> None:
    make.practice()
    client.get("/sign-in")
    statements = count_statements()
    client.get("/healthz")
    client.get("/static/css/staff.css")
    client.get("/sign-in")

    assert [text for text in statements if "staff" in text] == []


ASKS_AGAIN = {
    "accounts.add_person",
    "accounts.change_person",
    "accounts.reactivate_person",
    "accounts.make_password_link",
    "accounts.set_own_kiosk_pin",
    "accounts.remove_own_kiosk_pin",
    "accounts.begin_second_step",
    "accounts.confirm_second_step",
    "accounts.give_up_second_step",
    "accounts.make_recovery_codes",
    "accounts.add_passkey",
    "accounts.remove_passkey",
    "accounts.reset_second_step",
    "accounts.ask_managers_for_second_step",
    "accounts.end_own_session",
    "accounts.sign_myself_out_everywhere",
    "accounts.audit_csv",
    "reports.export_totals",
    "reports.export_rows",
    "taking.csv",
    "taking.pdf",
    "taking.xlsx",
    "privacy.end_hold",
    "privacy.hold_practice",
    "privacy.seen_csv",
    "privacy.set_periods",
    "privacy_person.ask_to_erase",
    "privacy_person.erase",
    "privacy_person.file",
    "privacy_person.hold",
}


def busy_until(client: Client, *, minutes: int) -> None:
    """Somebody works on without a pause."""
    for passed in range(10, minutes, 10):
        with later(minutes=passed):
            assert client.get("/account").status_code == 200


def test_people_roles_exports_and_pins_ask_for_the_password_again(app: Flask) -> None:
    fresh = {name for name, view in app.view_functions.items() if (guard := guard_of(view)) and guard.fresh}
    assert fresh == ASKS_AGAIN


def test_a_form_that_needs_the_password_again_is_kept_and_goes_on(
    app: Flask, client: Client, boss: Staff, session: Session
) -> None:
    facts = {"name": "Nora Vale", "email": "nora@example.org", "roles": "front_desk", "all_locations": "y"}
    before = client.get_cookie("intake")
    busy_until(client, minutes=35)
    with later(minutes=36):
        asked = client.post("/people/new", data=facts)
        assert (asked.status_code, "Type your password again" in asked.text) == (401, True)
        assert session.scalars(select(Staff).where(Staff.email == "nora@example.org")).all() == []
        sealed = sealed_in(asked.text)
        wrong = client.post("/sign-in", data={"email": boss.email, "password": "wrong", "draft": sealed})
        assert wrong.status_code == 401
        kept = client.post("/sign-in", data={"email": boss.email, "password": PASSWORD, "draft": sealed})
        assert "nora@example.org" in kept.text
        assert client.post("/people/new", data=facts).status_code == 303
        # The session from before is over, on the server too.
        assert before is not None
        copy = app.test_client()
        copy.set_cookie("intake", before.value)
        assert copy.get("/account").status_code == 303


def test_a_download_leads_back_to_itself_once_the_password_was_typed(client: Client, boss: Staff) -> None:
    assert client.get("/audit.csv").status_code == 200
    busy_until(client, minutes=35)
    with later(minutes=36):
        asked = client.get("/audit.csv?did=looks")
        assert asked.status_code == 303
        page = client.get(asked.location)
        assert "Type your password again" in page.text and boss.email in page.text
        done = client.post("/sign-in", data={"email": boss.email, "password": PASSWORD, "next": "/audit.csv?did=looks"})
        assert done.location == "/audit.csv?did=looks"
        assert client.get(done.location).status_code == 200
