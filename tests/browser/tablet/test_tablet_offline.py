"""The tablet in Chromium without a connection: it asks by itself, keeps what was said, and says so only when it is."""

from datetime import date

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from intake.capture.models import LateAnswer, ThanksWish
from intake.db import db
from intake.survey.models import Ask, Mention
from intake.survey.recording.record_answer import NewMention
from tests.browser.tablet_steps import answers, begin, go_on, step_is, tile, wait_until

# What a page looks like and how it is worked does not depend on the database.
pytestmark = pytest.mark.on("sqlite")

CANARY = "Quackenbush"
# What a browser's store does when it fails: refuses to open, throws, aborts at the end, never answers.
BROKEN = {
    "no store at all": "indexedDB.open = () => { throw new DOMException('no', 'SecurityError'); };",
    "it throws": "IDBDatabase.prototype.transaction = () => { throw new DOMException('no', 'InvalidStateError'); };",
    "it is full": """IDBObjectStore.prototype.put = function () {
        this.transaction.abort(); throw new DOMException('no', 'QuotaExceededError'); };""",
    "it aborts": """const put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = function (...all) {
        const done = put.apply(this, all); this.transaction.abort(); return done; };""",
    "it never answers": "indexedDB.open = () => ({});",
}


def ready(tablet):
    """The tablet has put away what it needs."""
    page = tablet.page
    page.goto(tablet.url)
    put_away = """async () => Boolean(navigator.serviceWorker.controller
        && await (await caches.open('intake-current')).match('/current'))"""
    wait_until(lambda: page.evaluate(put_away))


def kept(page):
    return page.evaluate(
        "() => new Promise((done) => { const open = indexedDB.open('intake', 1); open.onsuccess = () => {"
        "const all = open.result.transaction('late').objectStore('late').getAll();"
        "all.onsuccess = () => { open.result.close(); done(all.result); }; }; })"
    )


def find_oneself(page, initials="A. W."):
    page.get_by_role("link", name="Answer a short question").click()
    for name, value in (("day", "14"), ("month", "3"), ("year", "1985"), ("initials", initials)):
        page.locator(f"input[name={name}]").fill(value)
    go_on(page)
    step_is(page, "sources")


def answer_alone(tablet, make):
    page = tablet.page
    ready(tablet)
    page.context.set_offline(True)
    page.goto(tablet.url)
    expect(page.locator("body[data-away]")).to_be_attached()
    return page


def test_it_asks_by_itself_and_everything_arrives_once(tablet, make, browser):
    rosa = make.physician("Gonzalez", "Rosa", city="ALBANY")
    make.answer(tablet.visit(), NewMention(tablet.sources["doctor"].id, physician_id=rosa.id))
    visit = tablet.visit(make.patient("Ana", CANARY, birth_date=date(1985, 3, 14)))
    db.session.commit()
    before = len(answers())
    page = answer_alone(tablet, make)

    page.get_by_role("button", name="Larger text").click()
    expect(page.locator("html")).to_have_attribute("data-size", "2")
    page.get_by_role("link", name="Answer a short question").click()
    go_on(page)
    expect(page.locator("#problem")).to_contain_text("the day, the month and the year")
    for name, value in (("day", "14"), ("month", "3"), ("year", "1985"), ("initials", "A. Q.")):
        page.locator(f"input[name={name}]").fill(value)
    go_on(page)
    step_is(page, "sources")
    order = page.locator("label.tile input").evaluate_all("all => all.map(e => e.value)")
    assert order[-1] == "other"
    go_on(page)
    expect(page.locator("#problem")).to_contain_text("Choose one that fits")
    for words in ("Your website", "Doctor", "Social media"):
        tile(page, words).click()
    go_on(page)
    step_is(page, "below")
    tile(page, "Facebook").click()
    go_on(page)
    page.get_by_label("Name of the doctor").press_sequentially("dr gonsalez")
    page.locator("#hits .tile", has_text="Rosa Gonzalez").click()
    step_is(page, "main")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Name of the doctor")).to_have_value("dr gonsalez")
    page.locator("#hits .tile", has_text="Rosa Gonzalez").click()
    page.get_by_role("button", name="Facebook").click()
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    expect(page.locator("main")).to_contain_text("kept on this tablet")
    expect(page.locator("#unread")).to_be_hidden()
    # Nothing readable is left, in the store as on the page, and after a reload the next patient is welcomed.
    assert CANARY not in str(kept(page))
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("Welcome")
    expect(page.locator("html")).not_to_have_attribute("data-size", "2")
    expect(page.locator("#kept-here")).to_have_text("Answers kept here: 1")
    assert len(answers()) == before

    page.context.set_offline(False)
    wait_until(lambda: len(answers()) > before)
    expect(page.locator("body[data-waiting]")).to_be_attached()
    wait_until(lambda: not kept(page))
    last = [answer for answer in answers() if answer.visit_id == visit.id][-1]
    mentions = db.session.scalars(select(Mention.source_id).where(Mention.answer_id == last.id).order_by(Mention.rank))
    assert list(mentions) == [tablet.sources[code].id for code in ("facebook", "website", "doctor")]
    assert db.session.get(Ask, last.ask_id).options == order
    assert page.complaints == [] or all("ERR_INTERNET_DISCONNECTED" in each for each in page.complaints)


def test_a_connection_that_goes_in_the_middle_is_no_reason_to_wait(tablet, make):
    rosa = make.physician("Gonzalez", "Rosa")
    make.answer(tablet.visit(), NewMention(tablet.sources["doctor"].id, physician_id=rosa.id))
    db.session.commit()
    before = len(answers())
    page = tablet.page
    ready(tablet)
    begin(tablet, tablet.visit())
    tile(page, "Doctor").click()
    tile(page, "Friend or family").click()
    page.context.set_offline(True)
    go_on(page)
    expect(page.locator(".wait")).to_contain_text("Your answer is kept here")
    step_is(page, "physician")
    page.get_by_label("Name of the doctor").press_sequentially("gonzales")
    page.locator("#hits .tile", has_text="Rosa Gonzalez").click()
    step_is(page, "person")
    page.get_by_label("Their name").fill("Linda")
    go_on(page)
    page.get_by_role("button", name="They mattered the same").click()
    expect(page.locator("#whom")).to_have_text("Linda")
    page.get_by_role("button", name="Yes, without my name").click()
    expect(page.locator("main")).to_contain_text("kept on this tablet")

    page.context.set_offline(False)
    wait_until(lambda: db.session.scalars(select(ThanksWish.wish)).all() == ["nameless"])
    assert len(answers()) == before + 3
    assert db.session.scalars(select(LateAnswer)).all() == []


@pytest.mark.parametrize(
    "how", [next(iter(BROKEN)), *[pytest.param(each, marks=pytest.mark.everything) for each in list(BROKEN)[1:]]]
)
def test_where_nothing_can_be_kept_nobody_is_asked(tablet, make, how):
    page = tablet.page
    ready(tablet)
    page.add_init_script(BROKEN[how])
    page.context.set_offline(True)
    page.goto(tablet.url)
    expect(page.get_by_role("heading")).to_have_text("Please go to the front desk.")
    page.context.set_offline(False)
    expect(page.locator("body[data-waiting]")).to_be_attached()


@pytest.mark.parametrize(
    "how", ["it never answers", *[pytest.param(each, marks=pytest.mark.everything) for each in list(BROKEN)[:-1]]]
)
def test_a_store_that_fails_in_the_middle_is_not_called_kept_and_loses_nothing(tablet, make, how):
    page = tablet.page
    ready(tablet)
    begin(tablet, tablet.visit())
    tile(page, "Friend or family").click()
    page.evaluate(f"() => {{ {BROKEN[how]} }}")
    page.context.set_offline(True)
    go_on(page)
    expect(page.locator(".wait")).to_contain_text("sending your answer again")
    page.context.set_offline(False)
    step_is(page, "person")
    assert len(answers()) == 1


def test_what_the_store_refuses_while_asking_alone_is_said(tablet, make):
    page = answer_alone(tablet, make)
    find_oneself(page)
    page.evaluate(f"() => {{ {BROKEN['it is full']} }}")
    tile(page, "Your website").click()
    go_on(page)
    expect(page.locator("#problem")).to_contain_text("can’t keep your answer")
    expect(tile(page, "Your website").locator("input")).to_be_checked()


def test_two_tabs_send_once_and_what_fits_nobody_reaches_the_desk(tablet, make):
    page = answer_alone(tablet, make)
    find_oneself(page, "N. N.")
    tile(page, "Something else").click()
    go_on(page)
    page.locator("[name=text]").fill("my chest hurts and I can't breathe")
    go_on(page)
    expect(page.locator("main")).to_contain_text("kept on this tablet")
    expect(page.locator("#unread")).to_contain_text("not read right away. If this may be an emergency, call 911 now.")
    other = page.context.new_page()
    other.goto(tablet.url)
    page.context.set_offline(False)
    wait_until(lambda: db.session.scalars(select(LateAnswer)).all())
    wait_until(lambda: not kept(other))
    assert len(db.session.scalars(select(LateAnswer)).all()) == 1
    assert answers() == []


def test_a_bad_connection_is_tried_again_soon_and_one_bad_answer_holds_up_no_other(tablet, make):
    page = answer_alone(tablet, make)
    for initials in ("N. N.", "M. M."):
        find_oneself(page, initials)
        tile(page, "Your website").click()
        go_on(page)
        expect(page.locator("main")).to_contain_text("kept on this tablet")
        page.get_by_role("link", name="Done").click()
    faults = ["broken off", "broken off", 500]
    page.clock.install()

    def deliver(route):
        fault = faults.pop(0) if faults else None
        if fault == 500:
            route.fulfill(status=500)
        elif fault:
            route.abort()
        else:
            route.continue_()

    page.route("**/kiosk/late", deliver)
    page.context.set_offline(False)
    page.reload()
    # Time goes on while one waits: the page may set its timer only then.
    for left in (2, 1, 0):
        wait_until(lambda left=left: page.clock.run_for(2_500) or len(faults) <= left)
    wait_until(lambda: page.clock.run_for(2_500) or db.session.scalars(select(LateAnswer)).all())
    assert [each.content["who"]["initials"] for each in db.session.scalars(select(LateAnswer))] == ["M. M."]


def test_an_update_never_takes_the_page_from_a_patient(tablet, make):
    """Pages of a new version are put away only while the tablet waits, and whole; until then the old ones work."""
    page = tablet.page
    ready(tablet)
    first = page.evaluate("caches.keys()")
    begin(tablet, tablet.visit())
    make.source("radio_ad", label="Radio")
    db.session.commit()
    tile(page, "Your website").click()
    assert page.evaluate("caches.keys()") == first
    go_on(page)
    expect(page.get_by_role("heading")).to_have_text("Thank you")
    page.context.set_offline(True)
    page.goto(tablet.url)
    expect(page.locator("body[data-away]")).to_be_attached()
