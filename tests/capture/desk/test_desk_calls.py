"""A call noted earlier stands on the line of whoever phoned, and one step takes over what was said."""

import uuid
from datetime import timedelta

import pytest

from intake import clock
from intake.capture.answer_form.readable_answers import current_answers
from intake.capture.call.records import CallerAnswer, answer_of_caller
from intake.directory.models import Caller, Visit
from intake.survey.models import Outcome
from intake.survey.recording.record_answer import NewMention
from tests.pages import text_of

PHONE = "+15185550142"


@pytest.fixture
def phoned(make, place, sources, front_desk):
    """phoned("Marta", "Reyes", phone=…): a call of an hour ago in which they named Dr. Okafor."""

    def note(first_name, last_name, *, phone=None, ago=timedelta(hours=1), at=place):
        caller = make.caller(
            at, first_name=first_name, last_name=last_name, phone_e164=phone, called_at=clock.now() - ago
        )
        said = (NewMention(sources["doctor"].id, detail="Dr. Okafor"),)
        answer = CallerAnswer(str(uuid.uuid4()), Outcome.ANSWERED, said, "", [], "en")
        answer_of_caller(caller, answer, staff=front_desk)
        return caller

    return note


def accept(client, visit, caller):
    return client.post(f"/desk/visits/{visit.id}/call", data={"caller": caller.id}, follow_redirects=True)


def said(visit):
    found = current_answers([visit.id], language="en").get(visit.id)
    return [(source.label, source.who) for source in found.sources] if found else []


@pytest.mark.both
def test_a_noted_call_stands_on_the_line_and_one_step_accepts_it(client, make, place, phoned, session):
    caller = phoned("Marta", "Reyes")
    visit = make.visit(place, make.patient("Marta", "REYES"), status="scheduled")

    assert "Phoned: Dr. Okafor" in text_of(client.get("/desk"))
    page = accept(client, visit, caller)

    assert "Marta REYES, as said on the telephone: Doctor · Dr. Okafor." in text_of(page)
    assert said(visit) == [("Doctor", "Dr. Okafor")]
    assert (visit.status, caller.visit_id) == ("arrived", visit.id)

    client.post(f"/desk/visits/{visit.id}/call/undo?arrived=1")
    session.expire_all()
    assert said(visit) == []
    assert (session.get(Visit, visit.id).status, session.get(Caller, caller.id).visit_id) == ("scheduled", None)


def test_accepting_for_a_day_to_come_marks_nobody_as_arrived(client, make, place, phoned):
    caller = phoned("Marta", "Reyes")
    tomorrow = clock.clinic_today(place.time_zone) + timedelta(days=1)
    visit = make.visit(place, make.patient("Marta", "Reyes"), status="scheduled", day=tomorrow)
    accept(client, visit, caller)
    assert (visit.status, said(visit)) == ("scheduled", [("Doctor", "Dr. Okafor")])


@pytest.mark.parametrize(
    ("called", "charted", "same_number", "sure"),
    [
        (("Marta", "Reyes"), ("Marta", "Reyes"), False, True),
        (("Reyes", "Marta"), ("Marta", "Reyes"), False, True),
        (("Márta", "Reyes-Ortiz"), ("Marta", "Reyes Ortiz"), False, True),
        (("Martha", "Reyes"), ("Marta", "Reyes"), True, True),
        # Similar is not the same: somebody looks at the call first.
        (("Martha", "Reyes"), ("Marta", "Reyes"), False, False),
        (("Rosa", "Delgado"), ("Marta", "Reyes"), True, False),
        (("", "Reyes"), ("Marta", "Reyes"), True, False),
        (("", "Reyes"), ("Marta", "Reyes"), False, None),
        (("Rosa", "Delgado"), ("Marta", "Reyes"), False, None),
    ],
)
def test_only_a_call_that_is_surely_theirs_is_accepted_at_once(
    client, make, place, phoned, called, charted, same_number, sure
):
    phoned(*called, phone=PHONE if same_number else None)
    make.visit(place, make.patient(*charted, mobile_e164=PHONE))
    page = text_of(client.get("/desk"))
    assert ("Phoned: Dr. Okafor" in page, "Phoned? Dr. Okafor" in page) == (sure is True, sure is False)


def test_of_two_with_one_name_a_person_says_who_phoned(client, make, place, phoned):
    phoned("Marta", "Reyes")
    for _ in range(2):
        make.visit(place, make.patient("Marta", "Reyes"))
    page = text_of(client.get("/desk"))
    assert page.count("Phoned? Dr. Okafor") == 2
    assert "Phoned: " not in page


def test_calls_that_can_be_nobodys_here_are_not_shown(client, make, place, phoned, session, front_desk):
    phoned("Marta", "Reyes", at=make.location())
    phoned("Ida", "Keller", ago=timedelta(days=200))
    taken_back = phoned("Leo", "Stone")
    client.post(f"/desk/calls/{taken_back.id}/take-back")
    for name in (("Marta", "Reyes"), ("Ida", "Keller"), ("Leo", "Stone")):
        make.visit(place, make.patient(*name))
    phoned("Zoe", "Quinn")
    make.visit(place, make.patient("Zoe", "Quinn"), visit_type="established")
    assert "Phoned" not in text_of(client.get("/desk")).replace("the one who phoned", "")
