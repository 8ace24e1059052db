"""The wall view: today by location, kind, by itself up to date, and nobody on it."""

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.clients import Client
from tests.making import Make


@pytest.mark.parametrize("role", ["front_desk", "manager", "liaison", "administrator"])
def test_it_shows_todays_coverage_of_ones_own_locations_and_no_name(
    session: Session, make: Make, client: Client, sign_in: Any, role: str
) -> None:
    here, there, tv = make.location("Riverside"), make.location("Elsewhere"), make.sources()["tv"]
    sign_in(client, make.staff(role, locations=[here]))
    page = client.get("/reports/today")
    assert "No new patient has arrived yet." in page.text
    make.answer(make.visit(here, make.patient("Maria", "Torvald")), tv)
    make.visit(here, make.patient("Jo", "Quiet"))
    make.visit(there, make.patient("Hidden", "Person"))
    for path in ("/reports/today", "/reports/today/now"):
        page = client.get(path)
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
        assert "Riverside 50%" in text and "1 of 2 told us" in text
        assert "2 new patients so far; one is still to be asked." in text
        for hidden in ("Elsewhere", "Torvald", "Quiet", "Maria", "MRN"):
            assert hidden not in page.text


def test_it_refreshes_without_a_script_and_does_not_keep_its_reader_signed_in(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    sign_in(client, make.staff("front_desk"))
    page = client.get("/reports/today")
    assert int(page.headers["Refresh"]) >= 60
    assert "X-Background" in page.text and "hx-trigger" in page.text


@pytest.mark.parametrize(
    ("role", "first"),
    [("front_desk", "/desk"), ("manager", "/reports"), ("liaison", "/reports/physicians"), ("administrator", "/start")],
)
def test_everybody_begins_where_their_work_is(
    session: Session, make: Make, client: Client, sign_in: Any, role: str, first: str
) -> None:
    sign_in(client, make.staff(role))
    assert client.get("/").headers["Location"] == first
    assert client.get(first).status_code == 200


def test_the_administrators_page_says_what_is_missing_and_what_is_wrong(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    from datetime import timedelta

    from intake import clock

    sign_in(client, make.staff("administrator"))
    page = client.get("/start")
    assert "No schedule has been loaded yet." in page.text and "Not set up" in page.text
    make.device(name="Blue", last_seen_at=clock.now() - timedelta(days=9))
    make.visit(day=clock.now().date() - timedelta(days=30))
    page = client.get("/start")
    assert "Not seen for a week: Blue." in page.text and "Load a newer schedule" in page.text
