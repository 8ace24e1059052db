"""The call slip in a real browser: a new patient's call in twelve keys, each of them counted."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from intake.capture.models import CallOutcome, CallSlip
from intake.db import db
from intake.directory.models import Caller
from tests.browser.at_desk import Desk

pytestmark = pytest.mark.on("sqlite")

# Longer than the pause that ends what is typed on; see intake/static/js/desk/slip.js.
TYPED_ON_MS = 750


def test_a_new_patients_call_takes_twelve_keys(desk: Desk) -> None:
    desk.make.caller(desk.place, phone_e164="+15185550142")
    desk.open("/desk/calls")
    # New; heard of us online; a first visit; wanted Friday, offered Monday; booked; Ann.
    desk.press("n", "5", "f", "f", "Enter", "m", "Enter", "b", "A", "n", "n", "Control+Enter")
    expect(desk.page.get_by_text("Call noted: Online search.")).to_be_visible()

    # Ann gave no number; what she said stands in its column all the same.
    places = "found => found.map((each) => Math.round(each.getBoundingClientRect().x))"
    columns = desk.page.locator(".call-rows .row-status").evaluate_all(places)
    assert len(columns) == 2 and len(set(columns)) == 1
    assert desk.keys == 12
    db.session.commit()
    slip, outcome = db.session.scalars(select(CallSlip)).one(), db.session.scalars(select(CallOutcome)).one()
    assert (slip.kind, slip.for_whom, slip.reason, outcome.result) == ("new", "self", "A first visit", "booked")
    assert (slip.wanted_on.weekday(), slip.offered_on.weekday()) == (4, 0)  # type: ignore[union-attr]
    assert db.session.scalars(select(Caller.first_name).order_by(Caller.id.desc())).first() == "Ann"
    assert desk.complaints == []


def test_whoever_is_not_booked_is_asked_why_and_whoever_waits_when(desk: Desk) -> None:
    desk.open("/desk/calls")
    patient, whom = desk.page.get_by_label("Name of the patient"), desk.page.get_by_label("For whom?")
    whom.select_option("child")
    expect(patient).to_be_visible()
    whom.select_option("self")
    expect(patient).to_be_hidden()
    desk.open("/desk/calls")
    # The reason and both days are passed over.
    desk.press("n", "5", "Enter")
    expect(desk.page.get_by_label("Their own words")).to_be_focused()
    desk.press("Enter", "Enter", "Enter", "Enter", "n", "3")
    # Enter goes from one name to the next; only the last field notes the call.
    desk.page.keyboard.type("Mary\nD'Arcy-Jones\n5185550142\n")
    expect(desk.page.get_by_text("Not booked: price")).to_be_visible()
    # Whoever types on means the call that was just noted.
    desk.press("o", "2", "9")
    expect(desk.page.locator(".choice-grid [data-key]:checked")).to_have_count(0)
    expect(desk.page.get_by_label("Somebody else")).not_to_be_checked()
    desk.page.wait_for_timeout(TYPED_ON_MS)
    # Three that they name, the last with a name; a digit ticked by mistake is taken back by the same key.
    desk.press("n", "5", "2", "9", "4", "4")
    ticked = desk.page.locator(".choice-grid [data-key]:checked")
    assert ticked.evaluate_all("found => found.map((each) => each.dataset.key).sort()") == ["2", "5", "9"]
    desk.press("Enter")
    expect(desk.page.get_by_label("Who told them about us?")).to_be_focused()
    desk.page.keyboard.type("Joyce")
    # The first Enter keeps the name as it was said.
    desk.press("Enter")
    expect(desk.page.get_by_role("listbox")).to_have_count(0)
    desk.press("Enter")
    expect(desk.page.get_by_label("Their own words")).to_be_focused()
    desk.press("Enter")
    desk.press("a", "Enter", "Enter", "c")
    assert desk.page.get_by_label("A second opinion").is_checked()
    expect(desk.page.get_by_label("Call next")).to_be_focused()
    desk.press("+", "3", "Enter")
    expect(desk.page.get_by_label("First name")).to_be_focused()
    expect(desk.page.get_by_label("Wanted day")).to_have_value("")
    assert desk.complaints == []
