"""The tablet in Chromium, held against WCAG 2.2 AA and AAA contrast, in each language and on each size of screen."""

import pytest
from fontTools.ttLib import TTFont
from playwright.sync_api import expect

from intake.dev.assets.fonts import FONTS, SOURCES, letters
from intake.survey.question import wording
from tests.browser.tablet.patient_pages import VIEWPORTS, faults, walk
from tests.browser.tablet_steps import go_on, step_is

# What a page looks like does not depend on the database.
pytestmark = pytest.mark.on("sqlite")

PSEUDO = "xx"
# One written from right to left and one whose words are all too long; `--everything` takes all, wholly.
USUAL = ("ar", PSEUDO)


@pytest.fixture
def pseudo(monkeypatch):
    """A language whose every line is English and two fifths longer, as translations are."""
    catalog, codes = wording._catalog, wording._codes() | {PSEUDO}

    def with_pseudo(code):
        if code != PSEUDO:
            return catalog(code)
        english = catalog("en")
        kept = ("date.order", "date.months", "date.said", "text.")
        words = {key: said if key.startswith(kept) else longer(said) for key, said in english["words"].items()}
        return english | {"name": "Längenprobe", "words": words}

    monkeypatch.setattr(wording, "_catalog", with_pseudo)
    monkeypatch.setattr(wording, "_codes", lambda: codes)
    monkeypatch.setattr(wording, "fingerprint", str)


def longer(said):
    filling = ["längenprobe"[:size] for size in range(4, 12)] * 4
    while len(" ".join(filling)) > max(4, len(said) * 0.4):
        filling.pop()
    return " ".join([said, *filling])


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(code, marks=() if code in USUAL else pytest.mark.everything)
        for code in [PSEUDO, *(language.code for language in wording.languages())]
    ],
)
def test_every_page_in_every_language_on_phone_and_tablet(tablet, make, no_barriers, request, code):
    """Nothing too wide, cut off, on top of another, or in another language; no barrier that axe knows."""
    whole = request.config.getoption("--everything")
    if code == PSEUDO:
        request.getfixturevalue("pseudo")
    for number, name in enumerate(walk(tablet, make, code)):
        for place, (size, (width, height)) in enumerate(VIEWPORTS.items()):
            tablet.page.set_viewport_size({"width": width, "height": height})
            # What is below the screen is looked for once it has been drawn.
            tablet.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            found = faults(tablet.page, code)
            assert not found, f"{name}, {size}: " + "; ".join(found)
            if code != PSEUDO and (whole or place == number % len(VIEWPORTS)):
                no_barriers(tablet.page)


@pytest.mark.parametrize("code", list(SOURCES))
def test_our_fonts_have_every_letter_of_their_language(code):
    """Else: python -m intake.dev.assets.fonts."""
    known = TTFont(FONTS / f"noto-{code.lower()}.woff2").getBestCmap()
    assert not {letter for letter in letters(code) if ord(letter) not in known}


def test_no_barriers_in_high_contrast_and_large_words(tablet, no_barriers):
    page = tablet.page
    tablet.hand_over(tablet.visit())
    page.goto(tablet.url)
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
        # A second tap at once would be taken for a hand that shakes.
        page.wait_for_timeout(550)
        page.locator(f"button[value='size:{size}']").click()
        expect(page.locator("html")).to_have_attribute("data-size", size)
        no_barriers(page)
    expect(page.locator("input[value=doctor]")).to_be_checked()
    assert page.complaints == []


def test_no_barriers_at_the_edges(tablet, no_barriers):
    page = tablet.page
    page.goto(f"{tablet.url}/nowhere")
    no_barriers(page)
    page.context.clear_cookies()
    page.goto(tablet.url)
    expect(page.get_by_label("Pairing code")).to_be_visible()
    no_barriers(page)
    assert page.complaints == []
