"""The desk with a queue in front of it: who phoned, who is called alike, sixty people, and keys meant for elsewhere."""

import uuid
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from intake import clock
from intake.capture.call.records import CallerAnswer, answer_of_caller
from intake.survey.models import Outcome
from intake.survey.recording.record_answer import NewMention
from tests.browser.at_desk import Desk

pytestmark = pytest.mark.on("sqlite")


def test_whoever_phoned_has_arrived_and_answered_with_one_key(desk: Desk) -> None:
    caller = desk.make.caller(
        desk.place, first_name="Marta", last_name="Reyes", called_at=clock.now() - timedelta(hours=2)
    )
    said = (NewMention(desk.sources["doctor"], detail="Dr. Okafor"),)
    answer = CallerAnswer(str(uuid.uuid4()), Outcome.ANSWERED, said, "", [], "en")
    answer_of_caller(caller, answer, staff=desk.make.staff(locations=[desk.place]))
    marta = desk.arrival("Marta", "Reyes", status="scheduled")
    desk.open()
    desk.press_until("j", f"it.closest('li')?.id === 'visit-{marta.id}'")
    expect(desk.row(marta).get_by_role("button", name="Phoned: Dr. Okafor")).to_be_visible()
    desk.press("p")
    desk.wait_until_recorded(marta)
    assert desk.said(marta) == [("Doctor", "Dr. Okafor")]
    expect(desk.page.locator("#toasts")).to_contain_text("Marta Reyes, as said on the telephone: Doctor · Dr. Okafor.")
    desk.press("u")
    expect(desk.row(marta)).to_have_attribute("data-group", "expected")
    assert desk.said(marta) == []
    assert desk.complaints == []


# What a scanner sends, a barcode's marks included, and words meant for another window; milliseconds between the keys.
BURSTS = (
    *(("84201\n", 4), ("0012355", 15), ("*A0012301*\n", 2), ("dr ramos 3", 60)),
    *(("5656", 150), ("66", 150), ("66", 450)),
)


def test_a_burst_of_keys_records_nothing_for_two_patients(desk: Desk) -> None:
    visits = [desk.arrival("Marta", f"Reyes{place}") for place in range(6)]
    recorded = 0
    for typed, pause in BURSTS:
        desk.open()
        expect(desk.page.locator(".opened .quick")).to_be_visible()
        for key in typed:
            desk.page.keyboard.press("Enter" if key == "\n" else key)
            desk.page.wait_for_timeout(pause)
        desk.page.wait_for_timeout(700)
        before, recorded = recorded, sum(bool(desk.said(visit)) for visit in visits)
        # Slower than a machine, the first key may have been meant.
        assert recorded - before <= (1 if pause > 100 else 0), typed


def test_the_last_three_steps_are_undone_one_after_the_other(desk: Desk) -> None:
    visits = [desk.arrival("Marta", f"Reyes{place}") for place in range(5)]
    desk.open()
    for visit in visits[:4]:
        desk.press("5")
        desk.wait_until_recorded(visit)
        desk.next_person()
    expect(desk.page.locator("#toasts .toast-line")).to_have_count(3)
    for visit in reversed(visits[1:4]):
        desk.press("u")
        expect(desk.row(visit)).to_have_attribute("data-group", "to-ask")
        desk.next_person()
    desk.press("u")
    desk.page.wait_for_timeout(300)
    assert [bool(desk.said(visit)) for visit in visits] == [True, False, False, False, False]
    assert desk.complaints == []


def test_what_was_typed_and_left_is_nobodys(desk: Desk) -> None:
    marta, paul = desk.arrival("Marta", "Reyes"), desk.arrival("Paul", "Novak")
    desk.open()
    desk.press("2", *"Rosa", "Escape")
    box = desk.row(marta).get_by_label("Who told them about us?")
    # The first Escape closes the names, the second leaves the question.
    expect(box).to_have_value("Rosa")
    expect(desk.page.get_by_role("listbox")).to_be_hidden()
    desk.press("Escape")
    expect(box).to_be_hidden()
    desk.press("2")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    desk.press("Enter")
    desk.wait_until_recorded(marta)
    assert desk.said(marta) == [("Friend or family", "")]
    assert desk.said(paul) == []


def test_digits_tick_boxes_under_more_than_one(desk: Desk) -> None:
    marta = desk.arrival("Marta", "Reyes")
    desk.open()
    desk.press("m")
    expect(desk.page.get_by_label("Their own words")).to_be_visible()
    grid = desk.page.locator(".choice-grid")
    before = grid.get_by_role("checkbox", name="Event").bounding_box()
    desk.press("5", "6")
    expect(desk.page.get_by_role("checkbox", name="Online search")).to_be_checked()
    expect(desk.page.get_by_role("checkbox", name="Your website")).to_be_checked()
    after = grid.get_by_role("checkbox", name="Event").bounding_box()
    assert before == after
    desk.page.get_by_role("button", name="Record", exact=True).press("Enter")
    desk.wait_until_recorded(marta)
    assert desk.said(marta) == [("Online search", ""), ("Your website", "")]


def test_whoever_was_handed_a_tablet_is_no_longer_armed(desk: Desk) -> None:
    desk.make.device(desk.place, name="Front")
    marta, paul = desk.arrival("Marta", "Reyes"), desk.arrival("Paul", "Novak")
    desk.open()
    desk.press("t")
    desk.page.get_by_role("button", name="Front").press("Enter")
    expect(desk.row(marta)).to_contain_text("On Front")
    expect(desk.row(paul).locator(".quick")).to_be_visible()
    expect(desk.row(marta).locator(".opened")).to_have_count(0)
    desk.next_person()
    desk.press("5")
    desk.wait_until_recorded(paul)
    desk.next_person()
    desk.press("6")
    desk.page.wait_for_timeout(300)
    assert (desk.said(marta), desk.said(paul)) == ([], [("Online search", "")])


def test_an_answer_sent_after_an_outage_leaves_no_box_open(desk: Desk) -> None:
    marta, paul = desk.arrival("Marta", "Reyes"), desk.arrival("Paul", "Novak")
    desk.open()
    away = {"left": 1}

    def answer(route) -> None:
        away["left"] -= 1
        route.fulfill(status=503, body="not now") if away["left"] >= 0 else route.continue_()

    desk.page.route("**/answer", answer)
    desk.press("5")
    expect(desk.row(marta)).to_contain_text("Not saved yet")
    desk.wait_until_recorded(marta)
    expect(desk.row(marta).locator(".opened")).to_have_count(0)
    desk.row(marta).locator(".row-name").click()
    desk.row(marta).get_by_role("link", name="Correct").click()
    expect(desk.row(marta).get_by_role("checkbox", name="Online search")).to_be_checked()
    assert desk.said(paul) == []


def test_one_of_sixty_is_found_by_name_number_or_birth_date(desk: Desk) -> None:
    for place in range(57):
        desk.arrival(
            f"Ann{place}", "Brightwater", status="scheduled", provider=f"Dr. {'Lind' if place % 2 else 'Chen'}"
        )
    zoe = desk.make.visit(
        desk.place, desk.make.patient("Zoë", "Quinn", mrn="0012377", birth_date=date(1980, 3, 14)), status="scheduled"
    )
    returning = desk.make.visit(desk.place, desk.make.patient("Ida", "Keller"), visit_type="established")
    desk.open()
    for typed in ("zoe q", "12377", "03/14/1980"):
        desk.press("/", *typed)
        expect(desk.page.locator(".desk-row:visible")).to_have_count(1)
        expect(desk.row(zoe)).to_be_visible()
        desk.press("Escape", "Escape")
    desk.press("/", *"keller")
    expect(desk.row(returning)).to_be_visible()
    desk.press("Escape")
    desk.press(*"quinn", "Enter")
    expect(desk.row(zoe).locator(".quick")).to_be_visible()
    desk.page.get_by_label("Provider").select_option("Dr. Lind")
    expect(desk.page.locator(".desk-row:visible")).to_have_count(28)
    assert desk.complaints == []


def test_two_of_one_name_are_told_apart_in_line_panel_and_note(desk: Desk) -> None:
    told = {}
    for number, born in (("0012301", date(1980, 3, 14)), ("0012377", date(1951, 7, 2))):
        visit = desk.make.visit(desk.place, desk.make.patient("Marta", "Reyes", mrn=number, birth_date=born))
        told[visit] = f"born {born:%b} {born.day}, {born.year}, chart {number}"
    desk.make.source("mural", label="Murals" * 13, position=99)
    desk.open()
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    fits = "all => all.every((each) => each.scrollWidth <= each.clientWidth + 1)"
    assert desk.page.locator(".quick-sources > *").evaluate_all(fits)
    for visit, words in told.items():
        expect(desk.row(visit).locator(".line")).to_contain_text(words)
        expect(desk.row(visit).locator(".opened")).to_contain_text(f"Marta Reyes, {words}")
        desk.press("5")
        expect(desk.page.locator("#toasts .toast-line").first).to_contain_text(f"Marta Reyes ({words}): Online search.")
        desk.wait_until_recorded(visit)
        desk.next_person()
