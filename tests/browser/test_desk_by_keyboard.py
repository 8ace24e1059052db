"""The desk in a real browser: without a mouse, in few keys, with nothing lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from intake.db import db
from intake.directory.models import Physician
from intake.survey.recording.record_answer import NewMention
from tests.browser.at_desk import Desk, sit_down
from tests.browser.axe import barriers
from tests.serving import Served

# What a page looks like and how it is worked does not depend on the database; test_main_job.py runs on both.
pytestmark = pytest.mark.on("sqlite")


def test_the_commonest_answers_take_one_and_two_keys_from_page_load(desk: Desk) -> None:
    marta = desk.arrival("Marta", "Reyes")
    paul = desk.arrival("Paul", "Novak")
    desk.open()
    desk.press("2", "Enter")
    desk.next_person()
    desk.press("5")
    desk.wait_until_recorded(marta, paul)

    assert desk.keys == 3
    assert desk.said(marta) == [("Friend or family", "")]
    assert desk.said(paul) == [("Online search", "")]
    expect(desk.page.locator("[data-part=sentence]")).to_contain_text("2 of 2 new patients asked")
    assert desk.complaints == []


def test_the_physician_of_the_chart_takes_two_keys_and_another_one_a_few_letters(desk: Desk) -> None:
    osei = desk.make.physician("Osei", "Ama")
    desk.make.physician("Oseguera", "Oscar")
    charted = desk.arrival("Marta", "Reyes", documented=osei)
    typed = desk.arrival("Paul", "Novak")
    desk.open()
    desk.press("1")
    expect(desk.page.get_by_role("option", name="Ama Osei, MD as the chart says")).to_be_visible()
    desk.press("Enter")
    assert desk.keys == 2

    desk.next_person()
    desk.press("1", "o", "s", "e", "i")
    expect(desk.page.get_by_role("option", name="Ama Osei, MD")).to_be_visible()
    desk.press("Enter")
    desk.wait_until_recorded(charted, typed)
    assert [who for _, who in desk.said(charted) + desk.said(typed)] == ["Ama Osei, MD"] * 2


def test_a_physician_nobody_finds_is_kept_or_added_without_a_mouse(desk: Desk) -> None:
    kept, added = desk.arrival("Marta", "Reyes"), desk.arrival("Paul", "Novak")
    desk.open()
    desk.press("1", *"Qq")
    expect(desk.page.get_by_role("option", name="Keep “Qq” as they said it")).to_be_visible()
    desk.press("Enter")
    desk.wait_until_recorded(kept)
    expect(desk.row(kept)).to_contain_text("Doctor · “Qq”")

    # Without a look at the next one these keys would be a stream, of which nothing is recorded.
    desk.next_person()
    desk.press("1", *"Zz Top")
    expect(desk.page.get_by_role("option", name="Keep “Zz Top” as they said it")).to_be_visible()
    desk.press("ArrowDown", "Enter")
    desk.wait_until_recorded(added)
    expect(desk.row(added)).to_contain_text("Zz Top")
    db.session.commit()
    assert db.session.scalars(select(Physician.last_name)).all() == ["Top"]


def test_enter_takes_the_marked_line_in_both_boxes(desk: Desk) -> None:
    """Whoever is surely meant is marked; a name that may be several people's is kept until one is picked."""
    linda = desk.make.patient("Linda", "Marsh")
    desk.make.visit(desk.place, linda, visit_type="established")
    desk.make.physician("Oseguera", "Oscar")
    desk.make.physician("Oseguera", "Olga")
    cases = {
        ("2", "linda m", "Keep “linda m” as they said it"): ("Friend or family", "linda m"),
        ("2", "linda marsh", "Linda Marsh"): ("Friend or family", "Linda Marsh"),
        ("1", "oseguera", "Keep “oseguera” as they said it"): ("Doctor", "oseguera"),
        ("1", "olga oseguera", "Olga Oseguera, MD"): ("Doctor", "Olga Oseguera, MD"),
    }
    visits = [desk.arrival("Marta", f"Reyes{place}") for place in range(len(cases))]
    desk.open()
    for visit, ((key, name, first), said) in zip(visits, cases.items(), strict=True):
        desk.press(key, *name)
        options = desk.page.get_by_role("option")
        expect(options.filter(has_text=name.split()[0].title()).first).to_be_visible()
        expect(desk.page.locator("[role=option][aria-selected=true]")).to_contain_text(first)
        expect(options.last).to_contain_text("as they said it")
        desk.press("Enter")
        desk.wait_until_recorded(visit)
        assert desk.said(visit) == [said]
        desk.next_person()


def test_somebody_else_of_the_list_is_picked_on_purpose(desk: Desk) -> None:
    linda = desk.make.patient("Linda", "Marsh")
    desk.make.visit(desk.place, linda, visit_type="established")
    visit = desk.arrival("Paul", "Novak")
    again = desk.arrival("Marta", "Reyes")
    desk.open()
    # The first Down goes to the best match, be it marked already or not.
    for each, typed in ((visit, "linda m"), (again, "linda marsh")):
        desk.press("2", *typed)
        expect(desk.page.get_by_role("option", name=re.compile("^Linda Marsh"))).to_be_visible()
        desk.press("ArrowDown", "Enter")
        desk.wait_until_recorded(each)
        assert desk.said(each) == [("Friend or family", "Linda Marsh")]
        desk.next_person()


def test_a_nested_source_takes_two_keys(desk: Desk) -> None:
    marta = desk.arrival("Marta", "Reyes")
    desk.open()
    desk.press("8", "1")
    desk.wait_until_recorded(marta)
    assert desk.said(marta) == [("Facebook", "")]


def test_several_sources_and_their_words_by_keyboard_alone(desk: Desk) -> None:
    marta = desk.arrival("Marta", "Reyes")
    desk.open()
    desk.press("m")
    expect(desk.page.get_by_label("Their own words")).to_be_visible()
    expect(desk.page.get_by_role("checkbox", name="Doctor")).to_be_focused()
    website = desk.sources["website"]
    for label in ("Online search", "Your website"):
        desk.press_until("Tab", f"it.name === 'source' && it.labels[0].innerText.trim() === '{label}'")
        desk.press("Space")
    # Tab stops at a group of radio buttons once; arrows go through it.
    desk.press_until("Tab", "it.name === 'main'")
    desk.press_until("ArrowDown", f"it.id === 'main-{website}' && it.checked")
    desk.press_until("Tab", "it.name === 'verbatim'")
    desk.page.keyboard.type("looked you up, 1 2 3")
    desk.press("Tab", "Enter")
    desk.wait_until_recorded(marta)
    assert desk.said(marta) == [("Your website", ""), ("Online search", "")]


def test_undo_correct_and_arrive_by_keyboard(desk: Desk) -> None:
    marta = desk.arrival("Marta", "Reyes")
    late = desk.arrival("Paul", "Novak", status="scheduled")
    desk.open()
    desk.press("3")
    expect(desk.page.locator("#toasts")).to_contain_text("Marta Reyes: I've been here before.")
    desk.press("u")
    expect(desk.page.locator("#toasts")).to_contain_text("Taken back")
    expect(desk.row(marta)).to_have_attribute("data-group", "to-ask")
    assert desk.said(marta) == []

    desk.press("4")
    expect(desk.row(marta)).to_have_attribute("data-group", "done")
    desk.press_until("k", f"it.closest('li')?.id === 'visit-{late.id}'")
    desk.press("a")
    expect(desk.row(late)).to_have_attribute("data-group", "to-ask")
    desk.press("d")
    desk.wait_until_recorded(late)

    desk.press_until("j", f"it.closest('li')?.id === 'visit-{marta.id}'")
    desk.press("Enter")
    expect(desk.row(marta)).to_contain_text("at the desk, by Ana Whitfield")
    desk.press("c")
    expect(desk.row(marta).get_by_role("checkbox", name="Insurance")).to_be_checked()
    desk.press("Escape")
    expect(desk.row(marta).locator(".opened")).to_have_count(0)
    expect(desk.row(marta).locator(".row-name")).to_be_focused()
    assert desk.complaints == []


def test_the_list_renews_itself_and_leaves_what_is_being_typed_alone(desk: Desk) -> None:
    desk.page.clock.install()
    marta = desk.arrival("Marta", "Reyes")
    kiosk = desk.arrival("Paul", "Novak")
    desk.open()
    desk.press("1", *"os")
    desk.make.answer(kiosk, NewMention(desk.sources["event"]), channel="kiosk")
    newcomer = desk.arrival("Zoe", "Quinn")
    db.session.commit()
    desk.page.clock.run_for(21_000)

    expect(desk.row(kiosk)).to_contain_text("Event")
    expect(desk.row(newcomer)).to_be_visible()
    field = desk.row(marta).get_by_label("Which doctor?")
    expect(field).to_have_value("os")
    expect(field).to_be_focused()
    expect(desk.page.locator("[data-part=sentence]")).to_contain_text("1 of 3")


def test_two_people_at_once_see_each_other(desk: Desk, committed_app, live_server: Served) -> None:
    marta = desk.arrival("Marta", "Reyes")
    desk.open()
    desk.make.answer(marta, NewMention(desk.sources["event"]), staff=desk.make.staff(name="Ben Ortega"))
    db.session.commit()
    desk.press("5")
    expect(desk.row(marta).get_by_role("alert")).to_contain_text(
        "Marta Reyes already has an answer: Event (Ben Ortega, "
    )
    expect(desk.row(marta).get_by_role("checkbox", name="Online search")).to_be_checked()
    assert desk.said(marta) == [("Event", "")]
    desk.page.get_by_role("button", name="Record mine instead").press("Enter")
    desk.wait_until_recorded(marta)
    assert desk.said(marta) == [("Online search", "")]


def test_what_was_recorded_while_the_database_is_away_arrives_once(desk: Desk) -> None:
    marta, paul = desk.arrival("Marta", "Reyes"), desk.arrival("Paul", "Novak")
    desk.open()
    away = {"left": 2}

    def answer(route):
        if away["left"]:
            away["left"] -= 1
            # First lost on the way back, after it was recorded; then the database is gone.
            if away["left"] == 1:
                route.fetch()
                route.abort()
            else:
                route.fulfill(status=503, body="not now")
        else:
            route.continue_()

    desk.page.route("**/answer", answer)
    desk.press("1", *"Dr Typed", "Enter")
    expect(desk.row(marta)).to_contain_text("Not saved yet")
    expect(desk.row(paul).locator(".row-name")).to_be_focused()
    expect(desk.row(marta).locator(".row-status")).to_contain_text("Dr Typed")
    desk.wait_until_recorded(marta)
    assert desk.said(marta) == [("Doctor", "Dr Typed")]
    assert desk.said(paul) == []


def test_keys_can_be_turned_off(desk: Desk) -> None:
    marta = desk.arrival("Marta", "Reyes")
    desk.open()
    desk.page.locator(".desk-keys summary").click()
    desk.page.get_by_label("Use keys on this computer").uncheck()
    desk.page.reload()
    desk.press("5")
    desk.page.wait_for_timeout(300)
    assert desk.said(marta) == []
    desk.row(marta).get_by_role("button", name="Online search").click()
    desk.wait_until_recorded(marta)


STATES: dict[str, Callable[[Desk], None]] = {
    "the list": lambda desk: None,
    "which doctor": lambda desk: (desk.press("1", "o"), desk.page.wait_for_timeout(400)),
    "below a parent": lambda desk: desk.press("9"),
    "several": lambda desk: (desk.press("m"), desk.page.get_by_role("checkbox", name="Doctor").check()),
    "a refused form": lambda desk: (
        desk.press("m"),
        desk.page.get_by_role("button", name="Record", exact=True).click(),
        desk.page.get_by_text("Choose who or what they named").wait_for(),
    ),
    "tablets": lambda desk: (desk.press("t"), desk.page.get_by_role("button", name="Front").wait_for()),
    "a personal link": lambda desk: (
        desk.press("q"),
        desk.page.get_by_role("button", name="Show the QR code").press("Enter"),
        desk.page.get_by_role("img", name="QR code").wait_for(),
    ),
    "a note with its undo": lambda desk: (desk.press("5"), desk.page.get_by_role("button", name="Undo").wait_for()),
    "what was said": lambda desk: (
        desk.page.locator("[data-group=done] .desk-row .row-name").first.click(),
        desk.page.get_by_role("link", name="Correct").wait_for(),
    ),
    "returning patients": lambda desk: desk.page.locator(".is-returning summary").click(),
    "the keys": lambda desk: desk.page.locator(".desk-keys summary").click(),
}


# Each state in one of the two schemes; `--everything` sees each in both.
@pytest.mark.parametrize(
    ("dark", "half"),
    [
        pytest.param(False, 0, id="light"),
        pytest.param(True, 1, id="dark"),
        pytest.param(False, 1, id="light, the other half", marks=pytest.mark.everything),
        pytest.param(True, 0, id="dark, the other half", marks=pytest.mark.everything),
    ],
)
def test_axe_finds_nothing_in_any_state_of_the_list(desk: Desk, dark: bool, half: int) -> None:
    osei = desk.make.physician("Osei", "Ama")
    desk.make.device(desk.place, name="Front")
    for _ in range(14):
        desk.arrival("Marta", "Reyes", documented=osei)
    desk.arrival("Paul", "Novak", status="scheduled")
    desk.arrival("Ida", "Keller", visit_type="established")
    desk.arrival("Leo", "Stone", status="no_show")
    desk.make.answer(desk.arrival("Zoe", "Quinn", documented=osei), NewMention(desk.sources["event"]))
    desk.page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    for name, reach in list(STATES.items())[half::2]:
        desk.open()
        reach(desk)
        assert_accessible(desk.page, name)
    assert desk.complaints == []


def test_axe_finds_nothing_on_the_other_pages(desk: Desk) -> None:
    visit = desk.arrival("Marta", "Reyes")
    caller = desk.make.caller(desk.place, first_name="Marta", last_name="Reyes")
    desk.make.device(desk.place, name="Front")
    paths = ["", "/answer", "/tablet", "/link"]
    for path in [f"/desk/visits/{visit.id}{path}" for path in paths] + [
        "/desk/visits/new",
        "/desk/calls",
        "/desk/calls?show=all",
        f"/desk/calls/{caller.id}",
        f"/desk/calls/{caller.id}/answer",
        "/desk?day=2020-01-01",
        "/desk?day=never",
    ]:
        desk.open(path)
        assert_accessible(desk.page, path)
    assert desk.complaints == []


def assert_accessible(page: Page, where: str) -> None:
    assert barriers(page) == [], where


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((390, 844), id="phone"),
        pytest.param((820, 1180), id="tablet", marks=pytest.mark.everything),
        pytest.param((1280, 800), id="desktop", marks=pytest.mark.everything),
    ],
)
def test_nothing_is_wider_than_the_screen(desk: Desk, size: tuple[int, int]) -> None:
    visit = desk.arrival("Maximiliana-Konstantina", ("Featherstonehaugh-Cholmondeley-Wriothesley" * 2)[:80])
    desk.make.caller(desk.place, last_name="W" * 80)
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    for path in ("/desk", f"/desk/visits/{visit.id}/answer", "/desk/visits/new", "/desk/calls"):
        desk.open(path)
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= size[0], path


def test_every_step_works_without_script(browser, live_server: Served, committed_app, make) -> None:
    make.sources()
    place = make.location("Riverside")
    osei = make.physician("Osei", "Ama")
    visit = make.visit(place, make.patient("Marta", "Reyes"))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sit_down(page, live_server.url, committed_app, make.staff("front_desk", locations=[place]))
    desk = Desk(page, live_server.url, make, place)
    desk.open()
    page.get_by_role("link", name="Reyes, Marta").click()
    page.get_by_role("button", name="Doctor…").click()
    page.get_by_label("Which doctor?").fill("osei")
    page.locator(f"#source-1 ~ *, button[name=find][value='{1}']").last.click()
    page.get_by_label("Ama Osei, MD").check()
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Marta Reyes: Doctor · Ama Osei, MD.")
    assert desk.said(visit) == [("Doctor", osei and "Ama Osei, MD")]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back")
    assert desk.said(visit) == []
    context.close()
