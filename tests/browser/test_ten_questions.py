"""Ten questions of a manager, each answered in Chromium from the start page in two clicks at most."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from intake import clock
from intake.db import db
from intake.survey.recording.record_answer import NewMention
from tests.browser.at_desk import sit_down
from tests.making import Make

pytestmark = pytest.mark.on("sqlite")

MOST_CLICKS = 2
# Whatever may scroll sideways has to show that there is more.
NO_CUE = """() => [...document.querySelectorAll('body *')].filter(each => {
  const style = getComputedStyle(each);
  return ['auto', 'scroll'].includes(style.overflowX) && each.scrollWidth > each.clientWidth + 1
    && each.checkVisibility() && !style.backgroundImage.includes('gradient') && !each.closest('.visually-hidden');
}).map(each => each.className || each.tagName)"""


class Clicks:
    """A manager on the start page, who counts what is pressed."""

    def __init__(self, page: Any, home: str) -> None:
        self.page, self.home, self.count = page, home, 0

    def start(self) -> "Clicks":
        self.page.goto(self.home)
        self.count = 0
        return self

    def click(self, name: str, *, within: str = "body") -> "Clicks":
        self.page.locator(within).get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()
        return self.counted()

    def open(self, summary: str) -> "Clicks":
        self.page.locator("summary", has_text=summary).first.click()
        return self.counted()

    def counted(self) -> "Clicks":
        self.count += 1
        assert self.count <= MOST_CLICKS
        return self

    def read(self) -> str:
        return " ".join(self.page.inner_text("main").split())


@pytest.fixture
def manager(committed_app: Flask, live_server: Any, make: Make, watched: Any) -> Clicks:
    """A year of a practice with two locations: a billboard with money, two physicians, what waits in Review."""
    places = [make.location("Riverside"), make.location("Northgate")]
    sources = make.sources()
    boss = make.staff("manager", locations=places, name="Helen Voss")
    desk = make.staff(locations=places, name="Nora Finch")
    google = make.source(label="Google")
    billboard = make.source(label="Billboard on Route 9")
    most, quiet, new = (
        make.physician(last, first) for last, first in (("Osei", "Ama"), ("Busch", "Carl"), ("Nye", "Eva"))
    )
    today = clock.clinic_today(places[0].time_zone)

    def said(count: int, ago: int, *mentions: Any, at: int = 0) -> None:
        for number in range(count):
            day = today - timedelta(days=ago + number % 20)
            patient = make.patient("Maria", f"Torvald {ago} {number}")
            make.answer(make.visit(places[at], patient, day=day), *mentions, channel="desk", staff=desk)

    def doctor(physician: Any) -> NewMention:
        return NewMention(sources["doctor"].id, physician_id=physician.id)

    said(12, 0, google)
    said(5, 200, google)
    said(4, 1, google, at=1)
    said(14, 1, doctor(most))
    said(10, 100, doctor(most))
    said(22, 100, doctor(quiet))
    said(3, 1, doctor(new))
    said(2, 400, google)
    said(4, 0, billboard)
    said(1, 1, NewMention(None, "the parrot on the radio"))
    make.visit(places[0], day=today)
    for ago in range(200):
        make.visit(places[0], day=today - timedelta(days=ago), visit_type="established")
    make.spend(billboard, month=today.replace(day=1), cents=80_000)
    make.spend(billboard, month=(today.replace(day=1) - timedelta(days=1)).replace(day=1), cents=80_000)
    sit_down(watched, live_server.url, committed_app, boss)
    db.session.commit()
    return Clicks(watched, live_server.url)


def test_ten_questions_are_answered_in_two_clicks(manager: Clicks) -> None:
    page = manager.page
    # Where do patients come from? What changed? Does the desk ask?
    first = manager.start().read()
    assert "Where patients come from" in first and "What changed" in first and "Who was asked" in first
    assert "Carl Busch, MD" in page.locator(".notable").inner_text()
    manager.open("More").click("How asked")
    assert "Nora Finch" in manager.read() and "How asking goes" in manager.read()
    # Who sends most?
    manager.start().click("Referrers", within="nav").click("365 days")
    assert "Ama Osei, MD" in page.locator(".physician-table tbody tr").first.inner_text()
    # Who is quieter, who is new?
    manager.start().click("Referrers", within="nav")
    rows = page.locator(".physician-table tbody tr")
    assert "Lapsed" in rows.filter(has_text="Carl Busch").inner_text()
    assert "New" in rows.filter(has_text="Eva Nye").inner_text()
    # Whom did Dr. Osei send?
    manager.click("14 Ama Osei, MD, last 90 days")
    expect(page.locator("main")).to_contain_text("Maria Torvald")
    # Did the billboard pay?
    manager.start().click("Costs", within="main nav")
    assert "Billboard on Route 9" in manager.read() and "for each new patient" in manager.read()
    # How did Google go month by month at Riverside?
    manager.start().click("Google", within="main table").click("Riverside", within="main table")
    assert page.inner_text("h1") == "Google" and "Riverside" in page.locator(".page-head").inner_text()
    assert "named Google first in the last 12 months" in manager.read()
    assert page.locator("svg.columns").is_visible()
    # What waits for me?
    manager.start()
    assert "waiting" in page.get_by_role("link", name="Review").inner_text()
    manager.click("Review", within="nav")
    assert "the parrot on the radio" in manager.read()
    assert page.complaints == []


def test_on_a_phone_nothing_scrolls_sideways_without_a_cue(manager: Clicks) -> None:
    page = manager.page
    page.set_viewport_size({"width": 390, "height": 844})
    for address in (
        "/reports",
        "/reports?by=source",
        "/reports?by=physician",
        "/reports?by=location&period=last-90-days",
        "/reports?by=time&period=last-12-months",
        "/reports/trust",
        "/reports/compare",
        "/reports/costs",
        "/reports/physicians",
        "/reports/saved",
        "/set-up",
    ):
        page.goto(f"{manager.home}{address}")
        page.evaluate("document.querySelectorAll('main details:not(.who)').forEach(each => { each.open = true })")
        assert page.evaluate(NO_CUE) == [], address
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address
