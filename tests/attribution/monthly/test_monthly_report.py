"""The monthly report: one page ready made, goals as marks, and its e-mail to whoever set the practice up."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from intake.accounts.models import RoleName
from intake.attribution.digests import sending
from intake.attribution.monthly import views
from intake.attribution.monthly.arranging import ADDRESS, arrange
from intake.attribution.saved.models import Digest, DigestSend, SavedView
from intake.attribution.saved.records import delete_view
from intake.db import db
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of


@time_machine.travel("2026-11-03 12:00Z")
def test_the_month_stands_on_one_page(
    client: Client, make: Make, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = make.location("Riverside", coverage_goal=80, referrals_goal=12)
    there = make.location("Uptown")
    google, tv, doctor = (
        make.source("google", label="Google"),
        make.source("tv", label="TV"),
        make.source("doctor", kind="physician", label="A doctor"),
    )
    quiet, fresh = make.physician("Quist", "Ama"), make.physician("Rey", "Bo")
    day = date(2026, 10, 8)
    make.visit(here, day=date(2024, 1, 8))
    for month in range(1, 13):
        for number in range(3):
            visit = make.visit(here, day=date(2025, month, 3 + number))
            make.answer(visit, NewMention(doctor.id, physician_id=quiet.id))
    for number in range(70):
        make.visit(there, make.patient(), day=date(2026, 1 + number // 7, 2 + number % 7 * 3), visit_type="established")
    for _ in range(20):
        make.answer(make.visit(here, day=day), google)
    make.answer(make.visit(here, day=day), NewMention(doctor.id, physician_id=fresh.id))
    make.visit(here, day=day, documented=fresh)
    for _ in range(14):
        make.visit(here, day=day)
    make.spend(tv, month=date(2026, 10, 1), cents=50_000)
    staff = make.staff("manager", locations=[here, there])
    sign_in(client, staff)

    page = client.get("/reports/month")
    text = text_of(page)
    assert "October 2026" in text and "36 new patients came in October 2026, and 21 told us" in text
    assert "Google comes first: 20 of 21" in text
    assert "the goal is 80 of 100" in text and "15 were not asked" in text
    assert "$500 went to TV, which nobody named first" in text
    assert "Thank Bo Rey, MD" in text and "Call Ama Quist, MD" not in text.split("Who sends patients")[1]
    assert re.search(r"Sent by physicians .*Riverside .* 2 goal 12", text)
    assert "is-danger" not in page.text and "is-warn" not in page.text
    for address, shown in re.findall(r'<a href="(/reports/rows[^"]*)">(\d+)<', page.text):
        assert re.search(rf"\b{shown} [Vv]isits?", text_of(client.get(unescape(address)))), address
    (before,) = re.findall(r'href="(/reports/month[^"]*from=2026-09-01[^"]*)"', page.text)
    assert "September 2026" in text_of(client.get(unescape(before)))
    # What isn't shown has a row, so that the rows add up to those who told us.
    monkeypatch.setattr(views, "MOST_SOURCES", 1)
    text = text_of(client.get("/reports/month"))
    assert re.search(r"Google 20 .*1 other 1 ", text) and "The thin mark is the goal" in text
    here.coverage_goal = here.referrals_goal = None
    assert "The thin mark" not in text_of(client.get("/reports/month"))
    assert "What to do" in client.get("/reports/file.csv?of=/reports/month").text
    assert client.get("/reports/month?from=2019-02-01&to=2019-02-28").status_code == 200
    assert "Give others the overview" in client.get("/reports/month?leaving=yes").text
    sign_in(client, make.staff("front_desk", locations=[here]))
    assert client.get("/reports/month").status_code == 403


@pytest.mark.both
@time_machine.travel("2026-10-14 12:00Z", tick=False)
def test_it_leaves_on_the_first_to_whoever_set_the_practice_up(app: Flask, make: Make) -> None:
    owner = make.staff(RoleName.ADMINISTRATOR, roles=["manager"], all_locations=True)
    make.staff(RoleName.ADMINISTRATOR, all_locations=True)
    assert arrange() == 1 and arrange() == 0
    view = db.session.scalars(select(SavedView)).one()
    assert (view.address, view.owner_id, view.shared) == (ADDRESS, owner.id, True)
    assert db.session.scalars(select(Digest)).one().staff_id == owner.id
    with time_machine.travel("2026-11-01 12:00Z"):
        sending.plan()
        assert db.session.scalars(select(DigestSend)).one().period == "2026-10"
    # Whoever deletes it has the last word.
    delete_view(view)
    assert arrange() == 0


def test_a_manager_sets_the_goals_from_where_they_are_shown(client: Client, make: Make, sign_in: Any) -> None:
    place = make.location("Riverside")
    sign_in(client, make.staff("manager", locations=[place]))
    assert 'href="/goals"' in client.get("/set-up").text
    make.answer(make.visit(place), make.source("google", label="Google"))
    assert ">Set a goal</a>" in client.get("/reports").text
    fields = (f"location_{place.id}-coverage_goal", f"location_{place.id}-referrals_goal")
    refused = client.post("/goals", data=dict(zip(fields, ("140", "12"), strict=True)))
    assert refused.status_code == 422 and "from 1 to 100" in refused.text and 'value="140"' in refused.text
    assert client.post("/goals", data=dict(zip(fields, ("85", ""), strict=True))).status_code == 303
    db.session.refresh(place)
    assert (place.coverage_goal, place.referrals_goal) == (85, None)
    assert 'value="85"' in client.get("/goals").text
