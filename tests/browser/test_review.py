"""A manager works through the review queue with the keyboard alone, and takes one decision back."""

import json

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from intake.attribution.verify.ledger import compare_ledger
from intake.db import db
from intake.survey.models import CreditEntry, ReviewRule
from intake.survey.recording.record_answer import NewMention
from tests.browser.at_desk import sit_down
from tests.drawing import examples
from tests.making import Make
from tests.serving import Served

pytestmark = pytest.mark.on("sqlite")

BEGINNINGS = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Poplar", "Juniper", "Larch")
ENDINGS = ("quilters", "cobblers", "weavers", "tannery")


def test_write_ins_are_settled_in_few_keys_and_one_is_taken_back(
    committed_app: Flask, live_server: Served, make: Make, page: Page
) -> None:
    place = make.location("Riverside")
    make.sources()
    staff = make.staff("manager", locations=[place])
    # Forty of them under `--everything`.
    beginnings = BEGINNINGS[: examples(usual=3, everything=10)]
    names = [f"{first} {second}" for first in beginnings for second in ENDINGS]
    for number, name in enumerate(names):
        # Some were written by two patients, each in their own way.
        for text in (name, name.upper() + "!") if number % 3 == 0 else (name,):
            make.answer(make.visit(place), NewMention(None, detail=text, match_state="unmatched"), verbatim=text)
    sit_down(page, live_server.url, committed_app, staff)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/review")
    before: object = None

    pressed: list[str] = []

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)
            pressed.append(key)

    for done in range(len(names)):
        left = len(names) - done
        expect(page.locator(".list-legend")).to_contain_text(f"{left} decision")
        expect(page.locator(".review-row[aria-current]")).to_be_focused()
        if left == 1:
            before = figures(committed_app)
        if done % 4 == 0:
            press("n", "Enter")
        elif done % 4 == 1:
            press("/", *"radio", "Enter")
            expect(page.locator("#effects")).to_contain_text("Radio")
            press("Enter")
        else:
            press("i" if done % 4 == 2 else "n", "Enter")
    expect(page.get_by_role("heading", name="Nothing waits")).to_be_visible(timeout=15_000)
    # Somebody who reads each row for one second and presses two keys a second is done with forty in two minutes.
    assert len(names) + len(pressed) / 2 < 3 * len(names)

    assert figures(committed_app) != before
    page.keyboard.press("u")
    expect(page.locator(".list-legend")).to_contain_text("1 decision for")
    assert figures(committed_app) == before
    db.session.rollback()
    assert db.session.scalar(select(func.count(ReviewRule.id)).where(ReviewRule.off_at.is_not(None))) == 1
    assert not compare_ledger().wrong
    assert complaints == []


def test_a_double_click_decides_one(committed_app: Flask, live_server: Served, make: Make, page: Page) -> None:
    place = make.location("Riverside")
    make.sources()
    for text in ("Alder quilters", "Birch cobblers", "Cedar weavers"):
        make.answer(make.visit(place), NewMention(None, detail=text, match_state="unmatched"), verbatim=text)
    for name in ("Linda M", "Rosa Brandt"):
        make.named_friend(place, name)
    sit_down(page, live_server.url, committed_app, make.staff("manager", locations=[place]))
    page.goto(f"{live_server.url}/review")
    page.keyboard.press("i")
    count_it = page.get_by_role("button", name="Count it so")
    count_it.dblclick()
    expect(page.locator(".list-legend")).to_contain_text("2 decisions")
    # The next one under the same button is ready to be decided when the second press comes.
    page.keyboard.press("i")
    expect(page.locator("#target-none")).to_be_checked()
    press_again(page, count_it)
    # Enter twice is one press too.
    page.locator(".review-row[aria-current]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".list-legend")).to_contain_text("1 decision ")

    page.goto(f"{live_server.url}/review/people")
    nobody = page.get_by_role("button", name="Not a patient here")
    # However slow this machine is, the second press comes at once.
    page.clock.set_fixed_time("2026-11-30T09:00:00")
    expect(nobody).to_have_count(2)
    at = nobody.first.bounding_box()
    nobody.first.click()
    expect(nobody).to_have_count(1)
    assert at == nobody.bounding_box()
    press_again(page, nobody)
    page.wait_for_timeout(300)
    expect(nobody).to_have_count(1)
    page.clock.set_fixed_time("2026-11-30T09:01:00")
    nobody.click()
    expect(nobody).to_have_count(0)


def press_again(page: Page, button: Locator) -> None:
    """The second press of a double click, on what the first one brought."""
    at = button.bounding_box()
    assert at is not None
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)


def figures(app: Flask) -> object:
    """What `flask totals` prints, and the sums of the ledger."""
    db.session.rollback()
    printed = app.test_cli_runner().invoke(args=["totals", "--json"])
    assert printed.exit_code == 0, printed.output
    sums = db.session.execute(
        select(
            CreditEntry.source_id,
            func.sum(CreditEntry.primary_units),
            func.sum(CreditEntry.any_units),
            func.sum(CreditEntry.fractional_units),
        ).group_by(CreditEntry.source_id)
    )
    rows = sorted((tuple(row) for row in sums if any(row[1:])), key=repr)
    db.session.rollback()
    return json.loads(printed.output), rows
