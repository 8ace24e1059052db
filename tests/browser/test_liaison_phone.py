"""A liaison's telephone in Chromium: a round, two briefs, and a touchpoint written without a connection, seen once."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from intake import clock
from intake.db import db
from intake.liaison.touchpoints.models import Touchpoint
from tests.browser.at_desk import sit_down
from tests.browser.tablet_steps import wait_until
from tests.liaison import relationships

pytestmark = pytest.mark.on("sqlite")


def written() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Touchpoint.words)))


def test_a_round_two_briefs_and_a_touchpoint_without_a_connection(watched, live_server, committed_app, make):
    page, context = watched, watched.context
    place = make.location("Riverside")
    liaison = make.staff("liaison", locations=[place])
    today = clock.clinic_today(place.time_zone)
    for number, last in enumerate(("Adler", "Bruns"), start=1):
        target = relationships.target(make, place, make.physician(last, "Ruth"), owner=liaison)
        relationships.stop(make, place, liaison, relationship_id=target.id, position=number, day=today)
    db.session.commit()
    page.set_viewport_size({"width": 390, "height": 844})
    sit_down(page, live_server.url, committed_app, liaison)

    page.goto(f"{live_server.url}/relationships/day")
    page.get_by_role("link", name="Ruth Adler").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ruth Adler")
    page.goto(f"{live_server.url}/relationships/day")
    page.get_by_role("link", name="Ruth Bruns").click()
    expect(page.get_by_role("heading", name="To ask")).to_be_visible()
    page.goto(f"{live_server.url}/relationships/day")

    context.set_offline(True)
    stop = page.locator(".stops > li", has_text="Bruns")
    # One tap opens it, the sentence is typed, one tap keeps it.
    stop.get_by_text("Write down").click()
    stop.get_by_label("What happened, in a sentence").fill("They have a new fax number.")
    stop.get_by_role("button", name="Save").click()
    expect(stop.get_by_role("status")).to_contain_text("Kept on this phone")
    assert written() == []

    context.set_offline(False)
    wait_until(written)
    expect(stop.get_by_role("status")).to_contain_text("Sent")
    page.reload()
    expect(page.locator(".stops > li", has_text="Bruns")).to_contain_text("Written down")
    assert written() == ["They have a new fax number."]
    assert not [each for each in page.complaints if "ERR_INTERNET_DISCONNECTED" not in each]
