"""People: added by a link, changed, stopped; an administrator always remains."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.auth import passwords
from intake.accounts.models import AuditEntry, PasswordLink, Staff
from intake.accounts.staff import password_links, records
from tests.clients import Client
from tests.making import Make

GOOD = "seven green herons"


@pytest.fixture
def boss(make: Make, client: Client, sign_in: Callable[..., None]) -> Staff:
    boss = make.staff("administrator", all_locations=True, password=GOOD)
    sign_in(client, boss)
    return boss


def facts(**changed: object) -> dict[str, object]:
    return {"name": "Nora Vale", "email": "nora@example.org", "roles": ["front_desk"], "all_locations": "y"} | changed


def link_in(body: str) -> str:
    found = re.search(r'value="http://[^"]*(/set-password/[^"]+)"', body)
    assert found, "no link on the page"
    return found[1]


def test_somebody_added_gets_a_link_shown_once_and_chooses_their_own_password(
    app: Flask, client: Client, boss: Staff, session: Session
) -> None:
    added = client.post("/people/new", data=facts())
    assert added.status_code == 303
    page = client.get(added.location).text
    link = link_in(page)
    assert "Give Nora Vale this link" in page
    assert "/set-password/" not in client.get(added.location).text

    newcomer = app.test_client()
    assert newcomer.get(link).status_code == 200
    assert newcomer.get(link).status_code == 200
    refused = newcomer.post(link, data={"new_password": "nora vale 2026", "repeated": "nora vale 2026"})
    assert refused.status_code == 422
    assert "mostly a name" in refused.text
    assert newcomer.post(link, data={"new_password": GOOD, "repeated": GOOD}).location == "/sign-in"

    assert newcomer.post("/sign-in", data={"email": "nora@example.org", "password": GOOD}).location == "/desk"
    assert app.test_client().get(link).status_code == 404


def test_nobody_can_sign_in_before_choosing_a_password(app: Flask, client: Client, boss: Staff) -> None:
    client.post("/people/new", data=facts())

    for guess in ("", "!", "password"):
        assert app.test_client().post(
            "/sign-in", data={"email": "nora@example.org", "password": guess}
        ).status_code in (401, 422)


def test_a_newer_link_replaces_the_older_and_old_ones_run_out(app: Flask, make: Make, session: Session) -> None:
    staff = make.staff()
    first = password_links.issue(staff, by=None)
    second = password_links.issue(staff, by=None)

    assert password_links.find(first) is None
    assert password_links.find(second) is not None
    link = session.scalars(select(PasswordLink).where(PasswordLink.used_at.is_(None))).one()
    link.expires_at = clock.now()
    session.flush()
    assert password_links.find(second) is None


def test_a_link_of_somebody_who_was_stopped_sets_no_password(
    app: Flask, client: Client, boss: Staff, make: Make, session: Session
) -> None:
    staff = make.staff()
    token, before = password_links.issue(staff, by=None), staff.password
    session.commit()
    client.post(f"/people/{staff.id}/deactivate")

    stranger = app.test_client()
    assert stranger.get(f"/set-password/{token}").status_code == 404
    chosen = {"new_password": "correct horse battery", "repeated": "correct horse battery"}
    assert stranger.post(f"/set-password/{token}", data=chosen).status_code == 404
    session.refresh(staff)
    assert staff.password == before


def test_only_the_hash_of_a_link_is_kept(app: Flask, make: Make, session: Session) -> None:
    token = password_links.issue(make.staff(), by=None)

    assert token not in session.scalars(select(PasswordLink.token_hash)).all()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "not an address"}, "This is not an e-mail address"),
        ({"name": ""}, "Type their name."),
        ({"name": "N" * 10_000}, "Use at most 120 characters."),
        ({"name": "Nora\x00Vale"}, "invisible characters"),
        ({"roles": []}, "Choose at least one."),
        ({"roles": ["emperor"]}, "not a valid choice"),
        ({"all_locations": ""}, "Choose at least one location"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(
    wrong: dict[str, object], sentence: str, client: Client, boss: Staff, session: Session
) -> None:
    response = client.post("/people/new", data=facts(**wrong))

    assert response.status_code == 422
    assert sentence in response.text
    assert ("nora@example.org" in response.text) or "email" in wrong
    assert session.scalars(select(Staff)).all() == [boss]


def test_an_address_that_is_taken_is_refused(client: Client, boss: Staff, make: Make) -> None:
    make.staff(email="nora@example.org")

    response = client.post("/people/new", data=facts(email="Nora@Example.org"))

    assert response.status_code == 422
    assert "already signs in" in response.text


def test_names_in_any_script_are_kept_as_typed(client: Client, boss: Staff, session: Session) -> None:
    client.post("/people/new", data=facts(name="نورا 🌿 Vale"))

    assert session.scalars(select(Staff.name).where(Staff.email == "nora@example.org")).one() == "نورا 🌿 Vale"
    assert "نورا 🌿 Vale" in client.get("/people").text


def test_a_change_of_role_ends_the_sessions_it_was_opened_with(
    app: Flask, client: Client, boss: Staff, make: Make, sign_in: Callable[..., None]
) -> None:
    location = make.location("Uptown")
    nora = make.staff(name="Nora Vale", email="nora@example.org", locations=[location])
    theirs = app.test_client()
    sign_in(theirs, nora)

    only_renamed = facts(name="Nora V.", all_locations="", locations=[location.id])
    assert client.post(f"/people/{nora.id}", data=only_renamed).status_code == 303
    assert theirs.get("/account").status_code == 200

    client.post(f"/people/{nora.id}", data=facts(roles=["liaison"], all_locations="", locations=[location.id]))
    assert theirs.get("/account").location.startswith("/sign-in")


def test_my_own_change_of_role_gives_me_a_new_session_and_ends_the_old(
    app: Flask, client: Client, make: Make, sign_in: Callable[..., None]
) -> None:
    boss = make.staff("administrator", roles=["manager"], all_locations=True)
    sign_in(client, boss)
    cookie = client.get_cookie("intake")
    assert cookie is not None

    mine = facts(name=boss.name, email=boss.email, roles=["administrator"])
    assert client.post(f"/people/{boss.id}", data=mine).status_code == 303

    assert client.get("/people").status_code == 200
    copy = app.test_client()
    copy.set_cookie("intake", cookie.value)
    assert copy.get("/people").location.startswith("/sign-in")


@pytest.fixture
def local_boss(make: Make, client: Client, sign_in: Callable[..., None]) -> Staff:
    """An administrator of one location; there are others, and people who work there."""
    boss = make.staff("administrator", locations=[make.location("Uptown")])
    sign_in(client, boss)
    return boss


def reach(staff: Staff) -> tuple[set[str], set[int], bool]:
    return {role.name for role in staff.roles}, {place.id for place in staff.locations}, staff.all_locations


def test_nobody_gives_themselves_a_role_or_a_location(
    client: Client, local_boss: Staff, make: Make, session: Session
) -> None:
    here, elsewhere = local_boss.locations[0].id, make.location("Downtown").id
    before = reach(local_boss)
    mine = facts(name=local_boss.name, email=local_boss.email, roles=["administrator"], locations=[here])
    for gained in (
        {"all_locations": "y"},
        {"all_locations": "y", "locations": []},
        {"all_locations": "", "locations": [here, elsewhere]},
        {"all_locations": "", "roles": ["administrator", "manager"]},
        {"all_locations": "", "roles": ["manager"]},
    ):
        assert client.post(f"/people/{local_boss.id}", data=mine | gained).status_code == 422
        session.expire_all()
        assert reach(local_boss) == before
    assert "every location" not in client.get(f"/people/{local_boss.id}").text.lower()


def test_an_administrator_of_every_location_gives_themselves_no_role(client: Client, boss: Staff) -> None:
    mine = facts(name=boss.name, email=boss.email, roles=["administrator", "manager"])
    refused = client.post(f"/people/{boss.id}", data=mine)
    assert (refused.status_code, "Ask another administrator" in refused.text) == (422, True)


def test_nobody_gives_access_to_where_they_have_none(
    client: Client, local_boss: Staff, make: Make, session: Session
) -> None:
    here, elsewhere = local_boss.locations[0].id, make.location("Downtown")
    colleague = make.staff(locations=local_boss.locations, name="Nora Vale", email="nora@example.org")
    for gained in ({"all_locations": "y"}, {"all_locations": "", "locations": [here, elsewhere.id]}):
        assert client.post("/people/new", data=facts(email="new@example.org") | gained).status_code == 422
        assert client.post(f"/people/{colleague.id}", data=facts() | gained).status_code == 422
    session.expire_all()
    assert reach(colleague) == ({"front_desk"}, {here}, False)
    assert session.scalars(select(Staff).where(Staff.email == "new@example.org")).all() == []

    given = facts(all_locations="", locations=[here], roles=["liaison"])
    assert client.post(f"/people/{colleague.id}", data=given).status_code == 303


def test_nobody_gives_a_role_of_more_than_they_hold(
    client: Client, boss: Staff, make: Make, session: Session, sign_in: Callable[..., None]
) -> None:
    colleague = make.staff(all_locations=True, name="Nora Vale", email="nora@example.org")
    for roles in (["manager"], ["front_desk", "manager"]):
        assert client.post("/people/new", data=facts(email="new@example.org", roles=roles)).status_code == 422
        refused = client.post(f"/people/{colleague.id}", data=facts(roles=roles))
        assert (refused.status_code, "a manager too" in refused.text) == (422, True)
    session.expire_all()
    assert reach(colleague) == ({"front_desk"}, set(), True)
    assert session.scalars(select(Staff).where(Staff.email == "new@example.org")).all() == []

    sign_in(client, make.staff("administrator", roles=["manager"], all_locations=True))
    assert client.post(f"/people/{colleague.id}", data=facts(roles=["manager"])).status_code == 303


def test_nobody_makes_a_link_to_sign_in_as_somebody_who_may_do_more(client: Client, boss: Staff, make: Make) -> None:
    manager = make.staff("manager", all_locations=True, name="Helen Voss")
    assert "Link to a new password" not in client.get(f"/people/{manager.id}").text
    client.post(f"/people/{manager.id}/password-link")
    with pytest.raises(records.BeyondRoles):
        password_links.issue(manager, by=boss)
    # What they hold already is no gain, so their name can still be set right.
    kept = facts(name="Helen Voss-Lund", email=manager.email, roles=["manager"])
    assert client.post(f"/people/{manager.id}", data=kept).status_code == 303


def test_nobody_takes_the_address_of_somebody_who_may_do_more(
    client: Client, boss: Staff, make: Make, session: Session
) -> None:
    manager = make.staff("manager", all_locations=True, name="Helen Voss")
    mine = facts(name="Helen Voss", email="somebody.else@example.org", roles=["manager"])
    refused = client.post(f"/people/{manager.id}", data=mine)
    assert refused.status_code == 422 and "They may do more than you" in refused.text
    # Nor by taking the role away in the same breath.
    assert client.post(f"/people/{manager.id}", data=mine | {"roles": ["front_desk"]}).status_code == 422
    desk = make.staff("front_desk", all_locations=True, email="old@example.org")
    assert client.post(f"/people/{desk.id}", data=facts(name="D", email="new@example.org")).status_code == 303
    entry = session.scalars(select(AuditEntry).filter_by(action="person.changed")).one()
    assert (entry.details["address_before"], entry.details["address_after"]) == ("old@example.org", "new@example.org")


def test_whoever_looks_after_the_machine_makes_any_link(app: Flask, client: Client, make: Make) -> None:
    make.staff("manager", all_locations=True, email="helen@example.org")
    made = app.test_cli_runner().invoke(args=["password-link", "--email", "Helen@example.org"])
    assert client.get(made.output.strip().removeprefix("http://localhost")).status_code == 200
    assert app.test_cli_runner().invoke(args=["password-link", "--email", "nobody@example.org"]).exit_code == 1


def test_people_of_other_locations_are_not_theirs_to_change(
    client: Client, local_boss: Staff, make: Make, session: Session
) -> None:
    here, elsewhere = local_boss.locations[0], make.location("Downtown")
    others = [
        make.staff("manager", all_locations=True),
        make.staff("manager", locations=[elsewhere]),
        make.staff("manager", locations=[here, elsewhere]),
    ]
    listed = client.get("/people").text
    for staff in others:
        assert staff.name + "</a>" not in listed or staff.email not in listed
        assert client.get(f"/people/{staff.id}").status_code == 404
        for action in ("", "/deactivate", "/reactivate", "/sign-out", "/password-link"):
            sent = facts(email=staff.email, all_locations="", locations=[here.id])
            assert client.post(f"/people/{staff.id}{action}", data=sent).status_code == 404
        with pytest.raises(records.BeyondReach):
            password_links.issue(staff, by=local_boss)
    assert session.scalars(select(PasswordLink)).all() == []
    assert all(staff.active for staff in others)


def test_one_active_administrator_always_remains(client: Client, boss: Staff, make: Make, session: Session) -> None:
    make.staff("administrator", active=False)

    stopped = client.post(f"/people/{boss.id}/deactivate")
    told = client.get("/people").text
    demoted = client.post(f"/people/{boss.id}", data=facts(name=boss.name, email=boss.email, roles=["manager"]))

    assert (stopped.status_code, "only administrator" in told) == (303, True)
    assert (demoted.status_code, "only administrator" in demoted.text) == (422, True)
    session.refresh(boss)
    assert boss.active
    assert [role.name for role in boss.roles] == ["administrator"]


def test_somebody_stopped_is_out_at_once_and_can_be_let_in_again(
    app: Flask, client: Client, boss: Staff, make: Make, sign_in: Callable[..., None]
) -> None:
    nora = make.staff(password=GOOD)
    theirs = app.test_client()
    sign_in(theirs, nora)

    client.post(f"/people/{nora.id}/deactivate")

    assert theirs.get("/account").location.startswith("/sign-in")
    assert theirs.post("/sign-in", data={"email": nora.email, "password": GOOD}).status_code == 401
    client.post(f"/people/{nora.id}/reactivate")
    assert theirs.post("/sign-in", data={"email": nora.email, "password": GOOD}).status_code == 303


def test_changing_my_password_keeps_me_here_and_signs_me_out_elsewhere(
    app: Flask, client: Client, boss: Staff, sign_in: Callable[..., None], session: Session
) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, boss)
    new = "a lamp under water"

    wrong = client.post("/account/password", data={"current": "no", "new_password": new, "repeated": new})
    differs = client.post("/account/password", data={"current": GOOD, "new_password": new, "repeated": new + "x"})
    done = client.post("/account/password", data={"current": GOOD, "new_password": new, "repeated": new})

    assert (wrong.status_code, differs.status_code, done.status_code) == (422, 422, 303)
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").location.startswith("/sign-in")
    session.refresh(boss)
    assert passwords.is_right(boss, new)


def test_guessing_the_present_password_is_slowed_down(client: Client, boss: Staff) -> None:
    tries = [
        client.post(
            "/account/password",
            data={"current": "no", "new_password": "a lamp under water", "repeated": "a lamp under water"},
        )
        for _ in range(6)
    ]

    assert [each.status_code for each in tries] == [422] * 5 + [429]


def test_a_person_who_does_not_exist_is_nothing_here(client: Client, boss: Staff) -> None:
    for path in ("/people/999", "/people/99999999999999999999999", "/people/0"):
        assert client.get(path).status_code == 404


def test_roles_and_locations_are_boxes_with_labels_of_their_own(client: Client, boss: Staff, make: Make) -> None:
    make.location("Uptown")

    body = client.get("/people/new").text

    for box in ("roles-0", "locations-0"):
        assert f'<label class="form-check-label" for="{box}">' in body
