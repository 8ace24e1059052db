"""Every page of the room opens for a liaison, empty and with something on it."""

from typing import Any

from sqlalchemy.orm import Session

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
