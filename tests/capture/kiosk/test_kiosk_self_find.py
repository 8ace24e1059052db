"""Finding one's own visit on the tablet."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from intake import clock
from intake.capture.models import Handover
from intake.survey.models import Outcome
from intake.survey.recording.record_answer import Submission, record_answer
from tests.capture.walking import Page, look, send

BORN = date(1985, 3, 14)
SENT = {"month": "3", "day": "14", "year": "1985"}


def find(client, **boxes):
    return send(client, look(client, "/kiosk/find"), **(boxes or SENT))


def test_a_patient_finds_their_visit_and_is_asked_at_once(session, make, client, clinic):
    visit = clinic.visit(make.patient(birth_date=BORN))
    clinic.visit(make.patient(birth_date=date(1985, 3, 15)))
    page = find(client)
    assert page.step == "sources"
    handover = session.scalars(select(Handover)).one()
    assert (handover.visit_id, handover.handed_by_id) == (visit.id, None)
    assert handover.ask.device_id == clinic.device.id


@pytest.mark.parametrize(
    "about",
    [
        {"status": "scheduled"},
        {"status": "cancelled"},
        {"visit_type": "established"},
        {"day": date(2024, 1, 2)},
    ],
)
def test_only_new_patients_who_came_today_are_found(session, make, client, clinic, about):
    clinic.visit(make.patient(birth_date=BORN), **about)
    make.visit(patient=make.patient(birth_date=BORN))
    page = find(client)
    assert page.status == 422
    assert "We found no visit today" in page.text
    assert (page.values["month"], page.values["year"]) == ("3", "1985")
    assert session.scalars(select(Handover)).all() == []


def test_two_who_share_the_day_tell_themselves_apart_by_initials_alone(session, make, client, clinic):
    his = clinic.visit(make.patient("Zebulon", "Quackenbush", birth_date=BORN))
    hers = clinic.visit(make.patient("Amara", "Brightwater", birth_date=BORN))
    page = find(client)
    assert "A. B." in page.text and "Z. Q." in page.text
    for name in ("Zebulon", "Quackenbush", "Amara", "Brightwater", f'value="{his.id}"', f'value="{hers.id}"'):
        assert name not in page.text
    page = send(client, page, who="A. B.")
    assert page.step == "sources"
    assert session.scalars(select(Handover)).one().visit_id == hers.id


def test_a_visit_of_another_birthday_cannot_be_slipped_in(session, make, client, clinic):
    clinic.visit(make.patient("A", "A", birth_date=BORN))
    clinic.visit(make.patient("B", "B", birth_date=BORN))
    stranger = clinic.visit(make.patient(birth_date=date(1970, 1, 1)))
    page = find(client)
    page = send(client, page, visit=str(stranger.id), who="S. T.")
    assert session.scalars(select(Handover)).all() == []
    assert "initials" in page.text


def test_two_with_the_same_initials_are_sent_to_the_desk(session, make, client, clinic):
    clinic.visit(make.patient("Amara", "Brown", birth_date=BORN))
    clinic.visit(make.patient("Adam", "Black", birth_date=BORN))
    assert "ask at the front desk" in find(client).text
    assert session.scalars(select(Handover)).all() == []


def test_whoever_has_answered_is_thanked_like_everybody_else(session, make, client, clinic):
    visit = clinic.visit(make.patient(birth_date=BORN))
    ask = clinic.hand_over(visit).ask_id
    record_answer(Submission("5b1d3c6e-0000-4000-8000-00000000000a", ask, Outcome.DECLINED, clock.now()))
    assert "Thank you" in find(client).text


def test_trying_out_birthdays_ends_soon(make, client, clinic):
    clinic.visit(make.patient(birth_date=BORN))
    for day in range(1, 11):
        assert find(client, month="4", day=str(day), year="1985").status == 422
    page = find(client)
    assert page.status == 429
    assert "ask at the front desk" in page.text


def test_finding_oneself_in_another_language_keeps_it(make, client, clinic):
    clinic.visit(make.patient(birth_date=BORN))
    page = look(client, "/kiosk/find")
    page = send(client, page, display="language:es", year="19")
    assert (page.language, page.values["year"]) == ("es", "19")
    page = send(client, page, **SENT)
    assert (page.language, page.step) == ("es", "sources")


def test_the_visit_is_asked_in_the_patients_own_language(make, client, clinic):
    clinic.visit(make.patient(birth_date=BORN, language="es"))
    assert find(client).language == "es"


@pytest.mark.parametrize(
    ("boxes", "sentence"),
    [
        ({}, "enter your date of birth"),
        ({"month": "2", "day": "31", "year": "1985"}, "doesn't have this day"),
        ({"month": "13", "day": "13", "year": "2020"}, "only twelve months"),
        ({"month": "abc", "day": "1", "year": "\u202e1985"}, "use numbers"),
        ({"month": "3", "day": "14"}, "the day, the month and the year"),
        ({"month": "3", "day": "14", "year": str(clock.now().year + 1)}, "still to come"),
        ({"month": "3", "day": "14", "year": "1785"}, "check the year"),
        ({"month": "3" * 10000, "day": "🦄", "year": "\u202e1985"}, "use numbers"),
    ],
)
def test_dates_that_are_none_are_explained_and_kept(client, clinic, boxes, sentence):
    sent = {"month": "", "day": "", "year": ""} | boxes
    page = find(client, **sent)
    assert page.status == 422
    assert sentence in page.text
    assert {name: page.values[name] for name in sent} == sent


def test_a_revoked_tablet_finds_nobody(session, make, client, clinic):
    clinic.visit(make.patient(birth_date=BORN))
    clinic.device.revoked_at = clock.now() - timedelta(minutes=1)
    session.flush()
    response = client.post("/kiosk/find", data=SENT)
    assert response.location == "/kiosk/pair"
    assert Page(client.get("/kiosk", follow_redirects=True)).action == "/kiosk/pair"
