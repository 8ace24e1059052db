"""The desk's list: whose turn it is, what was said, and nobody else's patients."""

import re
import uuid
from datetime import date, time, timedelta

import pytest
from sqlalchemy import event, select

from intake import clock
from intake.accounts.models import AuditEntry
from intake.capture.desk.queries import ArrivalGroup, day_at
from intake.db import db
from intake.survey.recording.record_answer import NewMention
from intake.web.ui.formatting import say_day
from tests.pages import sentences_of, text_of


@pytest.fixture
def place(app, make):
    return make.location("Riverside")


@pytest.fixture
def front_desk(client, make, place, sign_in):
    staff = make.staff("front_desk", locations=[place], name="Ana Whitfield")
    sign_in(client, staff)
    return staff


def shown(place, day=None):
    return day_at(location_id=place.id, day=day or clock.clinic_today(place.time_zone), language="en")


def page_of(client, path):
    """The page without what differs in each response: the form token and the nonce."""
    return re.sub(r'(value|nonce)="[^"]{20,}"|"X-CSRFToken": "[^"]+"', "", client.get(path).text)


def names(shown_day, group):
    return [person.last_name for person in shown_day.groups[group]]


def test_who_arrived_and_was_not_asked_comes_first_longest_wait_on_top(make, place):
    sources = make.sources()
    late = make.visit(place, make.patient("A", "Late"), at=time(8, 0), arrived_at=clock.now())
    make.visit(place, make.patient("B", "Early"), at=time(9, 0), arrived_at=clock.now() - timedelta(minutes=30))
    make.visit(place, make.patient("C", "Expected"), status="scheduled")
    make.visit(place, make.patient("D", "Known"), visit_type="established")
    make.visit(place, make.patient("E", "Missing"), status="no_show")
    answered = make.visit(place, make.patient("F", "Answered"))
    make.answer(answered, sources["online_search"])
    make.visit(make.location(), make.patient("G", "Elsewhere"))
    make.visit(place, make.patient("H", "Yesterday"), day=late.visit_date - timedelta(days=1))

    day = shown(place)

    assert names(day, ArrivalGroup.TO_ASK) == ["Early", "Late"]
    assert names(day, ArrivalGroup.EXPECTED) == ["Expected"]
    assert names(day, ArrivalGroup.DONE) == ["Answered"]
    assert names(day, ArrivalGroup.RETURNING) == ["Known"]
    assert names(day, ArrivalGroup.NOT_COMING) == ["Missing"]
    assert (day.asked, day.eligible) == (1, 3)


def test_the_number_of_queries_does_not_grow_with_the_day(make, place):
    sources, physician = make.sources(), make.physician()

    def fill(count):
        for _ in range(count):
            visit = make.visit(place, documented=physician)
            make.answer(visit, NewMention(sources["doctor"].id, physician_id=physician.id))
            make.visit(place, status="scheduled")

    def queries():
        seen = []
        # What a transaction says to the wall, where there is one, asks for nothing.
        listener = lambda *arguments: "set_config" in arguments[2] or seen.append(arguments[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        try:
            shown(place)
        finally:
            event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    fill(1)
    few = queries()
    fill(15)
    assert queries() == few <= 12


def test_a_chart_that_disagrees_is_shown_beside_the_answer(client, make, place, front_desk):
    sources = make.sources()
    osei = make.physician("Osei", "Ama")
    visit = make.visit(place, documented=osei)
    make.answer(visit, sources["online_search"])
    agreeing = make.visit(place, documented=osei)
    make.answer(agreeing, NewMention(sources["doctor"].id, physician_id=osei.id))

    conflicts = {person.visit_id: person.conflicts for person in shown(place).groups[ArrivalGroup.DONE]}
    page = client.get("/desk")

    assert conflicts == {visit.id: True, agreeing.id: False}
    assert "Online search" in page.text
    assert page.text.count("Chart says Ama Osei, MD") == 1


def test_a_doctor_nobody_named_agrees_with_any_chart(make, place):
    sources = make.sources()
    visit = make.visit(place, documented=make.physician())
    make.answer(visit, sources["doctor"])
    assert not shown(place).groups[ArrivalGroup.DONE][0].conflicts


def test_the_sentence_counts_new_patients_only(client, make, place, front_desk):
    sources = make.sources()
    make.answer(make.visit(place), sources["website"])
    make.visit(place)
    make.visit(place, visit_type="established")
    assert "<strong>1 of 2</strong> new patients asked so far today." in client.get("/desk").text


def test_an_empty_day_says_what_to_do(client, make, place, front_desk):
    page = client.get("/desk")
    assert "Nobody is on the list today" in page.text
    assert '<a class="btn btn-primary" href="/schedule">' in page.text
    assert "Add a walk-in" in page.text


def test_staff_without_a_location_are_told_whom_to_ask(client, make, sign_in):
    sign_in(client, make.staff("front_desk", locations=[]))
    page = client.get("/desk")
    assert page.status_code == 200
    assert "No location is yours yet" in page.text


def test_the_location_is_remembered(client, make, place, sign_in):
    other = make.location("Hillcrest")
    sign_in(client, make.staff("front_desk", locations=[place, other]))
    make.visit(place, make.patient("Marta", "Reyes"))

    assert "Reyes" in client.get(f"/desk?location={place.id}").text
    assert "Reyes" in client.get("/desk").text
    assert "Reyes" not in client.get(f"/desk?location={other.id}").text


def test_another_location_reads_exactly_like_one_that_is_not_there(client, make, place, front_desk):
    foreign = make.location("Foreign")
    visit = make.visit(foreign)
    for path in ("/desk?location={}", "/desk/list?location={}"):
        assert client.get(path.format(foreign.id)).status_code == 404
        assert page_of(client, path.format(foreign.id)) == page_of(client, path.format(987654))
    for path in ("/desk/visits/{}", "/desk/visits/{}/answer", "/desk/visits/{}/tablet", "/desk/visits/{}/link"):
        assert client.get(path.format(visit.id)).status_code == 404
        assert page_of(client, path.format(visit.id)) == page_of(client, path.format(987654))
    for step in (
        "answer",
        "undo",
        "take-back",
        "arrived",
        "not-arrived",
        "tablet",
        "off-tablet",
        "link",
        "revoke-link",
    ):
        assert client.post(f"/desk/visits/{visit.id}/{step}").status_code == 404


@pytest.mark.parametrize("role", ["liaison", "administrator"])
def test_the_desk_is_for_the_desk(client, make, place, sign_in, role):
    sign_in(client, make.staff(role, locations=[place]))
    assert client.get("/desk").status_code == 403


def test_whoever_was_not_asked_on_earlier_days_stands_in_one_line(client, make, place, front_desk):
    sources = make.sources()
    today = clock.clinic_today(place.time_zone)
    friday, thursday = today - timedelta(days=3), today - timedelta(days=4)
    make.visit(place, make.patient("Marta", "Reyes"), day=friday, status="completed")
    for day in (friday, thursday):
        make.answer(make.visit(place, day=day), sources["event"])
        make.visit(place, day=day, visit_type="established", status="completed")
        make.visit(place, day=day, status="no_show")
    make.visit(place, day=thursday, status="completed")
    make.visit(place, day=thursday, status="completed")
    make.visit(make.location(), day=friday, status="completed")

    page = sentences_of(client.get("/desk"))
    assert f"Not asked: 1 on {say_day(friday)}, 2 on {say_day(thursday)}." in page
    earlier = client.get(f"/desk?day={friday.isoformat()}")
    assert "Reyes" in earlier.text
    assert "1 of 2" in earlier.text
    assert "Not asked:" not in earlier.text


def test_the_day_before_is_the_last_one_with_visits(client, make, place, front_desk):
    today = clock.clinic_today(place.time_zone)
    friday, monday = today - timedelta(days=3), today + timedelta(days=4)
    make.visit(place, day=friday, status="completed")
    make.visit(place, day=friday - timedelta(days=1), status="completed")
    make.visit(place, day=monday, status="scheduled")
    make.visit(make.location(), day=today - timedelta(days=1))

    page = client.get("/desk").text
    assert f"day={friday.isoformat()}" in page
    assert f"day={monday.isoformat()}" in page
    alone = client.get(f"/desk?day={monday.isoformat()}").text
    assert f"day={friday.isoformat()}" in alone
    assert f"day={(monday + timedelta(days=1)).isoformat()}" in alone


def test_two_of_one_name_carry_birth_date_and_chart_number(client, make, place, front_desk):
    """Also where the names only sound alike, or one of the two has no birth date."""
    sources = make.sources()
    first = make.visit(place, make.patient("José", "Muñoz", birth_date=date(1980, 3, 14), mrn="0012301"))
    make.visit(place, make.patient("Jose", "Munoz", birth_date=None, mrn="0012377"), status="scheduled")
    make.visit(place, make.patient("John", "Lane", mrn="0012390"), visit_type="established")
    make.visit(place, make.patient("Jon", "Lane", mrn="0012391"))
    alone = make.visit(place, make.patient("Ida", "Keller", birth_date=date(1990, 1, 2), mrn="0012400"))

    page = text_of(client.get("/desk"))
    for told in ("born Mar 14, 1980, chart 0012301", "no birth date, chart 0012377", "chart 0012390", "chart 0012391"):
        assert told in page
    assert not next(
        person for person in shown(place).groups[ArrivalGroup.TO_ASK] if person.visit_id == alone.id
    ).told_apart

    data = {"source": sources["event"].id, "submission_id": str(uuid.uuid4())}
    noted = client.post(f"/desk/visits/{first.id}/answer", data=data, follow_redirects=True)
    assert "José Muñoz (born Mar 14, 1980, chart 0012301): Event." in text_of(noted)
    opened = client.get(f"/desk/visits/{first.id}")
    assert "chart 0012301" in text_of(opened)


@pytest.mark.parametrize("text", ["2026-02-30", "tomorrowish", "9999-12-31", "0001-01-01", "x" * 9000])
def test_a_day_that_is_none_shows_today_and_says_so(client, make, place, front_desk, text):
    page = client.get("/desk", query_string={"day": text})
    assert page.status_code == 422
    assert "isn’t a day that can be shown" in page.text


def test_looking_at_the_list_is_noted_once_a_page_and_names_nobody(committed_app, make, sign_in):
    place = make.location()
    staff = make.staff(locations=[place])
    make.visit(place, make.patient("Marta", "Reyes"))
    client = committed_app.test_client()
    here = committed_app.config["SETTINGS"].public_url
    sign_in(client, staff)
    client.get("/desk", base_url=here)
    client.get("/desk/list", base_url=here, headers={"X-Background": "1"})
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "desk.arrivals")).all()
    assert [(entry.location_id, entry.actor_id) for entry in entries] == [(place.id, staff.id)]
    assert "Reyes" not in str(entries[0].details)


def test_names_are_text_whatever_they_hold(client, make, place, front_desk):
    make.visit(place, make.patient("<script>alert(1)</script>", 'O\'Brien "x" {{7*7}}'))
    page = client.get("/desk").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
