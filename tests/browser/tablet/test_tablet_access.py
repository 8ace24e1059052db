"""Reading, seeing and reaching: the whole flow by the accessibility tree, enlarged, without motion, read aloud."""

import pytest
from playwright.sync_api import expect

from intake.db import db
from tests.browser.tablet_steps import begin, go_on, step_is, tile

pytestmark = pytest.mark.on("sqlite")

FOCUSED = "document.activeElement && document.activeElement !== document.body"
SPEECH = """(() => { const voices = [{ lang: 'en-US', name: 'One' }]; window.spoken = [];
    window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
    Object.defineProperty(window, 'speechSynthesis', { value: { getVoices: () => voices, cancel() {},
        speak(piece) { window.spoken.push(piece.text); }, addEventListener() {} } }); })();"""


class Reader:
    """Somebody who only hears: roles, names and states of the browser's accessibility tree."""

    def __init__(self, page):
        self.page, self.wire = page, page.context.new_cdp_session(page)

    def nodes(self):
        tree = self.wire.send("Accessibility.getFullAXTree")["nodes"]
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""), node)
            for node in tree
            if not node.get("ignored") and "role" in node
        ]

    def names(self, role):
        return [name for each, name, _ in self.nodes() if each == role]

    def press(self, role, name):
        node = next(node for each, said, node in self.nodes() if each == role and said.startswith(name))
        found = self.wire.send("DOM.resolveNode", {"backendNodeId": node["backendDOMNodeId"]})
        call = {"functionDeclaration": "function () { this.click(); }", "objectId": found["object"]["objectId"]}
        self.wire.send("Runtime.callFunctionOn", call)


def test_the_whole_flow_can_be_heard(tablet, make):
    page = tablet.page
    make.physician("Gonzalez", "Rosa")
    tablet.hand_over(tablet.visit())
    page.goto(tablet.url)
    reader = Reader(page)
    reader.press("button", "Begin")
    step_is(page, "sources")
    assert reader.names("heading") == ["How did you hear about us?"]
    # Nothing that can be pressed lacks a name, and no name is said twice by two different things of one kind.
    for role in ("button", "checkbox", "link", "textbox"):
        said = reader.names(role)
        assert all(said) and len(set(said)) == len(said)
    assert len(reader.names("checkbox")) == page.locator(".tile").count()
    reader.press("checkbox", "Doctor")
    reader.press("checkbox", "Your website")
    reader.press("button", "Continue")
    step_is(page, "physician")
    assert "Which doctor?" in reader.names("heading")
    page.get_by_label("Name of the doctor").press_sequentially("gonzalez")
    expect(page.locator("#hits .tile")).to_have_count(1)
    reader.press("button", "Rosa Gonzalez")
    step_is(page, "main")
    reader.press("button", "Your website")
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    assert page.complaints == []


@pytest.mark.parametrize(("width", "height"), [(590, 410), (320, 256)])
def test_enlarged_twice_and_four_times_nothing_is_cut_off(tablet, width, height):
    """1180 x 820 at 200 %, and 1280 x 1024 at 400 %, as WCAG 1.4.10 measures it."""
    page = tablet.page
    page.set_viewport_size({"width": width, "height": height})
    begin(tablet, tablet.visit())
    too_wide = "document.documentElement.scrollWidth > innerWidth"
    assert not page.evaluate(too_wide)
    tile(page, "Friend or family").click()
    go_on(page)
    step_is(page, "person")
    assert not page.evaluate(too_wide)
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    assert not page.evaluate(too_wide)


def test_what_the_keyboard_reaches_is_never_hidden_by_the_foot_of_the_page(tablet):
    """WCAG 2.4.11, on the page whose foot is highest, on a small phone."""
    page = tablet.page
    page.set_viewport_size({"width": 360, "height": 640})
    begin(tablet, tablet.visit())
    tile(page, "Social media").click()
    go_on(page)
    step_is(page, "below")
    for _ in range(page.locator(".tile").count()):
        page.keyboard.press("Tab")
        while not page.evaluate("Boolean(document.activeElement.closest('.tile'))"):
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.tile').getBoundingClientRect().bottom") <= page.evaluate(
            "document.querySelector('.actions').getBoundingClientRect().top"
        )


def test_whoever_enlarges_the_words_and_goes_on_before_the_page_stands_meant_both(tablet):
    page = tablet.page
    begin(tablet, tablet.visit())
    tile(page, "Friend or family").click()
    # The answer has begun to arrive, but not all of it.
    page.evaluate(
        """() => {
            const { text } = Response.prototype;
            Response.prototype.text = async function () {
                document.body.dataset.begun = "";
                await new Promise((done) => setTimeout(done, 700));
                return text.call(this);
            };
        }"""
    )
    page.get_by_role("button", name="Larger text").click()
    page.locator("body[data-begun]").wait_for()
    go_on(page)
    step_is(page, "person")
    expect(page.locator("html")).to_have_attribute("data-size", "2")


def test_focus_is_never_lost_and_nothing_moves_for_whoever_asked_for_that(tablet):
    page = tablet.page
    page.emulate_media(reduced_motion="reduce")
    begin(tablet, tablet.visit())
    page.get_by_role("button", name="Larger text").focus()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-size", "2")
    expect(page.locator("[name=display][value^='size:']")).to_be_focused()
    assert page.locator(".tile").first.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
    go_on(page)
    expect(page.locator("#problem")).to_be_focused()
    tile(page, "Friend or family").click()
    go_on(page)
    step_is(page, "person")
    page.locator("#text").fill("")
    go_on(page)
    expect(page.locator("#problem, [aria-invalid=true]").first).to_be_visible()
    assert page.evaluate(FOCUSED)
    # The next patient finds everything as it was.
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    tablet.hand_over(tablet.visit())
    page.goto(tablet.url)
    expect(page.locator("html")).to_have_attribute("data-size", "1")


def test_it_reads_aloud_where_a_voice_speaks_the_language(tablet, make):
    page = tablet.page
    make.practice(languages=["en", "es"])
    db.session.commit()
    page.add_init_script(SPEECH)
    begin(tablet, tablet.visit())
    page.get_by_role("button", name="Read aloud").click()
    spoken = page.evaluate("window.spoken")
    assert spoken[0] == "How did you hear about us?"
    assert {"I don't remember", "Continue"} <= set(spoken)
    page.get_by_role("button", name="Stop reading").click()
    expect(page.get_by_role("button", name="Read aloud")).to_be_visible()
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("#read-aloud")).to_be_hidden()
