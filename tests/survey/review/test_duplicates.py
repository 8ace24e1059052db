"""Duplicates of physicians, practices, patients and sources: found, compared, merged, taken apart, kept apart."""

import json
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.accounts.models import AuditEntry
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.people import PATIENT, PHYSICIAN, PRACTICE
from intake.attribution.filters.periods import Period
from intake.attribution.totals.report import totals
from intake.db import db
from intake.directory.merging import merge as merging
from intake.directory.merging.merge import Kind
from intake.directory.patients.records import search_patients
from intake.directory.physician_search.search import search_physicians
from intake.survey.answers.referrals import SelfReferral
from intake.survey.models import View
from intake.survey.recording.record_answer import NewMention
from intake.survey.review import duplicates
from tests.clients import Client
from tests.making import Make

DAY = date(2026, 5, 12)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))


@pytest.fixture
def place(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    location = make.location("Riverside", city="Troy", state="NY")
    make.practice()
    location.sources = make.sources()
    location.manager = make.staff("manager", locations=[location])
    session.commit()
    sign_in(client, location.manager)
    return location


def found(kind: Kind, place: Any) -> list[tuple[set[int], str]]:
    pairs = duplicates.alike(kind, location_ids={place.id}, today=DAY, language="en")
    return [(set(pair.ids), "; ".join(pair.reasons)) for pair in pairs]


def credit(place: Any, by: Dimension, view: View = View.PRIMARY) -> dict[str, int]:
    report = totals(period=MAY, view=view, by=by, location_ids={place.id}, compare=False)
    assert report.holds
    return {line.name.label: line.units // 27_720 for line in report.lines}


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def post(client: Client, address: str, **values: int) -> Any:
    response = client.post(address, data=values)
    assert response.status_code == 303, response.text
    return response


def test_a_physician_typed_by_hand_is_found_in_the_registry(place: Any, make: Make) -> None:
    registry = make.physician("OKONJO", "ADAEZE", city="TROY", state="NY", taxonomy_code="207RC0000X")
    make.physician("OKONJO", "BERNARD", city="TROY", state="NY")
    make.physician("OKONJO", "ADAEZE", city="MIAMI", state="FL")
    by_hand = make.physician("Okonjo", "Adaeze", npi=None, added_by_hand=True, city="Troy", state="NY")

    # Two numbers, or two cities, are two physicians.
    home = make.referring_practice("Lakeside").id
    for city in ("TROY", "BUFFALO"):
        make.physician("HALE", "ADA", city=city, state="NY", referring_practice_id=home)
        make.physician("VOSS", "IAN", city=city, state="NY", npi=None)

    ((ids, why),) = found(Kind.PHYSICIANS, place)
    assert ids == {registry.id, by_hand.id}
    assert "Same name" in why and "Same city" in why


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"first_name": "Robert", "city": "TROY"}, {"first_name": "Bob", "city": "Troy", "npi": None}, "short for"),
        ({"first_name": "Robert", "city": "TROY"}, {"first_name": "R", "city": "Troy", "npi": None}, "initial"),
        ({"first_name": "Robert"}, {"first_name": "Robret", "npi": None, "city": "TROY"}, "Nearly the same"),
        ({"first_name": "Ada"}, {"first_name": "Ada", "former_last_name": "HALE", "last_name": "Noor"}, "former name"),
        ({"first_name": "Ada", "replacement_npi": "2000000002"}, {"last_name": "X", "npi": "2000000002"}, "replaced"),
    ],
)
def test_ways_in_which_two_records_are_one_physician(
    place: Any, make: Make, one: dict[str, Any], other: dict[str, Any], why: str
) -> None:
    home = make.referring_practice("Lakeside").id
    given: dict[str, Any] = {"last_name": "HALE", "city": "TROY", "state": "NY", "referring_practice_id": home}
    pair = [make.physician(**(given | facts)) for facts in (one, other)]

    assert [(ids, why in reason) for ids, reason in found(Kind.PHYSICIANS, place)] == [({row.id for row in pair}, True)]


def test_merging_says_what_changes_then_changes_it_and_is_undone_exactly(
    place: Any, make: Make, client: Client, session: Session
) -> None:
    kept = make.physician("OKONJO", "ADAEZE", city="TROY", state="NY")
    gone = make.physician("Okonjo", "Adaeze", npi=None, added_by_hand=True, city="Troy", state="NY", credential="")
    doctor = place.sources["doctor"].id
    for physician in (kept, gone, gone):
        make.answer(make.visit(place, day=DAY), NewMention(doctor, physician_id=physician.id))
    both = (NewMention(doctor, physician_id=gone.id), NewMention(doctor, physician_id=kept.id))
    make.answer(make.visit(place, day=DAY), *both)
    session.commit()
    before = {view: credit(place, PHYSICIAN, view) for view in View}
    assert before[View.PRIMARY] == {"Adaeze Okonjo, MD": 1, "Adaeze Okonjo": 3}
    assert before[View.ANY] == {"Adaeze Okonjo, MD": 2, "Adaeze Okonjo": 3}

    page = text_of(client.get("/duplicates/physicians"))
    assert "1 pair to look at" in page and "Typed by hand" in page
    preview = text_of(client.get(f"/duplicates/physicians/merge?keep={kept.id}&other={gone.id}"))
    assert "Visits that count for it 1 3 4" in preview
    assert "Visits that name it at all 2 3 4" in preview
    assert "3 visits that name Adaeze Okonjo, on Tue, May 12" in preview
    assert "1 visit names both" in preview
    assert credit(place, PHYSICIAN) == before[View.PRIMARY], "asking changes nothing"

    post(client, "/duplicates/physicians/merge", keep=kept.id, other=gone.id)
    assert credit(place, PHYSICIAN) == credit(place, PHYSICIAN, View.ANY) == {"Adaeze Okonjo, MD": 4}
    assert [hit.physician_id for hit in search_physicians("adaeze okonjo")] == [kept.id]
    page = client.get("/duplicates/physicians")
    assert "counts as" in text_of(page) and "Nothing to compare" in page.text

    (merge,) = merging.active_merges(Kind.PHYSICIANS)
    post(client, "/duplicates/physicians/merges/undo", merge=merge.id)
    assert {view: credit(place, PHYSICIAN, view) for view in View} == before
    assert "1 pair to look at" in text_of(client.get("/duplicates/physicians"))
    trail = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert trail[-2:] == ["physician.merged", "physician.merge_undone"]


def test_different_people_do_not_come_back_until_that_is_taken_back(place: Any, make: Make, client: Client) -> None:
    one, other = (make.physician("HALE", "ADA", city="TROY", state="NY", npi=None) for _ in range(2))
    post(client, "/duplicates/physicians/apart", one=other.id, other=one.id)
    assert "Nothing to compare" in client.get("/duplicates/physicians").text
    post(client, "/duplicates/physicians/apart", one=one.id, other=other.id)

    post(client, f"/duplicates/physicians/apart/undo?one={one.id}&other={other.id}")
    assert "1 pair to look at" in text_of(client.get("/duplicates/physicians"))


def test_practices_written_two_ways_count_as_one(place: Any, make: Make, client: Client, session: Session) -> None:
    kept = make.referring_practice("Lakeside Family Medicine", city="Troy", state="NY")
    gone = make.referring_practice("Lakeside Fam. Med., PLLC", city="Troy", state="NY")
    make.referring_practice("Lakeside Dental", city="Troy", state="NY")
    make.referring_practice("Lakeside Family Medicine", city="Miami", state="FL")
    one = make.physician("OKONJO", "ADA", referring_practice_id=kept.id)
    other = make.physician("HALE", "IAN", referring_practice_id=gone.id)
    for physician in (one, other):
        make.answer(make.visit(place, day=DAY), NewMention(place.sources["doctor"].id, physician_id=physician.id))
    session.commit()
    before = credit(place, PRACTICE)
    assert [ids for ids, _ in found(Kind.PRACTICES, place)] == [{kept.id, gone.id}]
    assert search_physicians("lakeside fam med troy")[0].practice == "Lakeside Fam. Med., PLLC"

    post(client, "/duplicates/practices/merge", keep=kept.id, other=gone.id)
    assert credit(place, PRACTICE) == {"Lakeside Family Medicine": 2}
    hits = search_physicians("lakeside family medicine")
    assert {hit.last_name for hit in hits} == {"OKONJO", "HALE"}
    assert {hit.practice for hit in hits} == {"Lakeside Family Medicine"}
    listed = client.get("/physicians/practices").text
    assert f'/practices/{kept.id}"' in listed and f'/practices/{gone.id}"' not in listed
    assert "Hale" in client.get(f"/reports/physicians/practices/{kept.id}").text
    form = client.get(f"/physicians/{other.id}/change").text
    assert f'<option selected value="{gone.id}"' in form, "saving an unchanged form moves nobody"

    (merge,) = merging.active_merges(Kind.PRACTICES)
    post(client, "/duplicates/practices/merges/undo", merge=merge.id)
    assert credit(place, PRACTICE) == before


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


def test_sources_that_mean_one_thing_are_found(place: Any, make: Make, client: Client) -> None:
    google = make.source("google", label="Google", kind="non_person")
    fair = make.source("fair", label="Tulip Festival", kind="non_person")
    fair_again = make.source("fair_2", label="Tulip festivall", kind="non_person")
    make.source("bus", label="Bus stop on Elm", kind="non_person")
    search = place.sources["online_search"]

    pairs = [ids for ids, _ in found(Kind.SOURCES, place)]
    assert len(pairs) == 2 and {fair.id, fair_again.id} in pairs and {google.id, search.id} in pairs
    assert re.search(r'href="/duplicates"[^>]*>Duplicates <span class="tab-count">2</span>', client.get("/review").text)
    assert "would be read as" in client.get("/duplicates/sources").text

    post(client, "/duplicates/sources/merge", keep=search.id, other=google.id)
    assert [ids for ids, _ in found(Kind.SOURCES, place)] == [{fair.id, fair_again.id}]


def test_what_cannot_be_merged_is_said_kindly(place: Any, make: Make, client: Client) -> None:
    one, other = make.physician("HALE", "ADA", npi=None), make.physician("HALE", "ADA", npi=None)
    merging.merge(Kind.PHYSICIANS, other.id, one.id, staff_id=None)
    response = client.post("/duplicates/physicians/merge", data={"keep": one.id, "other": other.id})
    assert response.status_code == 422
    assert "one record already" in response.text
    social, tv = place.sources["social_media"], place.sources["tv"]
    preview = client.get(f"/duplicates/sources/merge?keep={tv.id}&other={social.id}")
    assert "entries below it" in preview.text
    assert "Read both as one</button>" not in preview.text
    for address in (f"physicians/merge?keep={one.id}&other={one.id}", "nobody", "physicians/merge?keep=x&other=1"):
        assert client.get(f"/duplicates/{address}").status_code == 404
    assert client.get("/duplicates/physicians/merge").status_code == 303
    assert "Choose two records" in client.get("/duplicates/physicians").text


def test_a_liaison_merges_physicians_and_sees_no_patients(place: Any, make: Make, client: Client, sign_in: Any) -> None:
    sign_in(client, make.staff("liaison", locations=[place]))
    page = client.get("/duplicates/physicians")
    assert page.status_code == 200
    assert "/duplicates/patients" not in page.text
    assert client.get("/duplicates/patients").status_code == client.get("/duplicates/sources").status_code == 403
    for path in ("merge", "apart", "apart/undo", "merges/undo"):
        assert client.post(f"/duplicates/patients/{path}", data={"merge": 1}).status_code == 403


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


def test_a_pair_that_nothing_proposes_is_merged_from_its_page(place: Any, make: Make, client: Client) -> None:
    nurse = make.physician("OKONJO", "ADA", referring_practice_id=make.referring_practice("Lakeside").id)
    typed = make.physician("ADICHIE", "CHIMAMANDA")
    clinic = make.referring_practice("Harbor Clinic")
    mail, post_office = make.source("mailer", label="Mailer"), make.source("cards", label="Post cards")
    ana, anna = (make.visit(place, make.patient(first, "Whitcombe"), day=DAY).patient for first in ("Ana", "Renata"))

    page = client.get(f"/reports/physicians/{nurse.id}").text
    assert f"/duplicates/physicians/choose?keep={nurse.id}" in page
    assert f"/duplicates/patients/choose?keep={ana.id}" in client.get(f"/patients/{ana.id}").text
    for kind, keep, wanted, other in (
        ("physicians", nurse, "adichie", typed),
        ("practices", nurse.referring_practice, "harbor", clinic),
        ("sources", mail, "post", post_office),
        ("patients", ana, "renata whitcombe", anna),
    ):
        assert client.get(f"/duplicates/{kind}/choose?keep={keep.id}").status_code == 200
        found = client.post(f"/duplicates/{kind}/choose", data={"keep": keep.id, "q": wanted}).text
        assert f"/duplicates/{kind}/merge?keep={keep.id}&amp;other={other.id}" in found
        assert f"other={keep.id}" not in found
    nobody = client.post("/duplicates/physicians/choose", data={"keep": nurse.id, "q": "zzyzx"})
    assert "Nobody else is called so" in nobody.text
