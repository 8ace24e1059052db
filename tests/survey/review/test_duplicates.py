"""Duplicates of physicians, practices and sources: found, compared, merged, taken apart, kept apart."""

import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.accounts.models import AuditEntry
from intake.attribution.filters.dimensions.people import PHYSICIAN, PRACTICE
from intake.directory.merging import merge as merging
from intake.directory.merging.merge import Kind
from intake.directory.physician_search.search import search_physicians
from intake.survey.models import View
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of
from tests.survey.review.merging import DAY, credit, found, post


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
