"""Patients' pages: found by name, seen by those who work where the patient was, and by nobody else."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from intake.accounts.models import AuditEntry
from intake.db import db
from intake.directory.merging.merge import Kind, merge
from intake.survey.question import wording
from intake.survey.recording.record_answer import NewMention
from tests.pages import text_of


@pytest.fixture
def place(app, make):
    return make.location("Riverside")


@pytest.fixture
def front_desk(client, make, place, sign_in):
    sign_in(client, make.staff("front_desk", locations=[place]))


def test_a_patient_is_found_though_misspelled_and_only_at_ones_own_locations(client, make, place, front_desk):
    make.visit(place, make.patient("Persephone", "Quackenbush", mrn="77001"))
    make.visit(make.location("Harbour"), make.patient("Peter", "Quackenbush", mrn="77002"))
    db.session.commit()

    page = client.post("/patients", data={"q": "quakenbush"}).text

    assert "Persephone Quackenbush" in page
    assert "Peter" not in page
    assert "Type a name to begin" in client.get("/patients").text
    assert "Nobody found" in client.post("/patients", data={"q": "zzyzx"}).text


def test_the_page_of_a_patient_tells_what_they_said_and_whom_they_sent(client, make, place, front_desk):
    sources = make.sources()
    label = wording.source_label(sources["website"], "en")
    linda, noise = make.patient("Linda", "Marsh"), make.patient("Noise", "Maker")
    first = make.visit(place, linda)
    make.answer(first, sources["website"])
    friend = sources["friend_family"]
    sent = make.visit(place, make.patient("Omar", "Haddad"))
    make.answer(sent, NewMention(friend.id, referring_patient_id=linda.id))
    far = make.visit(make.location("Harbour"), make.patient("Secret", "Elsewhere"))
    make.answer(far, NewMention(friend.id, referring_patient_id=linda.id))
    make.answer(make.visit(place, noise), sources["website"])
    db.session.commit()

    page = client.get(f"/patients/{linda.id}").text

    assert label in page
    assert "Omar Haddad" in page
    assert "Secret" not in page
    assert "1 more at other locations" in page


def test_an_answer_that_was_corrected_no_longer_names_whom_it_named(client, make, place, front_desk):
    sources = make.sources()
    linda = make.patient("Linda", "Marsh")
    make.visit(place, linda)
    sent = make.visit(place, make.patient("Omar", "Haddad"))
    make.answer(sent, NewMention(sources["friend_family"].id, referring_patient_id=linda.id))
    make.answer(sent, sources["website"], corrects=True)
    db.session.commit()

    assert "Omar Haddad" not in client.get(f"/patients/{linda.id}").text


def test_opening_a_page_is_noted_and_names_nobody(committed_app, make, sign_in):
    place = make.location()
    marta = make.patient("Marta", "Reyes")
    make.visit(place, marta)
    client = committed_app.test_client()
    sign_in(client, make.staff(locations=[place]))
    client.get(f"/patients/{marta.id}", base_url=committed_app.config["SETTINGS"].public_url)

    read = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "patient.read")).all()

    assert [(entry.subject_kind, entry.subject_id) for entry in read] == [("patient", marta.id)]
    assert "Reyes" not in str(read[0].details)


def test_a_merged_person_shows_every_chart_number_and_mobile(client, make, place, front_desk):
    kept = make.patient("Marta", "Reyes", mrn="0010001")
    gone = make.patient("Martha", "Reyes", mrn="0012301", mobile_e164="+15185550142")
    for patient in (kept, gone):
        make.visit(place, patient)
    merge(Kind.PATIENTS, gone.id, kept.id, staff_id=None)
    page = text_of(client.get(f"/patients/{kept.id}"))
    assert "chart 0010001" in page
    assert "also Martha Reyes, chart 0012301 · (518) 555-0142" in page


def test_who_a_patient_is_can_be_put_right(client, make, place, front_desk):
    linda = make.patient("Lnda", "Marsch", birth_date=date(1975, 3, 4), mobile_e164="+15025550101", language="es")
    visit = make.visit(place, linda)
    far = make.visit(make.location("Harbour"), make.patient("Secret", "Elsewhere"))
    address = f"/patients/{linda.id}/correct"
    page = client.get(address)
    assert 'value="3/4/1975"' in page.text and 'value="(502) 555-0101"' in page.text
    assert (
        address in client.get(f"/desk/visits/{visit.id}").text and address in client.get(f"/patients/{linda.id}").text
    )
    typed = {
        "first_name": "Linda", "last_name": "Marsh", "birth_date": "3/14/1975", "mobile": "502 555 0199",
        "language": "", "seen": re.search(r'name="seen"[^>]*value="(\w+)"', page.text)[1],
    }  # fmt: skip
    for wrong, said in ({"last_name": " "}, "Type the last name"), ({"birth_date": "2/31/1975"}, "isn’t a day"):
        refused = client.post(address, data=typed | wrong)
        assert refused.status_code == 422 and said in refused.text and "502 555 0199" in refused.text
    assert "It is put right" in client.get(client.post(address, data=typed).location).text
    db.session.refresh(linda)
    assert (linda.first_name, linda.last_name, linda.birth_date, linda.mobile_e164, linda.language) == (
        "Linda", "Marsh", date(1975, 3, 14), "+15025550199", None
    )  # fmt: skip
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "patient.changed")).one()
    assert "last_name" in str(entry.details) and "Marsh" not in str(entry.details)
    assert "Linda Marsh" in client.post("/patients", data={"q": "linda marsh"}).text
    # Whoever had the page open meanwhile is asked.
    other = client.post(address, data=typed | {"last_name": "Marshall"})
    assert other.status_code == 409 and "Somebody else saved this" in other.text and "Marshall" in other.text
    assert client.get(f"/patients/{far.patient_id}/correct").status_code == 404
    assert client.post(f"/patients/{far.patient_id}/correct", data=typed).status_code == 404
