"""Walk-ins: added by hand, and never a second chart of somebody who has one."""

from datetime import date

import pytest
from sqlalchemy import func, select

from intake.directory.models import Patient, Visit


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
        ({"mrn": ""}, "Type the chart number"),
        ({"mrn": "9" * 41}, "Use at most 40"),
        ({"last_name": "🎈🎈"}, "A name needs letters"),
        ({"first_name": "x" * 10_000}, "Use at most 80"),
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
    assert "Use chart M-11" in asked.text
    assert count(session, Patient) == 1

    add(client, birth_date="3/14/1975", chart=str(known.id))
    assert count(session, Patient) == 1
    assert count(session, Visit) == 2

    add(client, birth_date="3/14/1975", chart="new")
    assert count(session, Patient) == 2


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
