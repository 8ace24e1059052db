"""The call slip in a real browser: a new patient's call in twelve keys, each of them counted."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from intake.capture.models import CallOutcome, CallSlip
from intake.db import db
from intake.directory.models import Caller
from tests.browser.at_desk import Desk

pytestmark = pytest.mark.on("sqlite")


def test_a_new_patients_call_takes_twelve_keys(desk: Desk) -> None:
    desk.open("/desk/calls")
    # New; heard of us online; a first visit; wanted Friday, offered Monday; booked; Ann.
    desk.press("n", "5", "1", "f", "Enter", "m", "Enter", "b", "A", "n", "n", "Enter")
    expect(desk.page.get_by_text("Call noted: Online search.")).to_be_visible()

    assert desk.keys == 12
    db.session.commit()
    slip, outcome = db.session.scalars(select(CallSlip)).one(), db.session.scalars(select(CallOutcome)).one()
    assert (slip.kind, slip.for_whom, slip.reason, outcome.result) == ("new", "self", "A first visit", "booked")
    assert (slip.wanted_on.weekday(), slip.offered_on.weekday()) == (4, 0)  # type: ignore[union-attr]
    assert db.session.scalars(select(Caller.first_name)).one() == "Ann"
    assert desk.complaints == []


def test_whoever_is_not_booked_is_asked_why_and_whoever_waits_when(desk: Desk) -> None:
    desk.open("/desk/calls")
    # The reason and both days are passed over.
    desk.press("n", "5", "Enter", "Enter", "Enter", "n", "3", "Enter")
    desk.page.wait_for_url("**/desk/calls")
    expect(desk.page.get_by_text("Not booked: price")).to_be_visible()
    desk.press("n", "5", "1", "Enter", "Enter", "c")
    expect(desk.page.get_by_label("Call next")).to_be_focused()
    desk.press("+", "3", "Enter")
    expect(desk.page.get_by_label("First name")).to_be_focused()
    assert desk.complaints == []
