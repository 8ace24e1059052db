"""Charts that may be one person's: found, merged, undone."""

import json
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.attribution.filters.dimensions.people import PATIENT
from intake.db import db
from intake.directory.merging import merge as merging
from intake.directory.merging.merge import Kind
from intake.directory.patients.records import search_patients
from intake.survey.answers.referrals import SelfReferral
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of
from tests.survey.review.merging import DAY, credit, found, post


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ({}, {}, True),
        ({}, {"first_name": "LÍNDA"}, True),
        ({"first_name": "Linda"}, {"first_name": "Lynda"}, True),
        ({"first_name": "Elizabeth"}, {"first_name": "Liz"}, True),
        ({}, {"first_name": "Marsh", "last_name": "Linda"}, True),
        ({"mobile_e164": "+12125550101"}, {"last_name": "Ortega", "mobile_e164": "+12125550101"}, True),
        ({"mobile_e164": "+12125550101"}, {"birth_date": None, "mobile_e164": "+12125550101"}, True),
        ({}, {"birth_date": date(1960, 4, 3)}, True),
        ({"mrn": "0004411"}, {"mrn": "4411", "birth_date": None}, True),
        ({}, {"birth_date": None}, False),
        ({}, {"birth_date": date(1988, 11, 30)}, False),
        # Twins: one birth date, one surname, one telephone.
        ({"mobile_e164": "+12125550101"}, {"first_name": "Carol", "mobile_e164": "+12125550101"}, False),
    ],
)
def test_which_charts_may_be_one_persons(
    place: Any, make: Make, one: dict[str, Any], other: dict[str, Any], alike: bool
) -> None:
    given: dict[str, Any] = {"first_name": "Linda", "last_name": "Marsh", "birth_date": date(1960, 3, 4)}
    charts = [make.patient(**(given | facts)) for facts in (one, other)]
    for chart in charts:
        make.visit(place, chart, day=DAY)
    make.visit(place, make.patient("Olive", "Marsh", birth_date=date(1960, 3, 4)), day=DAY)

    assert [ids for ids, _ in found(Kind.PATIENTS, place)] == ([{chart.id for chart in charts}] if alike else [])


def test_the_command_prints_what_the_page_offers(place: Any, make: Make, client: Client, app: Flask) -> None:
    newer, older = (make.patient("Linda", "Marsh", birth_date=date(1960, 3, day)) for day in (4, 5))
    apart = make.patient("Lynda", "Marsh", birth_date=date(1960, 3, 4))
    for chart in (newer, older, older, apart):
        make.visit(place, chart, day=DAY)
    merging.keep_apart(Kind.PATIENTS, newer.id, apart.id, staff_id=None)
    merging.keep_apart(Kind.PATIENTS, older.id, apart.id, staff_id=None)
    db.session.commit()

    printed = app.test_cli_runner().invoke(args=["patients", "duplicates", "--json"])
    assert [json.loads(line) for line in printed.output.splitlines()] == [
        {"keep": older.mrn, "other": newer.mrn, "reason": "Same name, birth dates one digit apart"}
    ]
    page = client.get("/duplicates/patients").text
    assert page.index(f">{older.mrn}<") < page.index(f">{newer.mrn}<")
    assert "birth dates one digit apart" in page
    said = app.test_cli_runner().invoke(args=["patients", "duplicates"]).output
    assert said == f"{older.mrn}  {newer.mrn}  Same name, birth dates one digit apart\n"


def test_two_charts_count_as_one_patient_and_cannot_refer_to_each_other(
    place: Any, make: Make, client: Client, session: Session
) -> None:
    kept, gone, friend = (make.patient("Linda", "Marsh", birth_date=date(1960, 3, 4)) for _ in range(3))
    friend.first_name, friend.birth_date = "Olive", date(1970, 1, 1)
    for chart in (kept, gone):
        make.visit(place, chart, day=DAY)
        asked = make.visit(place, make.patient(), day=DAY)
        make.answer(asked, NewMention(place.sources["friend_family"].id, referring_patient_id=chart.id))
    session.commit()
    before = credit(place, PATIENT)
    # The page opens on the first kind that has any, and every tab says how many.
    assert client.get("/duplicates").headers["Location"] == "/duplicates/patients"
    assert "Patients 1 " in text_of(client.get("/duplicates/sources"))

    preview = text_of(client.get(f"/duplicates/patients/merge?keep={kept.id}&other={gone.id}"))
    assert "Every visit stays in its own chart" in preview
    assert "Mar 4, 1960" in preview
    assert "New patients: May 2026 1 fewer; what they answered, and coverage, change with it." in preview
    make.visit(place, friend, day=DAY, visit_type="established")
    session.commit()
    nobody = text_of(client.get(f"/duplicates/patients/merge?keep={kept.id}&other={friend.id}"))
    assert "No answer names Olive Marsh yet as who sent somebody." in nobody
    assert "Every month keeps its number of new patients." in nobody
    post(client, "/duplicates/patients/merge", keep=kept.id, other=gone.id)
    assert credit(place, PATIENT) == {"Linda Marsh": 2}
    listed = text_of(client.get("/duplicates/patients"))
    assert f"Linda Marsh, chart {gone.mrn} counts as Linda Marsh, chart {kept.mrn}" in listed
    assert [hit.patient_id for hit in search_patients("linda marsh", within=[place.id])] == [kept.id]
    with pytest.raises(SelfReferral):
        visit = make.visit(place, kept, day=DAY)
        make.answer(visit, NewMention(place.sources["friend_family"].id, referring_patient_id=gone.id))
    session.rollback()

    (merge,) = merging.active_merges(Kind.PATIENTS)
    post(client, "/duplicates/patients/merges/undo", merge=merge.id)
    assert credit(place, PATIENT) == before
    assert len(search_patients("linda marsh", within=[place.id])) == 2


def test_charts_of_another_location_are_neither_shown_nor_merged(place: Any, make: Make, client: Client) -> None:
    elsewhere = make.location("Harbour")
    one, other = (make.patient("Linda", "Marsh", birth_date=date(1960, 3, 4)) for _ in range(2))
    make.visit(place, one, day=DAY)
    make.visit(elsewhere, other, day=DAY)

    assert "Marsh" not in client.get("/duplicates/patients").text
    assert client.get(f"/duplicates/patients/merge?keep={one.id}&other={other.id}").status_code == 404
    address = "/duplicates/patients/merge"
    assert client.post(address, data={"keep": one.id, "other": other.id}).status_code == 404
    merge = merging.merge(Kind.PATIENTS, other.id, one.id, staff_id=None)
    assert client.post("/duplicates/patients/merges/undo", data={"merge": merge.id}).status_code == 404
    assert "Marsh" not in client.get("/duplicates/patients").text


def said_by(make: Make, place: Any, patient: Any, *, sent_by: Any) -> Any:
    """A visit of `patient` at which they named `sent_by`."""
    visit = make.visit(location=place, patient=patient, day=DAY, status="arrived")
    friend = place.sources["friend_family"].id
    make.answer(visit, NewMention(friend, detail="a friend", referring_patient_id=sent_by.id))
    return visit


def test_two_patients_of_whom_one_sent_the_other_are_not_merged(place: Any, make: Make, client: Client) -> None:
    ada = make.patient(first_name="Ada", last_name="Moss", birth_date=date(1961, 4, 3))
    ida = make.patient(first_name="Ida", last_name="Moss", birth_date=date(1961, 4, 3))
    noise = make.patient(first_name="Noor", last_name="Hale")
    make.visit(location=place, patient=ida, day=DAY)
    make.visit(location=place, patient=noise, day=DAY)
    said_by(make, place, ada, sent_by=ida)

    for keep, other in ((ada, ida), (ida, ada)):
        preview = client.get(f"/duplicates/patients/merge?keep={keep.id}&other={other.id}")
        assert "Ida Moss is on record as the one who sent Ada Moss (Tue, May 12" in text_of(preview)
        assert "Read both as one</button>" not in preview.text
        refused = client.post("/duplicates/patients/merge", data={"keep": keep.id, "other": other.id})
        assert refused.status_code == 422
    assert merging.active_merges(Kind.PATIENTS) == []
    # Somebody who has nothing to do with them may be merged.
    post(client, "/duplicates/patients/merge", keep=ada.id, other=noise.id)
    # Nor one who sent the other through somebody else.
    last = make.patient(first_name="Cy", last_name="Reed")
    said_by(make, place, last, sent_by=ada)
    refused = client.post("/duplicates/patients/merge", data={"keep": ida.id, "other": last.id})
    assert refused.status_code == 422
    assert "would have sent themselves" in text_of(refused)


def test_no_page_points_at_a_merged_patient_and_undo_brings_both_back(place: Any, make: Make, client: Client) -> None:
    kept = make.patient(first_name="Marta", last_name="Solis", mrn="S-1")
    gone = make.patient(first_name="Martha", last_name="Soliz", mrn="S-2")
    came = make.patient(first_name="Otto", last_name="Brandt")
    make.visit(location=place, patient=kept, day=DAY)
    make.visit(location=place, patient=gone, day=DAY)
    visit = said_by(make, place, came, sent_by=gone)
    pages = (f"/desk/visits/{visit.id}", "/review/people")
    before = [client.get(page).text.count("Martha Soliz") for page in pages]
    assert before[0]

    post(client, "/duplicates/patients/merge", keep=kept.id, other=gone.id)
    client.get("/duplicates/patients")  # shows the note that says what was done, with both names
    for page in pages:
        assert "Martha Soliz" not in client.get(page).text
    assert "Marta Solis" in client.get(pages[0]).text
    moved = client.get(f"/patients/{gone.id}")
    assert moved.status_code == 302 and moved.location.endswith(f"/patients/{kept.id}")
    record = text_of(client.get(f"/patients/{kept.id}"))
    assert "Otto Brandt" in record and record.count("May 12") >= 3

    (merge,) = merging.active_merges(Kind.PATIENTS)
    post(client, "/duplicates/patients/merges/undo", merge=merge.id)
    client.get("/duplicates/patients")
    assert [client.get(page).text.count("Martha Soliz") for page in pages] == before
    assert client.get(f"/patients/{gone.id}").status_code == 200
