"""Walk-ins: added by hand, and never a second chart of somebody who has one."""

from datetime import date

import pytest
from sqlalchemy import func, select

from intake.accounts.models import AuditEntry
from intake.directory.models import Patient, Visit
from intake.directory.patients.provisional import say_chart
from intake.directory.patients.records import search_patients
from intake.directory.schedule import uploads
from intake.directory.schedule.applying import import_schedule
from intake.directory.schedule.file.reader import read_schedule
from tests.pages import text_of


@pytest.fixture
def place(app, make):
    return make.location("Riverside")


@pytest.fixture
def front_desk(client, make, place, sign_in):
    staff = make.staff("front_desk", locations=[place])
    sign_in(client, staff)
    return staff


def add(client, **fields):
    given = {"mrn": "M-77", "first_name": "Marta", "last_name": "Reyes", "visit_type": "new", "language": ""}
    return client.post("/desk/visits/new", data=given | fields)


def count(session, model):
    return session.scalar(select(func.count(model.id)))


def test_a_walk_in_is_on_the_list_and_to_be_asked(client, place, front_desk, session):
    response = add(
        client, birth_date="3/14/1975", mobile="518-555-0142", language="es", provider="Dr. Lind", visit_type="new"
    )
    patient = session.scalars(select(Patient)).one()
    visit = session.scalars(select(Visit)).one()
    assert (patient.birth_date, patient.mobile_e164, patient.language) == (date(1975, 3, 14), "+15185550142", "es")
    assert (visit.status, visit.visit_type, visit.provider, visit.location_id) == (
        "arrived",
        "new",
        "Dr. Lind",
        place.id,
    )
    page = client.get(response.headers["Location"])
    assert "Marta Reyes is on the list." in page.text
    assert "0 of 1" in page.text


def test_the_same_form_sent_twice_adds_one_visit(client, front_desk, session):
    assert add(client).status_code == add(client).status_code == 303
    assert (count(session, Patient), count(session, Visit)) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"mrn": "walk-in ABC"}, "Leave it empty while there is no chart number"),
        ({"mrn": "9" * 41}, "Use at most 40"),
        ({"last_name": "🎈🎈"}, "A name needs letters"),
        ({"first_name": "x" * 10_000}, "Use at most 80"),
        ({"first_name": "  ", "last_name": "\u200b"}, "Type the last name."),
        ({"birth_date": "2/30/1975"}, "That isn’t a day"),
        ({"birth_date": "3/14/2199"}, "still to come"),
        ({"birth_date": "3/14/1799"}, "Check the year"),
        ({"birth_date": "5.11.1975"}, "two different days"),
        ({"mobile": "call me"}, "isn’t a telephone number"),
        ({"language": "xx"}, "Not a valid choice"),
        ({"visit_type": "vip"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(client, front_desk, session, fields, sentence):
    refused = add(client, provider="Dr. Lind", **fields)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert "Dr. Lind" in refused.text
    assert (count(session, Patient), count(session, Visit)) == (0, 0)


def test_a_name_in_arabic_is_a_name(client, front_desk, session):
    assert add(client, first_name="أحمد", last_name="الخطيب").status_code == 303
    assert session.scalars(select(Patient.last_name)).one() == "الخطيب"


def test_a_known_chart_is_used(client, make, place, front_desk, session):
    known = make.patient("Márta", "REYES", mrn="M-77")
    add(client)
    assert count(session, Patient) == 1
    assert session.scalars(select(Visit)).one().patient_id == known.id


def test_a_chart_number_of_somebody_else_is_refused(client, make, place, front_desk, session):
    make.visit(place, make.patient("Paul", "Novak", mrn="M-77"), status="completed", day=date(2026, 1, 5))
    refused = add(client)
    assert refused.status_code == 422
    assert "This is the chart of Paul Novak" in refused.text
    assert count(session, Visit) == 1


def test_whose_chart_it_is_stays_at_their_location(client, make, front_desk):
    make.visit(make.location(), make.patient("Paul", "Novak", mrn="M-77"))
    refused = add(client)
    assert refused.status_code == 422
    assert "Novak" not in refused.text
    assert "belongs to somebody else" in refused.text


def test_a_person_with_another_chart_is_asked_about_first(client, make, place, front_desk, session):
    known = make.patient("Marta", "Reyes", mrn="M-11", birth_date=date(1975, 3, 14))
    make.visit(place, known, status="completed", day=date(2026, 1, 5))
    asked = add(client, birth_date="3/14/1975")
    assert asked.status_code == 422
    assert "Use chart M-11" in asked.text and "of that name and date of birth." in asked.text
    assert count(session, Patient) == 1

    add(client, birth_date="3/14/1975", chart=str(known.id))
    assert count(session, Patient) == 1
    assert count(session, Visit) == 2

    add(client, birth_date="3/14/1975", chart="new")
    assert count(session, Patient) == 2


def test_a_namesake_with_another_birth_date_is_not_said_to_have_the_same(client, front_desk):
    add(client, mrn="", birth_date="3/14/1950")
    asked = text_of(add(client, mrn="", birth_date="3/14/1979"))
    assert "somebody of that name. Is it the same person?" in asked and "born Mar 14, 1950" in asked


def test_somebody_on_todays_list_is_not_added_again_by_accident(client, make, place, front_desk, session):
    known = make.patient("Marta", "Reyes", mrn="M-77")
    visit = make.visit(place, known, status="scheduled")
    asked = add(client)
    assert asked.status_code == 422
    assert "is on today’s list already" in asked.text
    assert f"/desk/visits/{visit.id}/answer" in asked.text
    assert add(client, again="1").status_code == 303
    assert count(session, Visit) == 2


def test_a_chart_of_another_location_can_not_be_chosen_by_number(client, make, front_desk, session):
    stranger = make.patient("Paul", "Novak")
    make.visit(make.location(), stranger)
    add(client, chart=str(stranger.id))
    mine = session.scalars(select(Visit).order_by(Visit.id.desc())).first()
    assert mine.patient_id != stranger.id


def test_a_walk_in_without_a_chart_number_takes_a_name_alone(client, front_desk, session):
    response = add(client, mrn="")
    patient = session.scalars(select(Patient)).one()
    assert say_chart(patient.mrn) == "no chart number yet"
    page = client.get(response.headers["Location"])
    assert "Marta Reyes is on the list." in page.text
    assert "no chart number yet" in text_of(client.get(f"/patients/{patient.id}"))
    assert add(client, mrn="").status_code == 303
    assert (count(session, Patient), count(session, Visit)) == (1, 1)


def test_the_form_asks_for_names_first(client, front_desk):
    page = client.get("/desk/visits/new").text
    order = [page.index(f'name="{name}"') for name in ("first_name", "last_name", "birth_date", "mrn", "mobile")]
    assert order == sorted(order)


@pytest.mark.both
@pytest.mark.parametrize(
    ("walk_in", "listed", "is_one"),
    [
        ({"birth_date": "3/14/1975"}, {}, True),
        ({}, {}, True),
        ({"birth_date": "3/14/1975", "first_name": "MARTA", "last_name": "Réyes"}, {}, True),
        ({"birth_date": "3/14/1976"}, {}, False),
        ({"birth_date": "3/14/1975"}, {"Last Name": "Reyes-Ortiz"}, False),
    ],
)
def test_the_next_schedule_brings_the_number_and_makes_no_second_chart(
    client, place, front_desk, session, walk_in, listed, is_one
):
    add(client, **({"mrn": "", "last_name": "Reyes"} | walk_in))
    mine = session.scalars(select(Visit)).one()
    day = mine.visit_date
    row = {
        "Appt ID": "84201", "MRN": "0012301", "First Name": "Marta", "Last Name": "Reyes", "DOB": "03/14/1975",
        "Appt Date": f"{day:%m/%d/%Y}", "Appt Time": "9:05 AM", "Visit Type": "New", "Status": "Arrived",
    } | listed  # fmt: skip
    context = uploads.reading_context(place)
    schedule = read_schedule(f"{','.join(row)}\n{','.join(row.values())}\n".encode(), context)
    plan, _ = import_schedule(schedule, place)
    assert plan.errors == []
    session.expire_all()
    assert (count(session, Patient), count(session, Visit)) == ((1, 1) if is_one else (2, 2))
    if is_one:
        assert mine.patient.mrn == "0012301"
        assert mine.appointment_id == "84201"
        assert search_patients("12301", within=[place.id])[0].patient_id == mine.patient_id


def test_going_back_and_correcting_the_birth_date_makes_no_second_person(client, front_desk, session):
    for _ in range(2):
        add(client, mrn="", birth_date="5/6/1990")
    asked = add(client, mrn="", birth_date="6/5/1990")
    assert asked.status_code == 422
    assert "Use no chart number yet, Marta Reyes, born May 6, 1990" in text_of(asked)
    chart = session.scalars(select(Patient.id)).one()
    assert add(client, mrn="", birth_date="6/5/1990", chart=str(chart)).status_code == 303
    session.expire_all()
    assert (count(session, Patient), count(session, Visit)) == (1, 1)
    assert session.get(Patient, chart).birth_date == date(1990, 6, 5)
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == chart).order_by(AuditEntry.id))
    assert [each for each in actions if each.startswith("patient.")] == ["patient.added", "patient.changed"]


def test_a_second_person_of_the_same_name_gets_a_chart_of_their_own(client, front_desk, session):
    add(client, mrn="")
    assert add(client, mrn="", birth_date="6/5/1990").status_code == 422
    assert add(client, mrn="", birth_date="6/5/1990", chart="new").status_code == 303
    assert (count(session, Patient), count(session, Visit)) == (2, 2)
