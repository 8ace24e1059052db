from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select

from intake.accounts.models import AuditEntry
from intake.db import db
from intake.directory.models import Physician, ReferringPractice
from intake.directory.physician_search.search import search_physicians
from tests.clients import Client
from tests.making import Make, npi
from tests.pages import text_of

SignIn = Callable[..., None]


@pytest.fixture
def manager(client: Client, make: Make, sign_in: SignIn) -> Client:
    sign_in(client, make.staff("manager"))
    return client


def test_the_list_shows_who_is_known_here_and_the_search_finds_the_rest(manager: Client, make: Make) -> None:
    make.physician("MARCHETTI", "GIOIA", referring_practice_id=make.referring_practice("Lakeside").id)
    make.physician("OKONKWO", "CHIAMAKA")

    listed = manager.get("/physicians").text
    assert "Gioia Marchetti" in listed and "Chiamaka Okonkwo" not in listed
    assert "Chiamaka Okonkwo" in manager.get("/physicians?who=all").text
    assert "Chiamaka Okonkwo" in manager.get("/physicians?q=okonquo").text
    assert "Nobody like that" in manager.get("/physicians?q=zzyzx").text


def test_an_empty_directory_says_how_to_fill_it(manager: Client) -> None:
    assert "No physicians yet" in manager.get("/physicians").text


def test_pages_of_a_long_list_follow_each_other(manager: Client, make: Make) -> None:
    for number in range(55):
        make.physician(f"AAAA{chr(65 + number // 26)}{chr(65 + number % 26)}", "NOISE")
    make.physician("ZZULEYKA", "LAST")

    assert "Zzuleyka" not in manager.get("/physicians?who=all").text
    assert "Zzuleyka" in manager.get("/physicians?who=all&page=2").text
    assert "Zzuleyka" in manager.get("/physicians?who=all&page=99999999999").text


def test_a_page_counts_the_new_patients_who_came_to_ones_own_locations(
    client: Client, make: Make, sign_in: SignIn
) -> None:
    here, there = make.location(), make.location()
    physician = make.physician("MARCHETTI", "GIOIA")
    for location in (here, there, there):
        make.visit(location, documented=physician)
    make.visit(here, documented=physician, status="no_show")
    sign_in(client, make.staff("front_desk", locations=[here]))

    assert "1, the last on" in client.get(f"/physicians/{physician.id}").text
    # As their page among the reports has it.
    sign_in(client, make.staff("manager", locations=[here]))
    assert "Referrals in all 1 " in text_of(client.get(f"/reports/physicians/{physician.id}"))
    assert 'data-label="Referrals">1<' in client.get("/physicians").text


def test_a_physician_added_by_hand_is_found_at_once(manager: Client, make: Make) -> None:
    response = manager.post(
        "/physicians/new",
        data={"first_name": "  Gioia ", "last_name": "Marchetti", "taxonomy_code": "207RC0000X", "npi": npi(7)},
    )

    assert response.status_code == 303
    found = search_physicians("goia marcheti cardiologist")[0]
    assert (found.first_name, found.npi, found.score > 0.8) == ("Gioia", npi(7), True)
    physician = db.session.get(Physician, found.physician_id)
    assert physician is not None and physician.added_by_hand
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "physician.added")).one()
    assert "Marchetti" not in str(entry.details)


def test_a_namesake_is_shown_before_a_second_record_is_made(manager: Client, make: Make) -> None:
    make.physician("MARCHETTI", "GIOIA", city="Albany")
    form = {"first_name": "Gioia", "last_name": "Marchetti"}

    warned = manager.post("/physicians/new", data=form)
    assert warned.status_code == 422
    assert "Somebody of this name is here already" in warned.text

    assert manager.post("/physicians/new", data=form | {"sure": "yes"}).status_code == 303


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"last_name": ""}, "Give the last name."),
        ({"npi": "2000000009"}, "isn&#39;t an NPI"),
        ({"npi": "one"}, "isn&#39;t an NPI"),
        ({"first_name": "x" * 10_000}, "at most 60 characters"),
        ({"city": "Al\u0007bany"}, "invisible characters"),
        ({"referring_practice_id": "999999"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(
    manager: Client, changes: dict[str, str], sentence: str
) -> None:
    response = manager.post("/physicians/new", data={"last_name": "Marchetti", "street": "12 Orchard Street"} | changes)

    assert response.status_code == 422
    assert sentence in response.text
    assert "12 Orchard Street" in response.text


def test_one_number_is_one_physician(manager: Client, make: Make) -> None:
    physician = make.physician("MARCHETTI", "GIOIA")

    response = manager.post("/physicians/new", data={"last_name": "Other", "npi": physician.npi})

    assert response.status_code == 422
    assert "Gioia Marchetti has this NPI already" in response.text


def test_changes_are_kept_and_found(manager: Client, make: Make) -> None:
    physician = make.physician("TURNBULL", "ISOLDE", state="NY")
    page = manager.get(f"/physicians/{physician.id}/change").text
    assert 'value="TURNBULL"' in page

    response = manager.post(
        f"/physicians/{physician.id}/change",
        data={"first_name": "Isolde", "last_name": "Fenwick", "npi": physician.npi, "taxonomy_code": "207R00000X"},
    )

    assert response.status_code == 303
    assert search_physicians("isolde fenwick")[0].physician_id == physician.id


def test_set_aside_is_no_longer_offered_and_can_be_taken_back(manager: Client, make: Make) -> None:
    physician = make.physician("HALLORAN", "SIOBHAN")

    manager.post(f"/physicians/{physician.id}/set-aside")
    assert search_physicians("siobhan halloran") == []

    manager.post(f"/physicians/{physician.id}/bring-back")
    assert len(search_physicians("siobhan halloran")) == 1


def test_two_records_of_one_person_are_merged_and_taken_apart(manager: Client, make: Make) -> None:
    kept = make.physician("SANTANGELO", "ODALYS", former_last_name="VILLAREAL", city="Troy")
    other = make.physician("VILLAREAL", "ODALYS", city="Troy")
    assert "The former name of one" in manager.get(f"/physicians/{kept.id}", follow_redirects=True).text

    manager.post("/duplicates/physicians/merge", data={"keep": kept.id, "other": other.id})
    page = manager.get(f"/physicians/{other.id}", follow_redirects=True).text
    assert "counts as this record" in page
    assert [hit.physician_id for hit in search_physicians("odalys villareal")] == [kept.id]

    undo = unescape(page.split('action="/duplicates/physicians/merges/undo')[1].split('"')[0])
    manager.post(f"/duplicates/physicians/merges/undo{undo}")
    assert len(search_physicians("odalys villareal")) == 2


def test_a_practice_groups_physicians_and_leads_to_them(manager: Client, make: Make) -> None:
    physician = make.physician("MARCHETTI", "GIOIA")
    make.physician("OKONKWO", "CHIAMAKA")
    manager.post("/physicians/practices/new", data={"name": "Lakeside Family Medicine", "city": "Troy", "state": "NY"})
    practice = db.session.scalars(select(ReferringPractice)).one()
    address = f"/physicians/practices/{practice.id}"
    assert "Gioia Marchetti" in manager.get(f"/reports/physicians/practices/{practice.id}?q=marcheti").text
    assert manager.get(address).headers["Location"] == f"/reports/physicians/practices/{practice.id}"

    manager.post(f"{address}/members", data={"physician": physician.id})
    assert [hit.physician_id for hit in search_physicians("somebody at lakeside family medicine")] == [physician.id]

    renamed = {"name": "Harborview Medical Group", "city": "Troy", "state": "NY"}
    assert manager.post(f"{address}/change", data=renamed).status_code == 303
    assert [hit.physician_id for hit in search_physicians("harborview")] == [physician.id]
    assert search_physicians("lakeside") == []

    manager.post(f"{address}/members/remove", data={"physician": physician.id})
    assert search_physicians("harborview") == []


def test_the_same_practice_is_not_added_twice(manager: Client, make: Make) -> None:
    make.referring_practice("Lakeside Family Medicine", city="Troy")

    response = manager.post("/physicians/practices/new", data={"name": "lakeside family  medicine", "city": "troy"})

    assert response.status_code == 422
    assert "of this name in this city already" in response.text


def test_those_who_may_only_look_see_no_buttons_for_changing(client: Client, make: Make, sign_in: SignIn) -> None:
    physician = make.physician("MARCHETTI", "GIOIA")
    sign_in(client, make.staff("liaison"))

    page = client.get(f"/physicians/{physician.id}", follow_redirects=True).text

    assert "Gioia Marchetti" in page and "Set aside" not in page and "/change" not in page
    assert client.get(f"/physicians/{physician.id}/change").status_code == 403


def test_the_desk_reads_the_card_alone(client: Client, make: Make, sign_in: SignIn) -> None:
    practice = make.referring_practice("Lakeside Family Medicine")
    physician = make.physician("MARCHETTI", "GIOIA", referring_practice_id=practice.id)
    sign_in(client, make.staff("front_desk"))

    page = client.get(f"/physicians/{physician.id}")
    assert page.status_code == 200 and "Gioia Marchetti" in page.text and "/reports/p" not in page.text
    assert f"/physicians/practices/{practice.id}" in page.text and "Set aside" not in page.text
    assert "Gioia Marchetti" in client.get(f"/physicians/practices/{practice.id}").text
