"""The wall view: today by location, kind, by itself up to date, and nobody on it."""

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.devices import tablets
from intake.accounts.models import AuditEntry, KioskDevice
from intake.capture.patient_flow import handover
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of


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
    [
        ("front_desk", "/desk"),
        ("manager", "/reports"),
        ("liaison", "/relationships/day"),
        ("administrator", "/set-up"),
    ],
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
    sign_in(client, make.staff("administrator"))
    page = client.get("/set-up")
    assert "No schedule has been loaded yet." in page.text and "Not set up" in page.text
    make.device(name="Blue", last_seen_at=clock.now() - timedelta(days=9))
    make.visit(day=clock.now().date() - timedelta(days=30))
    page = client.get("/set-up")
    assert "Not seen for a week: Blue." in page.text and "Load a newer schedule" in page.text


def test_a_paired_screen_shows_its_location_all_day_with_nobody_signed_in(
    session: Session, make: Make, client: Client, pair: Any
) -> None:
    opening = clock.from_wall_clock(date(2026, 11, 18), time(8), "America/New_York")
    with time_machine.travel(opening, tick=False):
        here, there, tv = make.location("Riverside"), make.location("Elsewhere"), make.sources()["tv"]
        make.answer(make.visit(here, make.patient("Maria", "Torvald")), tv)
        make.visit(here)
        make.visit(there, make.patient("Hidden", "Person"))
        screen = make.device(here, purpose="wall")
        pair(client, screen)
    # Long after anybody who is signed in would have been signed out.
    with time_machine.travel(opening + timedelta(hours=3), tick=False):
        for path in ("/wall", "/wall/now"):
            page = client.get(path)
            assert page.status_code == 200 and "1 of 2 told us" in text_of(page), path
            for hidden in ("Elsewhere", "Torvald", "Maria", "/reports"):
                assert hidden not in page.text.split("<main")[-1], (path, hidden)
        assert int(client.get("/wall").headers["Refresh"]) >= 60
        assert client.post("/wall/seen").status_code == 204
        session.expire_all()
        assert screen.last_seen_at == clock.now()


def test_a_screen_opens_nothing_else_and_a_tablet_no_wall(
    session: Session, make: Make, client: Client, pair: Any, sign_in: Any
) -> None:
    here = make.location()
    screen, tablet = make.device(here, purpose="wall"), make.device(here)
    pair(client, screen)
    for path in ("/kiosk", "/kiosk/find", "/kiosk/waiting"):
        assert client.get(path).headers["Location"] == "/kiosk/pair", path
    assert client.get("/kiosk/pair").headers["Location"] == "/wall"
    assert client.get("/reports/today").headers["Location"].startswith("/sign-in")
    assert [each.id for each in handover.tablets(here.id)] == [tablet.id]
    with pytest.raises(handover.WrongTablet):
        handover.hand_over(make.visit(here), screen, None)
    pair(client, tablet)
    assert client.get("/wall").headers["Location"] == "/kiosk/pair"
    assert client.get("/kiosk/pair").headers["Location"] == "/kiosk"
    client.delete_cookie("intake-kiosk", domain="localhost")
    sign_in(client, make.staff("administrator", locations=[here]))
    assert client.get("/wall").headers["Location"] == "/kiosk/pair"


def test_a_wall_display_is_added_paired_and_cut_off_like_a_tablet(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    here = make.location("Riverside")
    sign_in(client, make.staff("administrator", locations=[here]))
    given = {"name": "Break room", "location_id": str(here.id), "purpose": "wall"}
    page = client.post("/tablets/new", data=given, follow_redirects=True)
    code = re.search(r'id="code">([^<]+)<', page.text)
    assert code and client.post("/tablets/new", data=given | {"purpose": "spy"}).status_code == 422
    screen = session.scalars(select(KioskDevice)).one()
    added = session.scalars(select(AuditEntry).where(AuditEntry.action == "tablet.added")).one()
    assert (screen.purpose, added.details["purpose"]) == ("wall", "wall")
    client.post("/sign-out")
    client.post("/kiosk/pair", data={"code": code[1]})
    number = re.search(r'id="number"[^>]*>(\d{4})<', client.get("/kiosk/pair").text)
    assert number and tablets.confirm(screen, number[1])
    assert client.get("/kiosk/pair").headers["Location"] == "/wall"
    assert "No new patient has arrived yet." in client.get("/wall").text
    session.expire_all()
    assert screen.paired_at is not None
    tablets.revoke(screen)
    assert client.get("/wall").headers["Location"] == "/kiosk/pair"
    sign_in(client, make.staff("manager", locations=[here]))
    assert "Wall display" in client.get("/tablets").text
