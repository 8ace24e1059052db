"""Contacts and touchpoints as CSV files: in row by row, once, and out again."""

import csv
import io
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from intake import clock
from intake.accounts.models import AuditEntry
from intake.directory.brought_files.models import BroughtFile
from intake.liaison.people.models import OfficeContact
from intake.liaison.people.whom import of_physician
from intake.liaison.touchpoints.kinds import TouchpointKind
from intake.liaison.touchpoints.models import Touchpoint
from intake.liaison.touchpoints.recording import NewTouchpoint, correct_touchpoint
from tests.clients import Client
from tests.directory.brought_files.bringing import bring_in, send, take_back
from tests.liaison import relationships
from tests.making import Make
from tests.pages import text_of

ADDRESS = "/relationships/files"


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
        "Activity Date,Activity Type,Provider,NPI,Contact,Notes,User,Purpose,Need,Materials,Cost,Received\n"
        f'05/04/2026,Drop-in,,{doctor.npi},Dana Pruitt,"=Asked about the fax, twice",theo lund,Service,A fax,Flyer,,\n'
        '05/04/2026,Lunch and Learn,"Adler, Ruth MD",,,Talked about early signs,,,,,48.50,no\n'
        ",,,,,,,,,,,\n"
    )

    for _ in range(2):
        bring_in(client, "contacts", contacts)
        bring_in(client, "touchpoints", touchpoints)

    dana = session.scalars(select(OfficeContact)).one()
    assert (dana.job, dana.hours, dana.practice_id) == ("coordinator", "Mon-Thu 8:00-12:00", group.id)
    visit, lunch = session.scalars(select(Touchpoint).order_by(Touchpoint.id)).all()
    assert (visit.kind, visit.author_id, len(visit.participants)) == ("visit", author.id, 2)
    assert (visit.purpose, visit.need, visit.materials) == ("Service", "A fax", "Flyer")
    assert (lunch.cost_cents, [each.received_cents for each in lunch.participants]) == (48_50, [None])
    assert (lunch.kind, lunch.author_id, visit.location_id) == ("lunch", None, place.id)
    out = client.get(f"{ADDRESS}/touchpoints.csv").text
    assert "'=Asked about the fax, twice" in out and "Ruth Adler, MD" in out
    relationships.promise(make, place, author, physician_id=doctor.id, touchpoint_id=visit.id, text="Send the form")
    relationships.issue(make, place, physician_id=doctor.id, touchpoint_id=visit.id)
    session.commit()
    # Its next step and its issue go out with it, once, though it was with two.
    out = client.get(f"{ADDRESS}/touchpoints.csv").text
    assert out.count("Send the form") == out.count("Results not sent: Results don't reach them.") == 1
    # Our own file comes in again.
    bring_in(client, "contacts", client.get(f"{ADDRESS}/contacts.csv").text.lstrip("\ufeff"))
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

    told = bring_in(client, "touchpoints", rows)
    persons = bring_in(client, "contacts", people)
    untitled = bring_in(client, "touchpoints", "just,some\nwords,here\n")
    empty = bring_in(client, "contacts", "")

    assert "4 rows can’t be brought in" in told and "“31/31/2026” is no date" in told
    assert "“séance” is no kind" in told and "“1234567890” is no NPI: expected an NPI: ten digits" in told
    assert "sentence has more than 4,000 letters" in told
    assert "Sam Gone (1)" in told and "Bring in without these 4 rows" in told
    assert session.scalars(select(Touchpoint.words)).all() == ["Fine"]
    assert "Row 2: Ann Lee: “Wizard” is none of" in persons and "“ann@x” is no e-mail address" in persons
    assert "2 rows can’t be brought in" in persons and "more than 120 letters" in persons
    named = session.scalars(select(OfficeContact).order_by(OfficeContact.name)).all()
    assert [(each.name, each.job, each.note) for each in named] == [
        ("Ann Lee", "other", "Job: Wizard"), ("Ben Ott", "nurse", ""), ("Cora Diaz", "other", "")
    ]  # fmt: skip
    assert "Missing: NPI or Physician or Practice, Date, Sentence" in untitled
    assert "an empty file" in empty


def test_our_own_file_of_touchpoints_changes_nothing_and_new_lines_in_it_are_added(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    doctor, place = make.physician("Adler", "Ruth"), make.location()
    for words in ("Met her", "Met her", "Sent\na page", "=Asked"):
        relationships.touchpoint(make, place, doctor, words=words)
    session.commit()
    sign_in(client, make.staff("manager", locations=[place]))
    out = client.get(f"{ADDRESS}/touchpoints.csv").text.lstrip("\ufeff")
    rows, written = list(csv.DictReader(io.StringIO(out))), io.StringIO()
    rest = csv.DictWriter(written, [name for name in rows[0] if name != "Id"], extrasaction="ignore")
    rest.writeheader()
    rest.writerows(rows)
    today = out.splitlines()[1].partition(",")[0]

    bring_in(client, "touchpoints", out)
    bring_in(client, "touchpoints", written.getvalue())
    assert session.scalar(select(func.count()).select_from(Touchpoint)) == 4
    bring_in(client, "touchpoints", f"{out}{today},visit,,{doctor.npi},,,New line\r\n")
    assert session.scalar(select(func.count()).select_from(Touchpoint)) == 5


def test_a_gift_over_the_limit_from_a_file_waits_for_a_managers_reason(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    doctor = make.physician("Adler", "Ruth")
    session.commit()
    sign_in(client, make.staff("manager"))
    day = clock.clinic_today("America/New_York")
    told = bring_in(client, "touchpoints", f"Date,Kind,NPI,Sentence,Cost\n{day},gift,{doctor.npi},Basket,6000\n")
    assert "nobody has said why" in told
    unsure = f"Date,Kind,NPI,Sentence,Cost,Received\n{day},gift,{doctor.npi},Mug,20,perhaps\n"
    assert "“perhaps” under Received says neither yes nor no" in bring_in(client, "touchpoints", unsure)
    found = session.scalars(select(Touchpoint)).one()
    assert (found.over_limit_reason, found.over_limit_by_id) == ("nobody has said why", None)
    assert "Over the limit, nobody has said why" in text_of(client.get(f"/relationships/gifts?year={day.year}"))
    form = client.get(f"/relationships/touchpoints/{found.id}").text
    assert "Basket" in form and "nobody has said why" not in form


def test_a_contact_who_is_there_is_brought_up_to_date_and_each_change_is_told(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    make.referring_practice("Elm Street Family Medicine")
    session.commit()
    sign_in(client, make.staff("manager"))
    titles = "Practice,Contact,Job,Phone,Hours,Left\n"
    office = "Elm Street Family Medicine"
    first = f'"{office}, PLLC",Dana Pruitt,Nurse,518.555.0142 x4,,\n{office},Gil Left,,,,yes\n'
    bring_in(client, "contacts", titles + first)
    later = f"{office},Dana Pruitt,,(518) 555-0143,Mon 8-12,\n{office},Gil Left,,,,no\n"
    told = bring_in(client, "contacts", titles + later)
    assert "To change 1" in told and "There already 1" in told
    assert "Row 2: Dana Pruitt: phone: (518) 555-0142 → (518) 555-0143" in told
    assert "Row 3: Gil Left: has left here, and the file says otherwise" in told
    mistaken = f"{office},Dana Pruitt,,555-CALL,late,maybe\nElm Street,Al,,,,\n"
    wrong = bring_in(client, "contacts", titles + mistaken)
    assert "“555-CALL” is no telephone number; “late” are no hours" in wrong and "“maybe” doesn’t say" in wrong
    assert "No practice is called “Elm Street”; did you mean “Elm Street Family Medicine”" in wrong
    bring_in(client, "contacts", f"{titles}{office},Dana Pruitt,,,,yes\n")
    session.expire_all()
    dana, gil = session.scalars(select(OfficeContact).order_by(OfficeContact.name))
    assert (dana.job, dana.phone_e164, dana.hours, dana.note) == (
        "nurse", "+15185550143", "Mon 8:00-12:00", "Extension 4"
    )  # fmt: skip
    assert dana.gone_at and gil.gone_at


def test_touchpoints_with_a_time_and_a_printed_kind_are_taken_and_another_ones_npi_is_not(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    doctor = make.physician("Adler", "Ruth")
    session.commit()
    sign_in(client, make.staff("manager"))
    rows = (
        f"2026-05-04 14:30,Visited,,{doctor.npi},One\n05/04/2026 2:30 PM,,Ruth Adler MD,{doctor.npi},Two\n"
        f'2026-05-04,Visit,"Quarles, Caleb",{doctor.npi},Three\n1926-05-04,Visit,,{doctor.npi},Four\n'
    )
    told = bring_in(client, "touchpoints", "Date,Kind,Physician,NPI,Sentence\n" + rows)
    assert "Row 3: names no kind; taken as Visit." in told
    assert "Ruth Adler, MD’s, not “Quarles, Caleb”" in told and "1926-05-04 is before 2000." in told
    assert session.scalars(select(Touchpoint.words).order_by(Touchpoint.words)).all() == ["One", "Two"]


def test_a_file_of_contacts_waits_for_its_preview_and_is_entered_once(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    make.referring_practice("Elm Street")
    manager = make.staff("manager")
    session.commit()
    sign_in(client, manager)
    page = send(client, "contacts", "Practice,Contact,Job,Phone,E-mail\nElm Street,Ana Bell,Nurse,5185550142,ana\n"
                                    "Elm Street,Cy Dean,Nurse,5185550142,\n,,,12,x\n")  # fmt: skip
    told = text_of(page)
    assert "Check, then bring in" in told and "To add 1" in told and "(518) 555-0142" in told
    # All that is wrong with a row is told at once.
    assert "names neither NPI nor physician nor practice; there is no name of a contact; “x” is no e-mail" in told
    assert "“12” is no telephone number" in told
    assert session.scalars(select(OfficeContact)).all() == []
    kept = session.scalars(select(BroughtFile).options(undefer(BroughtFile.reading))).one()
    assert b"Dean" not in (kept.reading or b"")

    sign_in(client, make.staff("manager"))
    assert client.get(page.address).status_code == client.post(page.address).status_code == 404
    sign_in(client, manager)
    for _ in range(2):
        assert "The file is in" in text_of(client.get(client.post(page.address).location))
    assert session.scalars(select(OfficeContact.name)).all() == ["Cy Dean"]
    gone = send(client, "contacts", "Practice,Contact\nElm Street,Ed Fox\n")
    client.post(f"{gone.address}/discard")
    client.post(gone.address)
    assert session.scalars(select(OfficeContact.name)).all() == ["Cy Dean"]


def test_a_file_of_contacts_is_taken_back_but_for_what_was_changed_since(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    group, place = make.referring_practice("Elm Street"), make.location()
    dana = relationships.contact(make, group, name="Dana Pruitt")
    session.commit()
    sign_in(client, make.staff("manager", locations=[place]))
    page = send(
        client,
        "contacts",
        "Practice,Contact,Phone,Hours\nElm Street,Dana Pruitt,5185550142,Mon 8-12\nElm Street,Ana Bell,,\n"
        "Elm Street,Ben Cole,,\nElm Street,Cy Dean,,\nElm Street,Cy Dean,5185550143,\n",
    )
    client.post(page.address)
    ben, cy = (
        session.scalars(select(OfficeContact).where(OfficeContact.name == n)).one() for n in ("Ben Cole", "Cy Dean")
    )
    assert cy.phone_e164 == "+15185550143"
    ben.email, dana.hours = "ben@example.org", "Tue 8:00-12:00"
    session.commit()

    told = take_back(client, page.address)
    assert (
        "2 contacts removed. 1 stays, as before but for what was changed since: Dana Pruitt. 1 stays, changed" in told
    )
    session.expire_all()
    assert session.scalars(select(OfficeContact.name).order_by(OfficeContact.id)).all() == ["Dana Pruitt", "Ben Cole"]
    assert (dana.phone_e164, dana.hours) == (None, "Tue 8:00-12:00")
    ben.email, dana.hours = "", "Mon 8:00-12:00"
    session.commit()
    assert "1 contact removed, 1 as before." in take_back(client, page.address)
    assert dana.hours == "" and "can’t be taken back any more" in take_back(client, page.address)
    assert "file.taken_back" in session.scalars(select(AuditEntry.action)).all()


def test_a_file_of_touchpoints_is_taken_back_and_may_come_in_again_mended(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    doctor, sees = make.physician("Adler", "Ruth"), make.physician("Beck", "Tom")
    place = make.location()
    looked_after = [relationships.target(make, place, each) for each in (doctor, sees)]
    session.commit()
    sign_in(client, make.staff("manager", locations=[place]))
    rows = f"Date,Kind,NPI,Sentence\n2026-05-04,visit,{doctor.npi},One\n2026-05-05,visit,{doctor.npi},Two\n"
    rows += f"2026-05-06,visit,{sees.npi},Three\n"
    page = send(client, "touchpoints", rows)
    client.post(page.address)
    assert [each.last_contact_on for each in looked_after] == [date(2026, 5, 5), date(2026, 5, 6)]
    two = session.scalars(select(Touchpoint).where(Touchpoint.words == "Two")).one()
    correct_touchpoint(
        two,
        NewTouchpoint(TouchpointKind.VISIT, "Two, mended", two.day, [of_physician(doctor)]),
        by_id=make.staff("manager").id,
    )
    session.commit()

    told = take_back(client, page.address)
    assert [each.last_contact_on for each in looked_after] == [date(2026, 5, 5), None]
    assert "2 touchpoints removed" in told and "1 stays, changed since: 05/05/2026, Ruth Adler" in told
    standing = select(Touchpoint.words).where(Touchpoint.withdrawn_at.is_(None)).order_by(Touchpoint.id)
    assert session.scalars(standing).all() == ["Two, mended"]
    bring_in(client, "touchpoints", rows)
    assert session.scalars(standing).all() == ["Two, mended", "One", "Three"]
    # Somebody else's file is for those who work everywhere.
    sign_in(client, make.staff("manager", locations=[make.location()]))
    assert client.post(f"{page.address}/take-back").status_code == 403


def test_files_are_taken_as_other_programs_write_them(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    doctor = make.physician("Adler", "Ruth")
    make.referring_practice("Elm Street")
    session.commit()
    sign_in(client, make.staff("manager"))
    told = bring_in(
        client,
        "contacts",
        "Record ID,First Name,Last Name,Company,Business Phone,E-mail Address\n1,Ann,Lee,Elm Street,#N/A,ann@x.org\n"
        "2,#N/A,,Elm Street,,\n",
    )
    assert "There is no name of a contact" in told and "Columns not used: Record ID." in told
    assert session.scalars(select(OfficeContact.name)).all() == ["Ann Lee"]
    # A moment in Greenwich is the evening before here; midnight is a day without a time.
    rows = f"2026-05-20T02:00:00.000Z,{doctor.npi},One\n2026-05-20T00:00:00Z,{doctor.npi},Two\n"
    bring_in(client, "touchpoints", "Activity Date,NPI,Subject\n" + rows)
    days = session.scalars(select(Touchpoint.day).order_by(Touchpoint.words)).all()
    assert [day.isoformat() for day in days] == ["2026-05-19", "2026-05-20"]


def test_our_own_files_brought_in_unchanged_change_nothing(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    place = make.location()
    group = make.referring_practice("Elm Street")
    # Two of one name, and one without.
    relationships.contact(make, group, name="Carol Hobbs", hours="Mon 8:00-12:00")
    relationships.contact(make, group, name="Carol Hobbs", hours="Tue 8:00-12:00")
    relationships.contact(make, group, name="Walt Jensen")
    session.commit()
    sign_in(client, make.staff("manager", locations=[place]))
    out = client.get(f"{ADDRESS}/contacts.csv").text.lstrip("\ufeff")
    assert "To change 0" in bring_in(client, "contacts", out)
    told = bring_in(client, "contacts", "Practice,Contact,Hours\nElm Street,Carol Hobbs,Wed 8-12\n")
    assert "2 contacts there are called so; give the Id" in told

    rows = "Date,Practice,Sentence\n2026-05-04,Elm Street,Who is a good fit\n"
    bring_in(client, "touchpoints", rows)
    out = client.get(f"{ADDRESS}/touchpoints.csv").text.lstrip("\ufeff").replace("Who is a good fit", "Changed")
    told = bring_in(client, "touchpoints", out)
    assert "Nothing to bring in" in told and "reads otherwise here and stays" in told
    assert "Who is a good fit" in told and "Changed" not in told


def test_touchpoints_as_other_programs_export_them(session: Session, make: Make, client: Client, sign_in: Any) -> None:
    place = make.location()
    theo = make.staff("liaison", locations=[place], name="Theo Lund")
    make.referring_practice("Elm Street")
    session.commit()
    sign_in(client, make.staff("manager", locations=[place]))
    bring_in(
        client,
        "touchpoints",
        "Date,Assigned,Subject,Comments,Account Name\n11/4/2025,Theo,Call,Spoke to front desk,Elm Street\n"
        "11/5/2025,LUND THEO,Brought the new cards,,Elm Street\n",
    )
    told = bring_in(client, "touchpoints", "Event Date,Event Type,Account,Call Notes\n11/6/2025,Visit,Elm Street,\n")
    assert "says nothing of it; kept as “Visited”" in told
    made = session.scalars(select(Touchpoint).order_by(Touchpoint.day)).all()
    assert [(each.kind, each.words, each.author_id) for each in made] == [
        ("phone", "Spoke to front desk", theo.id),
        ("visit", "Brought the new cards", theo.id),
        ("visit", "Visited", None),
    ]
