"""A manager reads the report in Chromium: a figure, the visits behind it, the file, on every kind of screen."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from intake.db import db
from intake.survey.recording.record_answer import NewMention
from tests.browser.axe import barriers
from tests.drawing import everything
from tests.making import Make

# What a page looks like and how it is worked does not depend on the database; test_main_job.py runs on both.
pytestmark = pytest.mark.on("sqlite")

MAY = "from=2026-05-01&to=2026-05-31"
DAY = date(2026, 5, 12)
PASSWORD = "a long enough password"
SCHEMES = ("light", "dark")


@pytest.fixture
def manager(committed_app: Flask, live_server: Any, make: Make, watched: Any) -> Any:
    place = make.location("Riverside")
    sources, physician, friend = make.sources(), make.physician("Okonjo", "Ada"), make.patient("Greta", "Lindholm")
    make.staff("manager", locations=[place], email="boss@example.org", password=PASSWORD)
    doctor = NewMention(sources["doctor"].id, physician_id=physician.id)
    kin = NewMention(sources["friend_family"].id, referring_patient_id=friend.id)
    made = [(doctor,), (doctor, kin), (kin,), (sources["facebook"], sources["tv"]), (NewMention(None, "=1+1"),)]
    for number, mentions in enumerate(made):
        patient = make.patient("Maria", f"Torvald {number}")
        make.answer(make.visit(place, patient, day=DAY), *mentions, verbatim="=cmd()" if number == 0 else "")
    make.answer(make.visit(place, day=DAY), outcome="declined")
    make.visit(place, day=DAY)
    db.session.commit()
    watched.goto(f"{live_server.url}/sign-in")
    watched.fill("input[name=email]", "boss@example.org")
    watched.fill("input[type=password]", PASSWORD)
    watched.click("button[type=submit]")
    watched.wait_for_url(lambda address: "/sign-in" not in address)
    watched.home = live_server.url
    return watched


def test_from_the_figure_to_the_visits_and_the_file(manager: Any, tmp_path: Path) -> None:
    manager.goto(f"{manager.home}/reports?{MAY}&by=physician")
    assert "7 new patients came in May 2026, and 5 told us" in manager.inner_text("main")
    manager.get_by_role("link", name="Ada Okonjo, MD: show the visits").click()
    assert manager.inner_text("h1") == "Ada Okonjo, MD"
    assert "2 visits with credit here, adding up to 2" in manager.inner_text("main")
    manager.locator("summary", has_text="Share").click()
    with manager.expect_download() as downloading:
        manager.get_by_role("link", name="CSV", exact=True).click()
    path = tmp_path / "visits.csv"
    downloading.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert len(rows) == 2
    assert {row[header.index("In their own words")] for row in rows} == {"'=cmd()", ""}
    manager.get_by_role("link", name="Back to the report").click()
    assert manager.inner_text("h1") == "Physicians who sent patients"
    assert manager.complaints == []


def test_nothing_stands_in_anybodys_way_on_any_screen(manager: Any) -> None:
    addresses = [
        f"/reports?{MAY}",
        f"/reports?{MAY}&basis=answered",
        f"/reports?{MAY}&by=source&basis=answered",
        f"/reports?{MAY}&by=patient&view=fractional",
        f"/reports?{MAY}&by=month&view=any",
    ]
    addresses += [
        "/reports?from=2020-01-01&to=2020-01-31",
        "/reports?from=x",
        f"/reports/rows?{MAY}&by=coverage&key=eligible",
    ]
    for place, address in enumerate(addresses):
        # Each page in one of the two schemes; `--everything` sees each in both.
        for scheme in SCHEMES if everything() else SCHEMES[place % 2 :][:1]:
            manager.emulate_media(color_scheme=scheme)
            manager.goto(f"{manager.home}{address}")
            assert barriers(manager) == [], (address, scheme)
            for width, height in ((390, 844), (820, 1180), (1280, 800)):
                manager.set_viewport_size({"width": width, "height": height})
                wide = manager.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide <= 0, (address, width)
    assert manager.complaints == []


def test_no_menu_opens_beyond_the_edge_of_a_phone(manager: Any) -> None:
    manager.set_viewport_size({"width": 390, "height": 844})
    opened = 0
    for address in (f"/reports?{MAY}", "/reports/physicians", f"/reports/compare?{MAY}&of=period"):
        manager.goto(f"{manager.home}{address}")
        for menu in manager.locator("main details.who").all():
            if menu.locator("summary").first.is_visible():
                menu.locator("summary").first.click()
                box = menu.locator(".who-menu").bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= 390, address
                assert box["y"] >= menu.locator("summary").first.bounding_box()["y"], address
                assert manager.evaluate("document.documentElement.scrollWidth") <= 390, address
                menu.locator("summary").first.click()
                opened += 1
    assert opened >= 6


def test_on_paper_it_is_a_report(manager: Any) -> None:
    manager.goto(f"{manager.home}/reports?{MAY}")
    manager.emulate_media(media="print")
    for away in ("header.chrome", ".report-form", ".report-cuts", ".page-head .btn"):
        assert not manager.locator(away).first.is_visible()
    assert manager.locator(".report-foot").is_visible()
    assert manager.locator(".paper-head").is_visible()
    assert manager.locator("svg.bar-line").first.is_visible()
