"""The tablet in Chromium, held against WCAG 2.2 AA and AAA contrast, in each language."""

from datetime import date

import pytest
from playwright.sync_api import expect

from intake.db import db
from tests.browser.tablet_steps import go_on, step_is

# What a page looks like does not depend on the database.
pytestmark = pytest.mark.on("sqlite")

LANGUAGES = ("English", "Español", "العربية")


def usually_in(usual):
    """In one language, another for each test; `--everything` takes all of them."""
    return pytest.mark.parametrize(
        "language",
        [pytest.param(each, marks=() if each == usual else pytest.mark.everything) for each in LANGUAGES],
    )


def in_language(page, language):
    button = page.get_by_role("button", name=language, exact=True)
    if button.count():
        button.click()
        expect(page.get_by_role("button", name=language, exact=True)).to_have_count(0)


@usually_in("Español")
def test_no_barriers_while_finding_oneself(tablet, make, no_barriers, language):
    page = tablet.page
    make.practice(languages=["en", "es", "ar"])
    for first, last in (("Amara", "Bright"), ("Zoe", "Quack")):
        tablet.visit(make.patient(first, last, birth_date=date(1985, 3, 14)))
    db.session.commit()
    page.goto(tablet.url)
    in_language(page, language)
    no_barriers(page)
    page.locator("main a.go").click()
    expect(page.locator(".boxes")).to_be_visible()
    no_barriers(page)
    go_on(page)
    expect(page.locator("#problem")).to_be_visible()
    no_barriers(page)
    for name, value in (("day", "14"), ("month", "3"), ("year", "1985")):
        page.locator(f"input[name={name}]").fill(value)
    go_on(page)
    expect(page.locator("button.tile")).to_have_count(2)
    no_barriers(page)
    assert page.complaints == []


@usually_in("العربية")
def test_no_barriers_on_any_question(tablet, make, no_barriers, language):
    page = tablet.page
    make.practice(languages=["en", "es", "ar"])
    make.physician("Gonzalez", "Rosa")
    tablet.hand_over(tablet.visit())
    page.goto(tablet.url)
    in_language(page, language)
    no_barriers(page)
    go_on(page)
    step_is(page, "sources")
    no_barriers(page)
    for code in ("doctor", "social_media", "friend_family", "other"):
        page.locator(f"input[value={code}]").check()
    no_barriers(page)
    go_on(page)
    for kind in ("below", "", "", "", "main"):
        step_is(page, kind)
        if page.locator("#text[data-hits]").count():
            page.locator("#text").press_sequentially("gonzalez")
            expect(page.locator("#hits .tile")).to_have_count(1)
        no_barriers(page)
        before = page.locator("input[name=step]").first.input_value()
        page.locator("button[value=skip]").click()
        expect(page.locator(f"input[value='{before}']")).to_have_count(0)
    expect(page.locator(".seal")).to_be_visible()
    no_barriers(page)
    assert page.complaints == []


@usually_in("English")
def test_no_barriers_in_high_contrast_and_large_words(tablet, make, no_barriers, language):
    page = tablet.page
    make.practice(languages=["en", "es", "ar"])
    tablet.hand_over(tablet.visit())
    page.goto(tablet.url)
    in_language(page, language)
    go_on(page)
    step_is(page, "sources")
    go_on(page)
    expect(page.locator("#problem")).to_be_visible()
    no_barriers(page)
    page.locator("input[value=doctor]").check()
    page.locator("button[value='contrast:high']").click()
    expect(page.locator("html")).to_have_attribute("data-contrast", "high")
    no_barriers(page)
    for size in ("2", "3"):
        page.locator(f"button[value='size:{size}']").click()
        expect(page.locator("html")).to_have_attribute("data-size", size)
        no_barriers(page)
    expect(page.locator("input[value=doctor]")).to_be_checked()
    assert page.complaints == []


def test_no_barriers_at_the_edges(tablet, no_barriers):
    page = tablet.page
    tablet.hand_over(tablet.visit())
    page.goto(tablet.url)
    page.locator("form#ask .quiet").click()
    expect(page.locator(".qr")).to_be_visible()
    no_barriers(page)
    for path in ("/kiosk/leave", "/kiosk/nowhere", "/a/" + "x" * 32):
        page.goto(tablet.server.url + path)
        no_barriers(page)
    page.context.clear_cookies()
    page.goto(tablet.url)
    expect(page.get_by_label("Pairing code")).to_be_visible()
    no_barriers(page)
    assert page.complaints == []
