"""A new practice, from nothing to a patient's own answer."""

import pytest
from playwright.sync_api import Browser, Page, expect

from intake.db import db
from intake.directory.practice import setup
from intake.survey.models import Answer
from tests.browser.at_desk import Desk
from tests.serving import PATIENCE_SECONDS

pytestmark = pytest.mark.on("sqlite")
PASSWORD = "seven green herons"


def test_from_an_empty_practice_to_a_patients_answer_in_six_pages(
    page: Page, browser: Browser, committed_app, live_server
) -> None:
    opened: list[str] = []
    page.on("framenavigated", lambda frame: opened.append(frame.url))
    page.set_default_timeout(PATIENCE_SECONDS * 1_000)
    code = setup.spaced(setup.set_up_code())
    page.goto(f"{live_server.url}/setup?code={code}")
    page.get_by_label("Name of the practice").fill("Lakeside Vein")
    page.locator("#location-name").fill("Lakeside")
    page.locator("#location-time_zone").select_option("America/New_York")
    page.get_by_label("Your name").fill("Nora Vale")
    page.get_by_label("Your e-mail address").fill("nora@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.locator("main form button[type=submit], main form .btn-primary").last.click()

    steps = page.locator(".first-steps li")
    expect(steps).to_have_count(3)
    expect(page.locator(".first-steps [aria-current=step]")).to_contain_text("Add somebody who is here")
    page.get_by_role("link", name="Add a walk-in").click()
    page.get_by_label("First name").fill("Ana")
    page.get_by_label("Last name").fill("Whitcombe")
    page.get_by_role("button", name="Add and mark as arrived").click()
    expect(page.locator(".first-steps [aria-current=step]")).to_contain_text("Ask how they heard of you")

    expect(page.locator(".opened .quick")).to_be_visible()
    page.keyboard.press("q")
    page.get_by_role("button", name="Show the QR code").click()
    address = page.get_by_label("The same as an address").input_value()
    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    phone.on("framenavigated", lambda frame: opened.append(frame.url))
    phone.set_default_timeout(PATIENCE_SECONDS * 1_000)
    phone.goto(address)
    phone.locator("label.tile", has_text="Online search").click()
    phone.locator("form#ask .go").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")

    assert len([url for url in opened if url != "about:blank"]) <= 6, opened
    db.session.rollback()
    assert db.session.query(Answer).one().outcome == "answered"
    page.goto(f"{live_server.url}/set-up")
    expect(page.locator(".first-steps")).to_have_count(0)


def test_the_code_stands_alone_on_the_screen_without_other_names(desk: Desk) -> None:
    desk.arrival("Marta", "Reyes")
    desk.arrival("Paul", "Novak")
    desk.open()
    expect(desk.page.locator(".opened .quick")).to_be_visible()
    desk.press("q")
    desk.page.get_by_role("button", name="Full screen, no names").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("Point your phone's camera here")
    expect(desk.page.locator(".qr svg")).to_be_visible()
    words = desk.page.locator("body").inner_text()
    assert not any(name in words for name in ("Marta", "Reyes", "Paul", "Novak"))
    desk.page.get_by_role("link", name="Done").click()
    expect(desk.page.locator(".desk-row")).to_have_count(2)
    assert desk.complaints == []
