"""Finding patients again by whatever is at hand."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from intake import clock
from intake.db import db
from intake.directory.models import Location, Patient, Visit
from intake.directory.patients.index import IndexedPatient, index_patients
from intake.directory.patients.records import MrnTaken, add_patient, search_patients
from intake.directory.patients.visits import add_visit
from tests.making import Make
from tests.steps import steps

pytestmark = pytest.mark.both


@pytest.fixture
def clinic(session: Session, make: Make) -> Location:
    return make.location("Riverside")


@pytest.fixture
def people(clinic: Location, make: Make) -> dict[str, Patient]:
    """A small practice, with names that are easily taken for one another."""
    told = {
        "robert": ("Robert", "O’Brien-González", "00123", date(1980, 3, 14)),
        "linda": ("Linda", "McDonald", "00124", date(1951, 7, 1)),
        "catherine": ("Catherine", "Schwarz", "X-77", date(1960, 1, 2)),
        "john": ("John", "Smith", "500", date(1970, 5, 5)),
        "jonathan": ("Jonathan", "Smithson", "501", date(1971, 5, 5)),
        "maria": ("María José", "de la Cruz", "502", date(1990, 12, 31)),
        "omar": ("عمر", "الحسن", "503", date(1985, 2, 3)),
    }
    found = {}
    for key, (first, last, mrn, born) in told.items():
        found[key] = make.patient(first, last, mrn=mrn, birth_date=born)
        make.visit(clinic, found[key])
    return found


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("smith", "john"),
        ("john smith", "john"),
        ("Smith, John", "john"),
        ("jonathan s", "jonathan"),
        ("smit joh", "john"),
        ("jhon smiht", "john"),
        ("jon smyth", "john"),
        ("obrien", "robert"),
        ("o'brien gonzalez", "robert"),
        ("bob gonzales", "robert"),
        ("gonzl", "robert"),
        ("mr robert obrien", "robert"),
        ("katherine shwartz", "catherine"),
        ("linda mc donald", "linda"),
        ("mcdonlad", "linda"),
        ("maria jose de la cruz", "maria"),
        ("delacruz", "maria"),
        ("عمر", "omar"),
        ("123", "robert"),
        ("00123", "robert"),
        ("x77", "catherine"),
        ("X-77", "catherine"),
        ("3/14/1980", "robert"),
        ("1980-03-14", "robert"),
        ("14-Mar-1980", "robert"),
        ("smith 5/5/1970", "john"),
        ("bob 3/14/1980", "robert"),
    ],
)
def test_the_one_who_is_meant_comes_first(people: dict[str, Patient], clinic: Location, text: str, who: str) -> None:
    hits = search_patients(text, within={clinic.id})
    assert hits, text
    assert hits[0].patient_id == people[who].id


@pytest.mark.parametrize(
    "text", ["", "   ", "zzzz", "\0", "%", "'; drop table patient; --", "q" * 10_000, "99999", "1/1/1900"]
)
def test_whoever_is_not_there_is_not_found(people: dict[str, Patient], clinic: Location, text: str) -> None:
    assert search_patients(text, within={clinic.id}) == []


def test_patients_of_other_locations_are_not_found(people: dict[str, Patient], clinic: Location, make: Make) -> None:
    other = make.location()
    assert search_patients("smith", within={other.id}) == []
    make.visit(other, people["john"])
    assert [hit.mrn for hit in search_patients("smith", within={other.id})] == ["500"]
    assert search_patients("smith", within=()) == []


def test_a_renamed_patient_is_found_under_the_new_name(
    people: dict[str, Patient], clinic: Location, session: Session
) -> None:
    people["john"].last_name = "Thornbury"
    session.flush()
    assert [hit.mrn for hit in search_patients("thornbury", within={clinic.id})] == ["500"]
    assert [hit.mrn for hit in search_patients("john smith", within={clinic.id})] != ["500"]


def test_no_two_patients_share_a_chart_number(clinic: Location) -> None:
    patient = add_patient(mrn="7", first_name="Ida", last_name="Holm")
    add_visit(patient_id=patient.id, location=clinic, scheduled_at=clock.now())
    with pytest.raises(MrnTaken):
        add_patient(mrn="7", first_name="Ada", last_name="Berg")


def test_finding_looks_at_few_in_a_large_practice(app: Flask, clinic: Location) -> None:
    syllables = [first + second for first in "bdgklmnrs" for second in "aeio"]
    names = [first + second + third for first in syllables for second in syllables for third in syllables[:9]]
    now = clock.now()
    connection = db.session.connection()
    size = 20_000
    rows = [
        {
            "id": 1_000_000 + number,
            "mrn": f"B{number}",
            "first_name": names[number * 7 % len(names)].title(),
            "last_name": names[number * 13 % len(names)].title(),
            "birth_date": date(1940, 1, 1),
            "created_at": now,
        }
        for number in range(size)
    ]
    connection.execute(insert(Patient), rows)
    index_patients(
        connection,
        [IndexedPatient(row["id"], row["mrn"], row["first_name"], row["last_name"], None) for row in rows],
    )
    visit = {"location_id": clinic.id, "scheduled_at": now, "visit_date": now.date(), "visit_type": "new"}
    connection.execute(
        insert(Visit),
        [
            visit
            | {"patient_id": row["id"], "status": "scheduled", "provider": "", "documented_name": "", "created_at": now}
            for row in rows
        ],
    )
    # As a practice's own database does by itself.
    connection.execute(text("ANALYZE"))
    meant = rows[12_345]
    texts = (
        meant["mrn"],
        f"{meant['first_name']} {meant['last_name']}",
        f"{meant['last_name'][:5]} {meant['first_name'][1:]}",
    )
    for typed in texts:
        hits = search_patients(typed, within={clinic.id})
        # Looking at every one of them would take two million.
        assert steps(lambda typed=typed: search_patients(typed, within={clinic.id})) < 200_000  # type: ignore[misc]
        assert meant["id"] in {hit.patient_id for hit in hits}, typed
