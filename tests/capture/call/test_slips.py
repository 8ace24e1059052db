"""Call slips: what came of a call, calling back, and days typed in a hurry."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from intake.capture.call.records import Call, Slip, note_call
from intake.capture.call.slip import NotADay, read_day
from intake.capture.models import CallOutcome, CallSlip
from intake.directory.models import Caller
from intake.survey.models import Answer
from tests.pages import text_of

TUESDAY = date(2026, 5, 12)


@pytest.fixture
def tuesday():
    with time_machine.travel(datetime(2026, 5, 12, 15, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def desk(tuesday, client, place, sources, front_desk):
    return client


def note(client, place, **fields):
    given = {"first_name": "Ann", "location": place.id, "kind": "new", "for_whom": "self", "result": "booked"}
    return client.post("/desk/calls", data=given | {"submission_id": str(uuid.uuid4())} | fields)


def test_a_slip_keeps_everything_and_the_answer_beside_it(desk, place, sources, session):
    response = note(
        desk,
        place,
        source=sources["tv"].id,
        for_whom="child",
        reason="A first visit",
        wanted="f",
        offered="+6",
        result="call_back",
        due="5/14",
    )
    assert response.status_code == 303
    slip, outcome = session.scalars(select(CallSlip)).one(), session.scalars(select(CallOutcome)).one()
    assert (slip.kind, slip.for_whom, slip.reason) == ("new", "child", "A first visit")
    assert (slip.wanted_on, slip.offered_on) == (date(2026, 5, 15), date(2026, 5, 18))
    assert (outcome.result, outcome.due_on) == ("call_back", date(2026, 5, 14))
    assert session.scalar(select(func.count(Answer.id))) == 1
    page = text_of(desk.get("/desk/calls?show=to-call"))
    assert "To call back 1" in page and "Call back, Thu, May 14" in page and "Ann" in page


def test_a_call_for_a_child_names_the_child_whose_visit_is_then_looked_for(desk, place, make, sources, session):
    fields = {"first_name": "Rosa", "last_name": "Marin", "patient_name": "Lena Marin-Voss", "source": sources["tv"].id}
    note(desk, place, **fields, for_whom="child", result="")
    note(desk, place, **fields, for_whom="self")
    make.visit(place, make.patient("Rosa", "Marin"), day=TUESDAY + timedelta(days=2))
    make.visit(place, make.patient("Lena", "Marin-Voss"), day=TUESDAY + timedelta(days=2))
    session.commit()

    named = select(CallSlip.patient_name).order_by(CallSlip.caller_id)
    assert list(session.scalars(named)) == ["Lena Marin-Voss", ""]
    listed = text_of(desk.get("/desk/calls"))
    assert listed.count("for Lena Marin-Voss") == 1 and "May be Lena Marin-Voss" in listed
    called = session.scalars(select(Caller.id).order_by(Caller.id)).first()
    page = desk.get(f"/desk/calls/{called}")
    assert "for their child, Lena Marin-Voss" in text_of(page) and 'value="Lena Marin-Voss"' in page.text
    theirs = text_of(page).partition("Which visit is theirs?")[2]
    assert "same name" in theirs and "Lena Marin-Voss" in theirs and "Rosa Marin" not in theirs


def test_a_call_without_a_name_or_an_answer_is_kept_once_when_it_led_nowhere(desk, place, session):
    fields = {"first_name": "", "result": "not_booked", "why_not": "hung_up", "submission_id": str(uuid.uuid4())}
    for _ in range(2):
        assert note(desk, place, **fields).status_code == 303
    assert session.scalar(select(func.count(Caller.id))) == 1
    assert session.scalar(select(func.count(Answer.id))) == 0
    assert "No name" in desk.get("/desk/calls").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"result": "not_booked"}, "Choose why they weren’t booked."),
        ({"wanted": "yesterday"}, "Type a day to come"),
        ({"due": "13/45"}, "Type a day to come"),
        ({"first_name": ""}, "Type a name"),
        ({"result": "maybe"}, "Not a valid choice"),
        ({"kind": "ghost"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_with_a_slip_is_said_and_nothing_is_lost(desk, place, session, fields, sentence):
    refused = note(desk, place, reason="A first visit", offered="12/4", **fields)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert 'value="12/4"' in refused.text
    assert session.scalar(select(func.count(Caller.id))) == 0


def test_calling_back_is_history_and_the_most_urgent_stands_first(desk, place, make, session):
    note(desk, place, first_name="Late", result="call_back", due="+5")
    note(desk, place, first_name="Soon", result="waiting", due="t")
    note(desk, place, first_name="Paper", result="", on_paper="y")
    page = text_of(desk.get("/desk/calls?show=to-call"))
    assert page.index("Paper") < page.index("Soon") < page.index("Late")
    soon = session.scalars(select(Caller).where(Caller.first_name == "Soon")).one()
    address = f"/desk/calls/{soon.id}/outcome"
    for fields, problem in (
        ({}, "Choose what came of it"),
        ({"result": "not_booked"}, "Choose why"),
        ({"result": "no_answer", "due": "never"}, "Type a day to come"),
    ):
        refused = desk.post(address, data=fields)
        assert refused.status_code == 422 and problem in refused.text
    desk.post(address, data={"result": "left_message", "due": "+1"})
    desk.post(address, data={"result": "booked", "due": "+1"})
    text = text_of(desk.get(f"/desk/calls/{soon.id}"))
    assert text.index("Booked") < text.index("Left a message · call next Wed, May 13") < text.index("Waiting list")
    assert "Soon" not in text_of(desk.get("/desk/calls?show=to-call")).partition("To call back")[2]


def test_who_is_a_patient_already_is_not_lost_and_their_chart_is_shown(desk, place, make, session):
    make.visit(place, make.patient("Ignacio", "Cárdenas"), day=TUESDAY - timedelta(days=400))
    make.visit(place, make.patient("Ana", "Ortiz", mobile_e164="+15185550142"), day=TUESDAY - timedelta(days=400))
    said = []
    for name, fields in (("Cardenas", {}), ("Nobody", {"phone": "518 555 0142"}), ("Stranger", {})):
        note(desk, place, first_name="Ignacio", last_name=name, kind="existing", **fields)
        said.append("A chart with that number or name is there" in text_of(desk.get("/desk/calls")))
    assert said == [True, True, False]
    listed = text_of(desk.get("/desk/calls"))
    assert "No visit yet 0" in listed and "All calls 3" in listed
    ids = session.scalars(select(Caller.id).order_by(Caller.id)).all()
    pages = [text_of(desk.get(f"/desk/calls/{each}")) for each in ids]
    assert "A chart is there already: Ignacio Cárdenas" in pages[0] and "Ana Ortiz" in pages[1]
    assert "No chart with that number or name" in pages[2]


def test_a_call_back_on_a_day_without_visits_is_remarked_on(desk, place, make, session):
    for back in range(6):
        make.visit(place, day=TUESDAY - timedelta(days=1 + 7 * back))
    remark = "Sundays have had no visits lately"
    for due, remarked in (("sunday", True), ("monday", False)):
        note(desk, place, result="call_back", due=due)
        assert (remark in text_of(desk.get("/desk/calls"))) is remarked
    called = session.scalars(select(Caller.id)).first()
    desk.post(f"/desk/calls/{called}/outcome", data={"result": "call_back", "due": "sunday"})
    assert remark in text_of(desk.get("/desk/calls"))


def test_a_missed_call_that_a_telephone_system_tells_of_is_an_open_slip(desk, place, session):
    missed = Call("", "", "+15185550142", place, Slip(missed=True))
    note_call(missed, None, staff=None, called_at=datetime(2026, 5, 12, 13, tzinfo=UTC))
    page = text_of(desk.get("/desk/calls?show=to-call"))
    assert "To call back 1" in page and "Missed" in page and "(518) 555-0142" in page


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("t", TUESDAY),
        ("tod", TUESDAY),
        ("tu", TUESDAY + timedelta(days=7)),
        ("thu", date(2026, 5, 14)),
        ("M", date(2026, 5, 18)),
        ("tomorrow", date(2026, 5, 13)),
        ("+3", date(2026, 5, 15)),
        ("12/4", date(2026, 12, 4)),
        ("5/11", date(2027, 5, 11)),
        ("12/4/2026", date(2026, 12, 4)),
        ("", None),
    ],
)
def test_days_are_read_as_people_type_them(typed, day):
    assert read_day(typed, TUESDAY) == day


@given(st.text(max_size=12), st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_any_text_is_a_day_to_come_or_refused(typed, today):
    try:
        day = read_day(typed, today)
    except NotADay:
        return
    assert day is None or today <= day <= today + timedelta(days=731)
