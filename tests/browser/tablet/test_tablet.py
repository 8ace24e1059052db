"""The tablet in Chromium: by hand, by keyboard, without script, with a bad connection, and after everybody left."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from intake import clock
from intake.accounts.devices import tablets
from intake.accounts.tokens import hash_token
from intake.capture.patient_flow.handover import hand_over
from intake.capture.patient_flow.links import issue_link
from intake.db import db
from intake.survey.models import Answer, Mention, PhysicianReferral
from intake.survey.question import wording
from tests.browser.tablet_steps import answers, begin, go_on, step_is, tile, wait_until

# What a page looks like and how it is worked does not depend on the database; test_main_job.py runs on both.
pytestmark = pytest.mark.on("sqlite")


def test_from_pairing_to_the_physician(tablet, make, live_server):
    page = tablet.page
    rosa = make.physician("Gonzalez", "Rosa", city="ALBANY")
    fresh = make.device(tablet.location, paired=False, pairing_code_hash=hash_token("ACDEFGHJ"))
    fresh.pairing_expires_at = clock.now() + timedelta(days=365)
    visit = tablet.visit(make.patient("Persephone", "Quackenbush"))
    db.session.commit()
    page.context.clear_cookies()

    page.goto(tablet.url)
    page.get_by_label("Pairing code").fill("acde fghj")
    page.get_by_role("button", name="Pair").click()
    number = page.locator("#number").text_content()
    db.session.refresh(fresh)
    assert tablets.confirm(fresh, number)
    db.session.commit()
    # It notices by itself.
    expect(page.get_by_role("heading")).to_have_text("Welcome")
    tablet.device = fresh
    hand_over(visit, fresh, None)
    db.session.commit()
    # The waiting page notices by itself.
    page.get_by_role("button", name="Begin").click()
    tile(page, "Doctor").click()
    go_on(page)
    page.get_by_label("Name of the doctor").press_sequentially("dr gonsalez")
    page.locator("#hits .tile", has_text="Rosa Gonzalez").click()
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    assert db.session.scalars(select(PhysicianReferral.physician_id)).all() == [rosa.id]
    assert page.complaints == []


def test_a_heart_doctor_spelled_by_ear_is_found_among_her_namesakes(tablet, make):
    page = tablet.page
    rosa = make.physician("Gonzalez", "Rosa", taxonomy_code="207RC0000X")
    for first, last in (("Hector", "Gonzalez"), ("Ines", "Gonzales"), ("Rosa", "Hartmann"), ("Dora", "Hart")):
        make.physician(last, first)
    begin(tablet, tablet.visit())
    tile(page, "Doctor").click()
    go_on(page)
    page.get_by_label("Name of the doctor").press_sequentially("dr gonzales hart doctor")
    expect(page.locator("#hits .tile").first).to_contain_text("Rosa Gonzalez")
    # Said is how many there are, not all of them again with each letter.
    expect(page.get_by_role("status")).to_have_text(f"Doctors found: {page.locator('#hits .tile').count()}")
    assert page.locator("[aria-live]").count() == 0
    page.locator("#hits .tile", has_text="Rosa Gonzalez").click()
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    db.session.rollback()
    assert db.session.scalars(select(PhysicianReferral.physician_id)).all() == [rosa.id]
    assert page.complaints == []


def test_everything_can_be_done_with_the_keyboard_alone(tablet):
    page = tablet.page
    visit = tablet.visit()
    tablet.hand_over(visit)
    page.goto(tablet.url)

    def tab_to(words):
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            label = focused.evaluate("e => (e.labels && e.labels[0] ? e.labels[0] : e).innerText || e.name")
            if words in label:
                ring = focused.evaluate(
                    "e => [e, e.closest('.tile')].some(x => x && getComputedStyle(x).outlineStyle !== 'none')"
                )
                assert ring, f"no focus ring on {words}"
                return
        raise AssertionError(f"{words} can't be reached")

    tab_to("Begin")
    page.keyboard.press("Enter")
    step_is(page, "sources")
    tab_to("Friend or family")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    step_is(page, "person")
    tab_to("Their name")
    page.keyboard.type("Linda")
    page.keyboard.press("Enter")
    step_is(page, "thanks")
    # Whether whoever told them may be thanked is left out.
    page.locator("button[value=skip]").press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    assert answers()[-1].verbatim == "Linda"


def test_hostile_words_stay_words(tablet, make):
    page = tablet.page
    make.physician("Gonzalez <img src=x onerror=alert(1)>", "'\"><script>alert(2)</script>")
    begin(tablet, tablet.visit())
    tile(page, "Doctor").click()
    tile(page, "Something else").click()
    go_on(page)
    page.get_by_label("Name of the doctor").press_sequentially("gonzalez <i")
    expect(page.locator("#hits .tile")).to_have_count(1)
    with page.expect_response("**/kiosk/answer"):
        page.get_by_role("button", name="Search").click()
    expect(page.locator("form[aria-busy]")).to_have_count(0)
    expect(page.locator("#hits .tile")).to_have_count(1)
    page.get_by_role("button", name="Not in the list").click()
    step_is(page, "words")
    words = "<script>alert(3)</script>{{ 7*7 }}</textarea><svg onload=alert(4)>"
    page.locator("#text").fill(words)
    page.locator("button[value='size:2']").click()
    expect(page.locator("#text")).to_have_value(words)
    go_on(page)
    step_is(page, "main")
    expect(page.get_by_role("heading")).to_be_visible()
    assert page.complaints == []
    assert answers()[-1].verbatim == words


def test_back_never_leads_to_an_earlier_patients_page(tablet):
    page = tablet.page
    page.goto(f"{tablet.server.url}/healthz")
    begin(tablet, tablet.visit())
    tile(page, "Friend or family").click()
    go_on(page)
    page.locator("#text").fill("Linda of the third floor")
    go_on(page)
    step_is(page, "thanks")
    # Whether whoever told them may be thanked is left out.
    page.locator("button[value=skip]").press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("heading")).to_have_text("Welcome")
    for _ in range(6):
        page.go_back()
        assert "Linda" not in page.content()
        assert page.locator("input[name=step]").count() == 0
    assert len(answers()) == 2


def test_a_double_tap_counts_once(tablet):
    page = tablet.page
    begin(tablet, tablet.visit())
    # A shaking hand taps twice; a key pressed twice is meant.
    tile(page, "Your website").dblclick()
    expect(tile(page, "Your website").locator("input")).to_be_checked()
    tile(page, "Event").locator("input").press("Space")
    page.keyboard.press("Space")
    expect(tile(page, "Event").locator("input")).not_to_be_checked()
    page.locator("button[value='size:2']").dblclick()
    expect(page.locator("html")).to_have_attribute("data-size", "2")
    expect(page.locator("form[aria-busy]")).to_have_count(0)
    expect(page.locator("html")).to_have_attribute("data-size", "2")
    page.locator("form#ask .go").dblclick()
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    assert len(answers()) == 1


def test_an_outage_loses_nothing_and_sends_once(tablet):
    page = tablet.page
    begin(tablet, tablet.visit())
    tile(page, "Your website").click()
    calls = []

    def answer(route):
        calls.append(route.request.post_data)
        if len(calls) == 1:
            route.fulfill(status=503, body="down")
        elif len(calls) == 2:
            # The answer arrives, its confirmation doesn't: the same thing is sent again.
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    page.route("**/kiosk/answer", answer)
    go_on(page)
    expect(page.locator(".wait")).to_contain_text("Your answer is kept here")
    expect(tile(page, "Your website").locator("input")).to_be_checked()
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    assert len(calls) == 3
    assert len(answers()) == 1


def test_a_tablet_left_alone_asks_and_then_forgets(tablet):
    page = tablet.page
    page.clock.install()
    begin(tablet, tablet.visit())
    tile(page, "Friend or family").click()
    go_on(page)
    step_is(page, "person")
    page.clock.fast_forward(41_000)
    page.get_by_role("button", name="Yes, I need more time").click()
    expect(page.locator(".still")).to_have_count(0)
    # Whoever has begun to write has twice as long.
    page.locator("#text").fill("Linda")
    page.clock.fast_forward(59_000)
    expect(page.locator(".still")).to_have_count(0)
    page.clock.fast_forward(22_000)
    asked = page.get_by_role("alertdialog", name="Are you still there?")
    box = asked.bounding_box()
    assert box["y"] > 100 and box["height"] > 200
    page.clock.fast_forward(38_000)
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert "Linda" not in page.content()
    # What was written stays with the answer.
    wait_until(lambda: answers()[-1].verbatim == "Linda")


def test_no_script_is_needed(tablet, make, browser, make_tablet):
    make.physician("Gonzalez", "Rosa")
    context = browser.new_context(java_script_enabled=False)
    make_tablet(context, tablet.device)
    page = context.new_page()
    tablet.hand_over(tablet.visit())
    page.goto(tablet.url)
    go_on(page)
    tile(page, "Doctor").click()
    tile(page, "Social media").click()
    page.get_by_role("button", name="Español").click()
    expect(page.locator("input[value=doctor]")).to_be_checked()
    page.get_by_role("button", name="English").click()
    go_on(page)
    tile(page, "Facebook").click()
    go_on(page)
    page.get_by_label("Name of the doctor").fill("Gonzales")
    page.keyboard.press("Enter")
    page.locator("#hits .tile", has_text="Rosa Gonzalez").click()
    page.get_by_role("button", name="Facebook").click()
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    context.close()
    mentions = db.session.scalars(
        select(Mention.source_id).where(Mention.answer_id == answers()[-1].id).order_by(Mention.rank)
    )
    assert list(mentions) == [tablet.sources["facebook"].id, tablet.sources["doctor"].id]


def test_the_question_is_light(tablet, browser, make, make_tablet):
    """Over the wire: 60 KB cold for a personal link, 120 with a script's font, 80 for a tablet; 8 KB warm.

    A tablet learns to ask alone. All twenty languages are on offer, which is the most that a page has to name.
    """
    make.practice(languages=[each.code for each in wording.languages()], phone_e164="+15185550142")
    begin(tablet, tablet.visit())
    token = issue_link(tablet.visit(), None)
    db.session.commit()
    link = f"{tablet.server.url}/a/{token}"
    for address, language, most in (
        (link, "en", 60_000),
        (link, "pl", 60_000),
        (link, "gu", 120_000),
        (link, "hi", 120_000),
        (link, "zh-Hant", 120_000),
        (tablet.url, "en", 80_000),
    ):
        context = browser.new_context(locale=language)
        make_tablet(context, tablet.device)
        page = context.new_page()
        cold = weight(page, lambda page=page, address=address: page.goto(address, wait_until="networkidle"))
        step_is(page, "sources")
        warm = weight(page, lambda page=page: page.reload(wait_until="networkidle"))
        assert (cold <= most, warm <= 8_000) == (True, True), f"{language}: cold {cold} bytes, warm {warm}"
        context.close()


def test_nothing_moves_when_letters_come_late(tablet, browser, make):
    make.practice(languages=[each.code for each in wording.languages()], phone_e164="+15185550142")
    token = issue_link(tablet.visit(), None)
    db.session.commit()
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    late = []
    page.route("**/*.woff2?*", lambda route: late.extend([route]))
    page.goto(f"{tablet.server.url}/a/{token}", wait_until="domcontentloaded")
    # A browser waits a tenth of a second for them.
    page.wait_for_timeout(500)
    assert late
    for each in late:
        each.continue_()
    page.wait_for_load_state("networkidle")
    moved = page.evaluate("""() => new Promise((done) => {
        let sum = 0;
        const add = (list) => list.getEntries().forEach((each) => { sum += each.value; });
        new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(sum), 200);
    })""")
    assert moved < 0.02
    page.context.close()


def weight(page, go):
    """How many bytes come over the wire, heads included, while `go` opens a page."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    asked, received = [], {}
    wire.on("Network.requestWillBeSent", lambda event: asked.append(event["requestId"]))
    wire.on("Network.loadingFinished", lambda event: received.update({event["requestId"]: event["encodedDataLength"]}))
    go()
    wire.detach()
    assert set(asked) <= received.keys()
    # What the page before had asked for may still come in.
    return sum(received[request] for request in asked)


def test_the_link_asks_the_same_on_a_phone(tablet, browser, no_barriers, make):
    make.practice(languages=["en", "vi", "es", "fr", "de"], phone_e164="+15185550142")
    visit = tablet.visit()
    token = issue_link(visit, None)
    db.session.commit()
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{tablet.server.url}/a/{token}")
    no_barriers(page)
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
    # Mark and practice, then one line of controls, in a language of long words too.
    assert page.locator(".bar").bounding_box()["height"] < 844 / 6
    tile(page, "Friend or family").tap()
    page.locator("form#ask .go").tap()
    step_is(page, "person")
    page.locator("#text").fill("Linda")
    page.locator("form#ask .go").tap()
    step_is(page, "thanks")
    # Whether whoever told them may be thanked is left out.
    page.locator("button[value=skip]").press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    no_barriers(page)
    context.close()
    assert db.session.scalar(select(func.count(Answer.id)).where(Answer.turn.is_not(None))) == 2


def test_targets_are_large_enough(tablet):
    page = tablet.page
    page.set_viewport_size({"width": 820, "height": 1180})
    begin(tablet, tablet.visit())
    heights = page.locator(".tile").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert min(heights) >= 88
    others = page.locator(".quiet, .go").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert min(others) >= 64
    page.set_viewport_size({"width": 390, "height": 844})
    heights = page.locator(".tile").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert min(heights) >= 64


def test_an_answer_survives_the_tab_that_had_no_connection(tablet):
    page, context = tablet.page, tablet.page.context
    begin(tablet, tablet.visit())
    tile(page, "Friend or family").click()
    context.set_offline(True)
    go_on(page)
    expect(page.get_by_role("status")).to_contain_text("Your answer is kept here")
    page.wait_for_function("indexedDB.databases().then((all) => all.length)")
    page.close()
    assert answers() == []

    context.set_offline(False)
    again = context.new_page()
    again.goto(tablet.url)
    wait_until(answers)
    # The tablet forgets it once it is told that it arrived.
    again.wait_for_function(
        "() => new Promise((done) => { const open = indexedDB.open('intake', 1); open.onsuccess = () => {"
        "const all = open.result.transaction('late').objectStore('late').getAll();"
        "all.onsuccess = () => done(all.result.length === 0); }; })"
    )
    assert len(answers()) == 1


def test_an_answer_that_comes_when_the_turn_is_over_is_taken_in_sealed_and_shown_to_nobody(tablet):
    page, visit = tablet.page, tablet.visit()
    begin(tablet, visit)
    tile(page, "Friend or family").click()
    # The desk takes the tablet for somebody else while the patient presses.
    hand_over(tablet.visit(), tablet.device, None)
    db.session.commit()
    go_on(page)

    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    wait_until(answers)
    assert [answer.visit_id for answer in answers()] == [visit.id]
