"""Everything that may be chosen is seen at once; where it can't be, the page says that there is more."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from intake.db import db
from intake.survey.models import Answer
from tests.browser.tablet_steps import begin, go_on, tile

pytestmark = pytest.mark.on("sqlite")

IN_VIEW = """all => all.every(e => { const box = e.getBoundingClientRect();
    return box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth; })"""
OVERLAP = """() => { const foot = document.querySelector('.foot').getBoundingClientRect();
    return [...document.querySelectorAll('.tile')].some(e => e.getBoundingClientRect().bottom > foot.top + 1); }"""


def fifteen(tablet, make):
    """Fifteen entries, some with a second line, and something else."""
    top = [source for source in tablet.sources.values() if source.parent_id is None and source.code != "other"]
    for number in range(15 - len(top)):
        make.source(
            f"extra_{number}", label=f"Neighbourhood paper {number}", hint="The one in your letter box", position=50
        )
    db.session.commit()


def test_fifteen_choices_and_every_way_on_are_seen_without_scrolling(tablet, make):
    page = tablet.page
    fifteen(tablet, make)
    for number, (width, height) in enumerate(((1180, 820), (820, 1180))):
        page.set_viewport_size({"width": width, "height": height})
        begin(tablet, tablet.visit())
        shown = page.locator(".tile, .outs button, .actions .go")
        assert page.locator(".tile").count() == 16
        assert shown.evaluate_all(IN_VIEW), f"not everything is seen at {width} x {height}"
        assert not page.evaluate(OVERLAP)
        assert min(page.locator(".tile").evaluate_all("all => all.map(e => e.offsetHeight)")) >= 72
        columns = len({box["x"] for box in (each.bounding_box() for each in page.locator(".tile").all())})
        assert columns == 3 - number
        expect(page.locator("#more")).to_be_hidden()
        tile(page, "Your website").click()
        go_on(page)
        expect(page.get_by_role("heading")).to_have_text("Thank you")
    assert set(db.session.scalars(select(Answer.in_view))) == {16}


def test_where_there_is_more_below_the_page_says_so(tablet, make):
    page = tablet.page
    fifteen(tablet, make)
    page.set_viewport_size({"width": 390, "height": 844})
    begin(tablet, tablet.visit())
    more = page.get_by_role("button", name="More choices below")
    expect(more).to_be_visible()
    seen = int(page.locator("input[name=in_view]").input_value())
    assert 2 < seen < 12
    for _ in range(8):
        if more.is_hidden():
            break
        # It goes by itself at the end, at times between the look and a mouse's way to it.
        page.locator("#more").evaluate("button => button.click()")
        page.wait_for_timeout(400)
    expect(page.get_by_role("button", name="I don't remember")).to_be_in_viewport()
    page.set_viewport_size({"width": 1180, "height": 820})
    for size in ("2", "3"):
        # A second tap at once would be taken for a hand that shakes.
        page.wait_for_timeout(550)
        page.get_by_role("button", name="Larger text").click()
        expect(page.locator("html")).to_have_attribute("data-size", size)
    expect(page.get_by_role("button", name="More choices below")).to_be_visible()
