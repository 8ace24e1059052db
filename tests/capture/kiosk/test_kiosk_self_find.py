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


def confirm(client, page):
    """Say that the first initials shown are one's own."""
    return send(client, page, who=page.buttons["who"][0])


def test_a_patient_finds_their_visit_and_is_asked_at_once(session, make, client, clinic):
    visit = clinic.visit(make.patient(birth_date=BORN))
    clinic.visit(make.patient(birth_date=date(1985, 3, 15)))
    page = find(client)
    assert "Are these your initials?" in page.text
    assert session.scalars(select(Handover)).all() == []
    page = confirm(client, page)
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


def test_twins_with_the_same_initials_tell_their_first_names(session, make, client, clinic):
    ana = clinic.visit(make.patient("Ana", "Ruiz", birth_date=BORN))
    clinic.visit(make.patient("Amy", "Ruiz", birth_date=BORN))
    page = send(client, find(client), who="A. R.")
    assert "What is your first name?" in page.text
    for name in ("Ana", "Amy", "Ruiz", "not found"):
        assert name not in page.text
    page = send(client, page, first_name=" ÁNA ")
    assert page.step == "sources"
    assert session.scalars(select(Handover)).one().visit_id == ana.id


@pytest.mark.parametrize(
    ("names", "typed"), [(("Ana", "Amy"), "Ada"), (("Ana", "Ana"), None), (("Ana", "Ana Maria"), "Ana")]
)
def test_whom_nothing_tells_apart_the_desk_helps_in_true_words(session, make, client, clinic, names, typed):
    for name in names:
        clinic.visit(make.patient(name, "Ruiz", birth_date=BORN))
    page = send(client, find(client), who="A. R.")
    if typed:
        page = send(client, page, first_name=typed)
    assert page.status == 422
    assert "We can't tell two visits of today apart here. Please ask at the front desk." in page.text
    assert "found no visit" not in page.text
    assert session.scalars(select(Handover)).all() == []


def test_a_twin_who_is_not_here_yet_is_not_taken_for_the_other(session, make, client, clinic):
    clinic.visit(make.patient("Mara", "Ferrante", birth_date=BORN))
    clinic.visit(make.patient("Nils", "Ferrante", birth_date=BORN), status="scheduled")
    page = find(client)
    assert page.buttons["who"] == ["M. F.", "none"]
    page = send(client, page, who="none")
    assert "Please ask at the front desk. They will find your visit." in page.text
    assert session.scalars(select(Handover)).all() == []


def test_larger_words_on_the_way_lead_nobody_back(make, client, clinic):
    for first in ("Ana", "Amy"):
        clinic.visit(make.patient(first, "Ruiz", birth_date=BORN))
    page = send(client, find(client), display="size:2")
    assert page.buttons["who"] == ["A. R.", "none"]
    page = send(client, send(client, page, who="A. R."), display="size:3", first_name="An")
    assert "What is your first name?" in page.text
    assert page.values["first_name"] == "An"
    assert send(client, page, first_name="Ana").step == "sources"


def test_several_on_a_placeholder_birthday_are_offered_initials_and_no_names(make, client, clinic):
    for first, last in (("Zora", "Quill"), ("Ben", "Ortega"), ("Cleo", "Marsh"), ("Dan", "Osei")):
        clinic.visit(make.patient(first, last, birth_date=date(1985, 1, 1)))
    page = find(client, month="1", day="1", year="1985")
    assert sorted(page.buttons["who"]) == ["B. O.", "C. M.", "D. O.", "Z. Q.", "none"]
    assert "Quill" not in page.text


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        ({"month": "03141985"}, "March 14 1985"),
        ({"day": "3/14/85"}, "March 14 1985"),
        ({"month": "14", "day": "3", "year": "1985"}, "March 14 1985"),
        ({"month": "3", "day": "14", "year": "2528"}, "March 14 1985"),
    ],
)
def test_a_date_that_was_interpreted_is_said_back_before_it_selects_anybody(session, make, client, clinic, boxes, said):
    clinic.visit(make.patient("Ana", "Ruiz", birth_date=BORN))
    page = find(client, **({"month": "", "day": "", "year": ""} | boxes))
    assert "Is this your date of birth?" in page.text
    assert said in page.text
    assert "A. R." not in page.text
    page = send(client, page, born=page.buttons["born"][0])
    assert "A. R." in page.text
    assert confirm(client, page).step == "sources"


def test_a_date_said_back_in_one_language_selects_nobody_in_another(session, make, client, clinic):
    """Born on March 12 and on December 3: whoever types 03121980 is either, by the page's language."""
    clinic.visit(make.patient("Ana", "Ruiz", birth_date=date(1980, 3, 12)))
    clinic.visit(make.patient("Ben", "Ortega", birth_date=date(1980, 12, 3)))
    english = find(client, month="03121980", day="", year="")
    assert "March 12 1980" in english.text
    spanish = send(client, look(client, "/kiosk/find"), display="language:es", month="03121980", day="", year="")
    spanish = send(client, spanish, month="03121980", day="", year="", born="1980-03-12")
    assert "3 de diciembre de 1980" in spanish.text
    assert "B. O." not in spanish.text


@pytest.mark.parametrize("page", ["find", "initials", "said back", "first name"])
def test_every_page_of_finding_oneself_warns_before_it_goes(make, client, clinic, page):
    for first in ("Ana", "Amy"):
        clinic.visit(make.patient(first, "Ruiz", birth_date=BORN))
    shown = look(client, "/kiosk/find")
    if page == "said back":
        shown = send(client, shown, month="03141985", day="", year="")
    elif page != "find":
        shown = send(client, shown, **SENT)
    if page == "first name":
        shown = send(client, shown, who="A. R.")
    assert 'data-still-question="Are you still there?"' in shown.text


def test_whoever_has_answered_is_thanked_like_everybody_else(session, make, client, clinic):
    visit = clinic.visit(make.patient(birth_date=BORN))
    ask = clinic.hand_over(visit).ask_id
    record_answer(Submission("5b1d3c6e-0000-4000-8000-00000000000a", ask, Outcome.DECLINED, clock.now()))
    assert "Thank you" in confirm(client, find(client)).text


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
    page = confirm(client, send(client, page, **SENT))
    assert (page.language, page.step) == ("es", "sources")


def test_the_visit_is_asked_in_the_patients_own_language(make, client, clinic):
    clinic.visit(make.patient(birth_date=BORN, language="es"))
    assert confirm(client, find(client)).language == "es"


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
        ({"month": "3", "day": "14", "year": "1405"}, "as in this country's calendar"),
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
