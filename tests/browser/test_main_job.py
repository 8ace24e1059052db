"""The main job in one go: a registry file, a paired tablet, a patient, and the figure with the row behind it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, BrowserContext, expect

from intake import clock
from intake.accounts.auth import sessions
from intake.accounts.models import Staff
from intake.db import db
from tests import registry_files
from tests.making import Make
from tests.serving import PATIENCE_SECONDS, Served, serve

DESKTOP = {"width": 1280, "height": 800}
TABLET = {"width": 820, "height": 1180}


@pytest.fixture
def live_server(committed_app: Flask) -> Iterator[Served]:
    """Here what a practice runs: the production server, in processes of its own."""
    with serve(committed_app.config["SETTINGS"]) as served:
        yield served


def signed_in(browser: Browser, app: Flask, url: str, staff: Staff) -> BrowserContext:
    values = sessions.cookie_values(staff)
    db.session.commit()
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    context = browser.new_context(viewport=DESKTOP)
    address = urlsplit(url)
    cookie = {"name": "intake", "value": serializer.dumps(values), "url": f"{address.scheme}://{address.netloc}"}
    context.add_cookies([cookie])  # type: ignore[list-item]
    context.set_default_timeout(PATIENCE_SECONDS * 1_000)
    return context


def test_from_the_registry_to_the_row_behind_the_figure(
    committed_app: Flask,
    live_server: Served,
    environment: dict[str, str],
    make: Make,
    tmp_path: Path,
    browser: Browser,
) -> None:
    place = make.location("Riverside")
    make.sources()
    desk, administrator, manager = (
        make.staff(role, locations=[place]) for role in ("front_desk", "administrator", "manager")
    )
    make.visit(place, make.patient("Persephone", "Quackenbush"))
    db.session.commit()
    registry = registry_files.write(
        tmp_path / "npidata.csv",
        [
            registry_files.individual(4001, "GONZALEZ", "ROSALIND", taxonomies=["207RC0000X*"]),
            registry_files.individual(4002, "GONZAGA", "PAOLO"),
            registry_files.deactivated(4003),
        ],
    )
    imported = flask(environment, "physicians", "import", str(registry), "--json")
    assert imported["added"] == 2

    # The administrator shows a code, the tablet takes it and shows a number back.
    admin = signed_in(browser, committed_app, live_server.url, administrator).new_page()
    admin.goto(f"{live_server.url}/tablets/new")
    admin.get_by_label("Name").fill("Front tablet")
    admin.locator("main form button[type=submit]").click()
    code = admin.locator("#code").inner_text()
    tablet = browser.new_context(viewport=TABLET).new_page()
    tablet.set_default_timeout(PATIENCE_SECONDS * 1_000)
    tablet.goto(f"{live_server.url}/kiosk")
    tablet.locator("#code").fill(code)
    tablet.locator("button.go").click()
    # Until they type the number that this tablet shows, it is nobody's.
    admin.get_by_label(re.compile("Number that the tablet")).fill(tablet.locator("#number").inner_text())
    admin.get_by_role("button", name="Pair", exact=True).click()
    expect(tablet.get_by_role("heading", level=1)).to_have_text("Welcome")

    # The desk hands the visit over; no name appears on the tablet.
    front = signed_in(browser, committed_app, live_server.url, desk).new_page()
    front.goto(f"{live_server.url}/desk")
    front.keyboard.press("t")
    front.get_by_role("button", name=re.compile("Front tablet")).click()
    tablet.get_by_role("button", name="Begin").click()
    expect(tablet.locator("label.tile", has_text="Doctor")).to_be_visible()
    assert "Quackenbush" not in tablet.content()

    # The patient answers, misspelling the doctor's name.
    tablet.locator("label.tile", has_text="Doctor").click()
    tablet.locator("form#ask .go").click()
    tablet.locator("#text").press_sequentially("dr gonsalez")
    tablet.locator("#hits .tile", has_text="Gonzalez").first.click()
    expect(tablet.get_by_role("heading", level=1)).to_have_text("Thank you")

    # It is on the desk, in the report, in the command's figures, and its row opens.
    front.goto(f"{live_server.url}/desk")
    expect(front.locator("main")).to_contain_text("Gonzalez")
    report = signed_in(browser, committed_app, live_server.url, manager).new_page()
    report.goto(f"{live_server.url}/reports?by=physician")
    expect(report.locator("main")).to_contain_text("Gonzalez")
    rows = flask(environment, "totals", *days(), "--by", "physician", "--json")["rows"]
    assert [row["credit"] for row in rows if "Gonzalez" in row["label"].title()] == [1], rows
    report.locator("main a", has_text=re.compile("show the visits")).first.click()
    expect(report.locator("main")).to_contain_text("Quackenbush")


def flask(environment: dict[str, str], *arguments: str) -> Any:
    """What a command prints as JSON, run in a process of its own as an office would."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def days() -> list[str]:
    today = clock.clinic_today("America/New_York")
    return ["--from", str(today - timedelta(days=1)), "--to", str(today + timedelta(days=1))]
