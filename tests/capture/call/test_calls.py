"""Phone callers: noted without a chart, counted through their visit, and taken apart again."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from intake import clock
from intake.capture.answer_form.readable_answers import answers_of_visit, current_answers
from intake.directory.models import Caller
from intake.survey.models import Answer, CoverageEntry, CreditEntry, PhysicianReferral

pytestmark = pytest.mark.both


def note(client, place, **fields):
    given = {"first_name": "Marta", "last_name": "Reyes", "phone": "(518) 555-0142", "location": place.id}
    return client.post("/desk/calls", data=given | {"submission_id": str(uuid.uuid4())} | fields)


def the_caller(session):
    return session.scalars(select(Caller)).one()


def match(client, caller, visit):
    return client.post(f"/desk/calls/{caller.id}/match", data={"visit": visit.id})


def credited(session, visit):
    query = select(func.sum(CreditEntry.primary_units)).where(CreditEntry.visit_id == visit.id)
    return session.scalar(query) or 0


def test_a_call_is_noted_with_what_they_said(client, place, sources, front_desk, session):
    response = note(client, place, source=sources["website"].id, verbatim="saw the page")
    page = client.get(response.headers["Location"])

    caller = the_caller(session)
    assert (caller.phone_e164, caller.noted_by_id, caller.location_id) == ("+15185550142", front_desk.id, place.id)
    assert "Call noted: Your website." in page.text
    assert "(518) 555-0142" in page.text
    assert session.scalar(select(func.count(CreditEntry.id))) == 0
    assert session.scalar(select(func.count(CoverageEntry.id))) == 0


def test_the_same_call_sent_twice_is_noted_once(client, place, sources, front_desk, session):
    submission_id = str(uuid.uuid4())
    for _ in range(2):
        assert note(client, place, source=sources["website"].id, submission_id=submission_id).status_code == 303
    assert session.scalar(select(func.count(Caller.id))) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"first_name": "", "last_name": " "}, "Type a name"),
        ({"first_name": "12345"}, "A name needs letters"),
        ({"first_name": "x" * 10_000}, "Use at most 80"),
        ({"phone": "555"}, "isn’t a telephone number"),
        ({"phone": "+1 518 555 0142 ext 9"}, "isn’t a telephone number"),
        ({"location": "987654"}, "Location"),
        ({"source": "", "verbatim": ""}, "Choose who or what they named"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_and_nothing_is_lost(
    client, place, sources, front_desk, session, fields, sentence
):
    refused = note(client, place, **({"source": sources["website"].id, "verbatim": "their words"} | fields))
    assert refused.status_code == 422
    assert sentence in refused.text
    assert "Reyes" in refused.text or "last_name" in fields
    assert session.scalar(select(func.count(Caller.id))) == 0


def test_the_visit_takes_over_what_was_said_with_its_ask_and_time(client, make, place, sources, front_desk, session):
    osei = make.physician("Osei", "Ama")
    doctor = sources["doctor"].id
    note(client, place, source=doctor, **{f"physician-{doctor}": osei.id})
    caller = the_caller(session)
    visit = make.visit(place, make.patient("Marta", "Reyes", mobile_e164="+15185550142"))

    assert match(client, caller, visit).status_code == 303

    given = current_answers([visit.id], language="en")[visit.id]
    said = session.scalars(select(Answer).where(Answer.caller_id == caller.id)).one()
    assert (given.channel, given.answered_at, given.ask_id) == ("call", said.answered_at, said.ask_id)
    assert given.sources[0].physician_id == osei.id
    assert credited(session, visit) == 27_720
    rows = session.scalars(select(CreditEntry).where(CreditEntry.visit_id == visit.id)).all()
    assert {(row.channel, row.physician_id) for row in rows} == {("call", osei.id)}
    assert "Marta Reyes" in client.get(f"/desk/calls/{caller.id}").text


def test_a_visit_with_an_answer_keeps_it_and_the_call_stands_beside_it(
    client, make, place, sources, front_desk, session
):
    note(client, place, source=sources["website"].id)
    visit = make.visit(place)
    make.answer(visit, sources["event"], channel="kiosk")
    match(client, the_caller(session), visit)
    given = current_answers([visit.id], language="en")[visit.id]
    assert [source.label for source in given.sources] == ["Event"]
    assert [past.turn for past in answers_of_visit(visit.id, language="en")] == [None, 1]
    assert credited(session, visit) == 27_720


def test_matching_twice_copies_once_and_taking_it_apart_gives_everything_back(
    client, make, place, sources, front_desk, session
):
    note(client, place, source=sources["website"].id)
    caller, visit = the_caller(session), make.visit(place)
    for _ in range(2):
        match(client, caller, visit)
    assert len(answers_of_visit(visit.id, language="en")) == 1

    client.post(f"/desk/calls/{caller.id}/unmatch")
    assert current_answers([visit.id], language="en") == {}
    assert credited(session, visit) == 0
    client.post(f"/desk/calls/{caller.id}/unmatch")

    match(client, caller, visit)
    assert credited(session, visit) == 27_720
    assert session.get(Caller, caller.id).visit_id == visit.id


def test_taking_it_apart_leaves_an_answer_that_was_corrected_since(client, make, place, sources, front_desk, session):
    note(client, place, source=sources["website"].id)
    caller, visit = the_caller(session), make.visit(place)
    match(client, caller, visit)
    make.answer(visit, sources["event"], corrects=True)
    client.post(f"/desk/calls/{caller.id}/unmatch")
    given = current_answers([visit.id], language="en")[visit.id]
    assert [source.label for source in given.sources] == ["Event"]


def test_the_visit_follows_when_its_call_is_corrected(client, make, place, sources, front_desk, session):
    note(client, place, source=sources["website"].id)
    caller, visit = the_caller(session), make.visit(place)
    match(client, caller, visit)
    fields = {"submission_id": str(uuid.uuid4()), "source": sources["event"].id}

    for _ in range(2):
        response = client.post(f"/desk/calls/{caller.id}/answer", data=fields)

    assert "The visit follows." in client.get(response.headers["Location"]).text
    current = current_answers([visit.id], language="en")[visit.id]
    assert [source.source_id for source in current.sources] == [sources["event"].id]
    assert current.channel == "call"
    assert credited(session, visit) == 27_720
    assert len(answers_of_visit(visit.id, language="en")) == 2


def test_a_visit_that_was_answered_anew_keeps_that_when_its_call_is_corrected(
    client, make, place, sources, front_desk, session
):
    note(client, place, source=sources["website"].id)
    caller, visit = the_caller(session), make.visit(place)
    match(client, caller, visit)
    make.answer(visit, sources["insurance"], corrects=True)
    fields = {"submission_id": str(uuid.uuid4()), "source": sources["event"].id}

    response = client.post(f"/desk/calls/{caller.id}/answer", data=fields)

    assert "The visit keeps what was recorded there." in client.get(response.headers["Location"]).text
    current = current_answers([visit.id], language="en")[visit.id]
    assert [source.source_id for source in current.sources] == [sources["insurance"].id]


def test_a_matched_call_is_not_matched_to_another_visit(client, make, place, sources, front_desk, session):
    note(client, place, source=sources["website"].id)
    caller, first, second = the_caller(session), make.visit(place), make.visit(place)
    match(client, caller, first)
    refused = match(client, caller, second)
    assert refused.status_code == 422
    assert "matched this call to another visit" in refused.text
    assert current_answers([second.id], language="en") == {}


def test_a_caller_who_named_that_very_patient_is_not_them(client, make, place, sources, front_desk, session):
    linda = make.patient("Linda", "Marsh")
    visit = make.visit(place, linda)
    friend = sources["friend_family"].id
    note(client, place, source=friend, **{f"patient-{friend}": linda.id})
    caller = the_caller(session)
    refused = match(client, caller, visit)
    assert refused.status_code == 422
    assert "named that very patient" in refused.text
    assert session.get(Caller, caller.id).visit_id is None


def test_visits_are_suggested_by_number_then_by_name_and_only_after_the_call(
    client, make, place, sources, front_desk, session
):
    note(client, place, source=sources["website"].id)
    caller = the_caller(session)
    tomorrow = clock.clinic_today(place.time_zone) + timedelta(days=1)
    number = make.visit(place, make.patient("Pat", "Household", mobile_e164="+15185550142"), day=tomorrow)
    name = make.visit(place, make.patient("Martha", "Reyes"), day=tomorrow, status="scheduled")
    make.visit(place, make.patient("Marta", "Reyes"), day=tomorrow - timedelta(days=9))
    make.visit(place, make.patient("Marta", "Okafor"), day=tomorrow)
    make.visit(make.location(), make.patient("Marta", "Reyes"), day=tomorrow)

    page = client.get(f"/desk/calls/{caller.id}").text

    found = [part.split('"')[0] for part in page.split('name="visit" value="')[1:]]
    assert found == [str(number.id), str(name.id)]
    assert "same telephone number" in page
    assert "similar name" in page


def test_another_patient_can_be_looked_up(client, make, place, sources, front_desk, session):
    note(client, place, source=sources["website"].id)
    married = make.visit(place, make.patient("Marta", "Delgado"))
    page = client.post(f"/desk/calls/{the_caller(session).id}/find", data={"q": "delgado"})
    assert f'name="visit" value="{married.id}"' in page.text
    assert "was found" in client.post(f"/desk/calls/{the_caller(session).id}/find", data={"q": "zzzz"}).text


def test_callers_of_another_location_read_like_none(client, make, place, front_desk):
    foreign = make.caller(make.location())
    for path in ("", "/answer"):
        assert client.get(f"/desk/calls/{foreign.id}{path}").status_code == 404
    for step in ("answer", "match", "unmatch", "take-back"):
        assert client.post(f"/desk/calls/{foreign.id}/{step}").status_code == 404
    assert foreign.last_name not in client.get("/desk/calls?show=all").text


def test_a_visit_of_another_location_can_not_be_chosen(client, make, place, sources, front_desk, session):
    note(client, place, source=sources["website"].id)
    assert match(client, the_caller(session), make.visit(make.location())).status_code == 404


def test_the_list_has_pages_and_survives_nonsense(client, make, place, front_desk):
    for _ in range(30):
        make.caller(place)
    assert client.get("/desk/calls?page=2").text.count('class="desk-row"') == 5
    for page in ("99999999999", "-1", "0", "x", "٣"):
        assert client.get("/desk/calls", query_string={"page": page}).status_code == 200


def test_an_empty_list_says_so(client, place, front_desk):
    assert "No calls yet" in client.get("/desk/calls").text


def test_a_call_is_corrected_and_taken_back(client, place, sources, front_desk, session):
    note(client, place, source=sources["website"].id)
    caller = the_caller(session)
    client.post(
        f"/desk/calls/{caller.id}/answer", data={"submission_id": str(uuid.uuid4()), "source": sources["event"].id}
    )
    page = client.get(f"/desk/calls/{caller.id}").text
    assert page.index("Event") < page.index("Your website")
    assert "replaced" in page
    client.post(f"/desk/calls/{caller.id}/take-back")
    assert "Taken back" in client.get("/desk/calls").text


def test_a_physician_the_caller_named_is_linked(client, make, place, sources, front_desk, session):
    doctor = sources["doctor"].id
    osei = make.physician("Osei")
    note(client, place, source=doctor, **{f"physician-{doctor}": osei.id})
    link = session.scalars(select(PhysicianReferral)).one()
    assert (link.physician_id, link.caller_id, link.visit_id) == (osei.id, the_caller(session).id, None)
