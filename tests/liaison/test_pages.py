"""Every page of the room opens for a liaison, empty and with something on it."""

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.liaison.people.models import OfficeContact
from tests.clients import Client
from tests.liaison import relationships
from tests.making import Make
from tests.pages import text_of


def test_pages_open(session: Session, make: Make, client: Client, liaison: Any) -> None:
    group = make.referring_practice("Elm Street Family Medicine")
    doctor = make.physician("Adler", "Ruth", referring_practice_id=group.id)
    relationships.contact(make, group)
    looked_after = relationships.target(make, liaison.place, doctor, owner=liaison)
    written = relationships.touchpoint(make, liaison.place, doctor, author=liaison)
    issue = relationships.issue(make, liaison.place, physician_id=doctor.id)
    relationships.promise(make, liaison.place, liaison, physician_id=doctor.id)
    session.commit()
    client.post(f"/relationships/{looked_after.id}/plan")

    for address, words in {
        "/relationships": "Ruth Adler",
        "/relationships?q=Addler": "Nobody fits Show all, or take a word away. Spelled much like it: Ruth Adler",
        "/relationships/day": "Ruth Adler",
        "/relationships/week": "Ruth Adler",
        "/relationships/potential": "Nobody new is known",
        "/relationships/touchpoints": "Asked how results reach them",
        "/relationships/touchpoints/new": "Whom was it with?",
        f"/relationships/touchpoints/new?with=physician-{doctor.id}": "Dana Pruitt",
        "/relationships/touchpoints/new?q=elm": "Elm Street",
        f"/relationships/touchpoints/{written.id}": "Save",
        "/relationships/issues": "Results not sent",
        f"/relationships/issues/{issue.id}": "What was done",
        f"/relationships/physicians/{doctor.id}/brief": "Dana Pruitt",
        f"/relationships/practices/{group.id}/brief": "Dana Pruitt",
        f"/relationships/physicians/{doctor.id}/history": "Visited",
        f"/relationships/practices/{group.id}/history": "Visited",
        f"/relationships/physicians/{doctor.id}/care": "What they wish",
        f"/relationships/practices/{group.id}/contacts/new": "When they are in",
    }.items():
        response = client.get(address)
        assert response.status_code == 200, address
        assert words in text_of(response), address


def test_of_two_people_who_save_one_form_the_second_is_shown_what_the_first_one_changed(
    session: Session, make: Make, client: Client, liaison: Any, sign_in: Any
) -> None:
    doctor = make.physician("Adler", "Ruth")
    relationships.target(make, liaison.place, doctor, owner=liaison)
    dana = relationships.contact(make, physician_id=doctor.id, practice_id=None)
    issue = relationships.issue(make, liaison.place, physician_id=doctor.id)
    session.commit()
    care = {"location": liaison.place.id, "owner": liaison.id, "tier": "B"}
    forms: list[tuple[str, str, dict[str, Any]]] = [
        (f"/relationships/physicians/{doctor.id}/care", "results_by", care),
        (f"/relationships/contacts/{dana.id}", "note", {"name": "Dana Pruitt", "job": "coordinator"}),
        (f"/relationships/issues/{issue.id}", "done", {"owner": ""}),
        ("/relationships/words", "body", {"kind": "call_reasons"}),
    ]

    def seen(page: str, kind: str) -> str:
        found = re.search(r'name="seen"[^>]* value="(\w{32})"', page[page.index(f'value="{kind}"') if kind else 0 :])
        assert found
        return found[1]

    for address, field, rest in forms:
        if field == "body":
            sign_in(client, make.staff("manager", all_locations=True))
        kind = rest.get("kind", "")
        opened = {"seen": seen(client.get(address).text, kind)}
        assert client.post(address, data=rest | opened | {field: "Fax first"}).status_code == 303, address
        second = client.post(address, data=rest | opened | {field: "Portal then"})
        assert second.status_code == 409 and "Portal then" in second.text, address
        assert "Somebody else saved this" in second.text and "“Fax first”" in text_of(second), address
        again = rest | {"seen": seen(second.text, kind), field: "Portal then"}
        assert client.post(address, data=again).status_code == 303, address


def test_care_at_another_location_is_shown_before_it_is_overwritten(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    here, there = make.location(code="AAA"), make.location(code="BBB")
    manager, doctor = make.staff("manager", all_locations=True), make.physician("Adler", "Ruth")
    for place, tier in ((here, "A"), (there, "C")):
        relationships.target(make, place, doctor, owner=manager, tier=tier)
    session.commit()
    sign_in(client, manager)
    address = f"/relationships/physicians/{doctor.id}/care"
    page = client.get(address).text
    seen = re.search(r'name="seen"[^>]* value="(\w{32})"', page)
    assert seen
    sent = {"location": there.id, "owner": manager.id, "tier": "A", "seen": seen[1]}
    answer = client.post(address, data=sent)
    assert answer.status_code == 409 and "Now stands" in answer.text


def test_notes_everywhere_warn_of_a_patients_name_and_a_long_one_is_cut_in_the_brief(
    session: Session, make: Make, client: Client, liaison: Any
) -> None:
    doctor = make.physician("Adler", "Ruth")
    make.patient("Robert", "Goodwin")
    dana = relationships.contact(make, physician_id=doctor.id, practice_id=None)
    issue = relationships.issue(make, liaison.place, physician_id=doctor.id)
    relationships.touchpoint(make, liaison.place, doctor, author=liaison, words="Faxes " * 300)
    session.commit()
    care = f"/relationships/physicians/{doctor.id}/care"
    for address, field, rest in (
        (care, "note", {"location": liaison.place.id, "owner": liaison.id}),
        (f"/relationships/contacts/{dana.id}", "note", {"name": "Dana Pruitt", "job": "coordinator"}),
        (f"/relationships/issues/{issue.id}", "done", {}),
    ):
        seen = re.search(r'name="seen"[^>]* value="(\w{32})"', client.get(address).text)
        named = client.post(address, data=rest | {field: "Asked for Robert Goodwin", "seen": seen and seen[1]})
        assert named.status_code == 303, address
        said = text_of(client.get("/relationships"))
        assert "It may name a patient" in said and "Goodwin" not in said, address
    for _ in range(2):
        new = {"name": "Kim Test", "job": "coordinator"}
        client.post(f"/relationships/physicians/{doctor.id}/contacts/new", data=new)
    assert session.scalars(select(OfficeContact.name).order_by(OfficeContact.id)).all() == ["Dana Pruitt", "Kim Test"]
    brief = client.get(f"/relationships/physicians/{doctor.id}/brief").text
    assert 0 < brief.count("Faxes ") < 60
