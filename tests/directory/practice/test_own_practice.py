"""The practice's own page: its name, telephone, languages and time zone, changed by an administrator."""

from datetime import date

import pytest
from sqlalchemy import func, select

from intake.db import db
from intake.directory.models import Practice
from intake.directory.practice.providers import own_providers
from intake.survey.models import CoverageEntry

FACTS = {"name": "Lakeside Vein Care", "phone_number": "(212) 555-0142", "languages": ["en", "es"]}
FACTS |= {"first_language": "es", "time_zone": "America/Chicago"}


@pytest.fixture
def administrator(client, make, sign_in):
    make.practice()
    sign_in(client, make.staff("administrator", all_locations=True))


def practice():
    db.session.expire_all()
    return db.session.get_one(Practice, 1)


def test_what_is_saved_is_what_everybody_reads(client, administrator):
    response = client.post("/practice", data=FACTS)

    assert response.status_code == 303
    kept = practice()
    assert (kept.name, kept.phone_e164, kept.languages) == ("Lakeside Vein Care", "+12125550142", ["es", "en"])
    page = client.get("/practice").text
    assert "Lakeside Vein Care" in page
    assert "(212) 555-0142" in page


def test_who_sees_patients_here_comes_from_schedules_and_a_list_one_keeps(client, administrator, make):
    make.visit(provider="Dr. Paul Obi")
    make.visit(provider="US Room 2")
    assert "US Room 2" in client.get("/practice").text

    client.post("/practice", data={**FACTS, "providers": "Dr. Paul Obi\r\n Dr.  Mei Tanaka \r\n"})
    assert own_providers() == ["Dr. Mei Tanaka", "Dr. Paul Obi"]

    make.visit(provider="US Room 2")
    assert own_providers() == ["Dr. Mei Tanaka", "Dr. Paul Obi"]


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"name": ""}, "Type the name of the practice."),
        ({"phone_number": "call me"}, "This is not a telephone number."),
        ({"languages": []}, "Choose at least one."),
        ({"languages": ["en"], "first_language": "es"}, "Choose one of the languages that are checked above."),
        ({"time_zone": "Mars/Olympus"}, "Not a valid choice"),
        ({"new_again_after_years": "0"}, "Type a number of years from 1 to 50"),
        ({"week_starts_on": "3"}, "Not a valid choice"),
    ],
)
def test_a_mistake_is_explained_and_nothing_typed_is_lost(client, administrator, wrong, advice):
    before = practice().name

    response = client.post("/practice", data={**FACTS, **wrong})

    assert response.status_code == 422
    assert advice in response.text
    if "name" not in wrong:
        assert "Lakeside Vein Care" in response.text
    assert practice().name == before


def test_after_how_many_years_somebody_is_new_again_moves_the_counts_at_once(client, make, administrator):
    place, patient = make.location(), make.patient()
    make.visit(place, patient, day=date(2021, 3, 1))
    make.visit(place, patient, day=date(2026, 3, 2))
    make.visit(place, day=date(2026, 3, 3))

    def eligible():
        return db.session.scalar(select(func.sum(CoverageEntry.eligible)))

    assert eligible() == 2
    for years, count in (("5", 3), ("", 2)):
        client.post("/practice", data={**FACTS, "new_again_after_years": years})
        assert eligible() == count
