"""Contacts and touchpoints as CSV files: in row by row, once, and out again."""

import io
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.liaison.people.models import OfficeContact
from intake.liaison.touchpoints.models import Touchpoint
from tests.clients import Client
from tests.liaison import relationships
from tests.making import Make
from tests.pages import text_of

ADDRESS = "/relationships/files"


def bring_in(client: Client, what: str, text: str) -> Any:
    file = (io.BytesIO(text.encode("utf-8-sig")), "export.csv")
    return client.post(ADDRESS, data={"what": what, "file": file}, content_type="multipart/form-data")


def test_a_file_is_taken_whole_once_and_comes_out_again(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    place = make.location()
    author = make.staff("liaison", locations=[place], name="Theo Lund")
    group = make.referring_practice("Elm Street Family Medicine")
    doctor = make.physician("Adler", "Ruth", referring_practice_id=group.id)
    relationships.target(make, place, doctor)
    session.commit()
    sign_in(client, make.staff("manager", locations=[place]))
    contacts = (
        "Account;Contact Name;Title;Phone;Availability\n"
        "elm street family medicine;Dana Pruitt;Referral Coordinator;(518) 555-0142;Mon-Thu 8-12\n"
    )
    touchpoints = (
        "Activity Date,Activity Type,Provider,NPI,Contact,Notes,User\n"
        f'05/04/2026,Drop-in,,{doctor.npi},Dana Pruitt,"=Asked about the fax, twice",theo lund\n'
        '05/04/2026,Lunch and Learn,"Adler, Ruth MD",,,Talked about early signs,\n'
        ",,,,,,\n"
    )

    for _ in range(2):
        assert bring_in(client, "contacts", contacts).status_code == 303
        assert bring_in(client, "touchpoints", touchpoints).status_code == 303

    dana = session.scalars(select(OfficeContact)).one()
    assert (dana.job, dana.hours, dana.practice_id) == ("coordinator", "Mon-Thu 8:00-12:00", group.id)
    visit, lunch = session.scalars(select(Touchpoint).order_by(Touchpoint.id)).all()
    assert (visit.kind, visit.author_id, len(visit.participants)) == ("visit", author.id, 2)
    assert (lunch.kind, lunch.author_id, visit.location_id) == ("lunch", None, place.id)
    out = client.get(f"{ADDRESS}/touchpoints.csv").text
    assert "'=Asked about the fax, twice" in out and "Ruth Adler, MD" in out
    # Our own file comes in again.
    assert bring_in(client, "contacts", client.get(f"{ADDRESS}/contacts.csv").text.lstrip("\ufeff")).status_code == 303
    assert session.scalar(select(func.count()).select_from(OfficeContact)) == 1


def test_what_cannot_be_read_is_told_by_row_and_the_others_are_kept(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    doctor = make.physician("Adler", "Ruth")
    session.commit()
    sign_in(client, make.staff("manager"))
    rows = (
        f"Date,Type,NPI,Sentence,By\n2026-05-04,visit,{doctor.npi},Fine,Sam Gone\n"
        f"31/31/2026,visit,{doctor.npi},No day,\n"
        f"2026-05-04,séance,{doctor.npi},No kind,\n2026-05-04,visit,1234567890,Nobody,\n"
        f"2026-05-04,visit,{doctor.npi},{'long ' * 900},\n"
    )
    people = (
        f"NPI,Contact,Role,E-mail\n{doctor.npi},Ann Lee,Wizard,ann@example.org\n{doctor.npi},Ben Ott,Nurse,ann@x\n"
        f"{doctor.npi},{'N' * 400},Nurse,\n{doctor.npi},Cora Diaz,,cora@example.org\n{doctor.npi},Ben Ott,Nurse,\n"
    )

    wrong = bring_in(client, "touchpoints", rows)
    persons = bring_in(client, "contacts", people)
    untitled = bring_in(client, "touchpoints", "just,some\nwords,here\n")
    empty = bring_in(client, "contacts", "")

    told = text_of(wrong)
    assert wrong.status_code == untitled.status_code == empty.status_code == 422
    assert all(f"Row {number}" in told for number in (3, 4, 5, 6)) and "Row 2" not in told
    assert "Sam Gone (1)" in told and "1 touchpoint added" in told
    assert session.scalars(select(Touchpoint.words)).all() == ["Fine"]
    told = text_of(persons)
    assert "Row 2: “Wizard” is no job" in told and "Row 3: “ann@x” is no e-mail address" in told
    assert "Row 4" in told and "more than 120 letters" in told and "Row 5" not in told and "Row 6" not in told
    named = session.scalars(select(OfficeContact).order_by(OfficeContact.name)).all()
    assert [(each.name, each.job) for each in named] == [("Ben Ott", "nurse"), ("Cora Diaz", "other")]
    assert "missing: NPI, physician or practice, date, sentence" in text_of(untitled)
