"""Imports in the course of weeks: charts merged upstream, files that are the wrong one, and imports taken back."""

import json
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.db import db
from intake.directory import kept_files
from intake.directory.merging import merge as merging
from intake.directory.merging.merge import Kind
from intake.directory.models import Location, Patient, PatientMerge, Physician, Visit
from intake.directory.patients.records import search_patients
from intake.directory.patients.visits import mark_arrived
from intake.directory.schedule import uploads
from intake.directory.schedule.applying import import_schedule
from intake.directory.schedule.plan import Plan
from intake.directory.schedule.undoing import Undone, undo_import, undone_in_words
from intake.directory.schedule.uploads import ImportDone
from intake.survey.models import Answer, CoverageEntry
from tests.directory.schedule.sheets import a_file, a_row, rows_of
from tests.making import Make, npi

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("that_week")]
SECRET = "a secret"


@pytest.fixture
def clinic(session: Session, make: Make) -> Location:
    return make.location("Riverside", code="MAIN")


def tried(clinic: Location, *rows: dict[str, str], answers: dict[str, str] | None = None, **how: Any) -> Plan:
    return done(clinic, *rows, answers=answers, **how)[0]


def done(
    clinic: Location, *rows: dict[str, str], answers: dict[str, str] | None = None, **how: Any
) -> tuple[Plan, ImportDone | None]:
    schedule = uploads.read_for(clinic, a_file(*rows), answers or {})
    return import_schedule(schedule, clinic, answers=answers or {}, **how)


def brought_in(clinic: Location, *rows: dict[str, str]) -> Any:
    """Import and keep what taking it back needs."""
    plan, came = done(clinic, *rows)
    assert came is not None, (plan.errors, plan.questions)
    return uploads.keep_import(came, file_name="schedule.csv", location_id=clinic.id, secret=SECRET)


def taken_back(kept: Any) -> Undone:
    return undo_import(kept, secret=SECRET)


def visits() -> list[Visit]:
    db.session.expire_all()
    return list(db.session.scalars(select(Visit).order_by(Visit.id)))


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def eligible() -> int:
    return db.session.scalar(select(func.sum(CoverageEntry.eligible))) or 0


def test_a_chart_merged_in_the_practices_system_is_the_same_person_here(clinic: Location, make: Make) -> None:
    tried(clinic, a_row(status="Arrived"))
    plan = tried(clinic, a_row(mrn="0010001", status="Completed"))
    assert (plan.errors, plan.counts["added"], plan.counts["changed"]) == ([], 0, 1)
    assert "both charts are read as one" in str(plan.warnings[0])
    (visit,) = visits()
    assert (visit.status, visit.patient.mrn) == ("completed", "00123")
    one, other = db.session.scalars(select(Patient).order_by(Patient.id))
    assert merging.read_as_one(Kind.PATIENTS, one.id) == {one.id, other.id}
    # Both numbers find her, in whichever order they come, and nothing is merged twice.
    later = [
        a_row(appt_id="A9", start="11/24/2026 9:00 AM"),
        a_row(appt_id="A10", mrn="0010001", start="11/25/2026 9:00 AM"),
    ]
    assert tried(clinic, *later).counts["added"] == 2
    assert tried(clinic, a_row(status="Completed")).errors == []
    assert tried(clinic, a_row(mrn="0010001", status="Completed")).changes_nothing
    assert count(PatientMerge) == 1
    for number in ("00123", "0010001"):
        assert len(search_patients(number, within={clinic.id})) == 1


def test_charts_that_somebody_kept_apart_are_not_merged_by_a_file(clinic: Location) -> None:
    tried(clinic, a_row(status="Arrived"), a_row(appt_id="B1", mrn="77"))
    one, other = db.session.scalars(select(Patient.id).order_by(Patient.id))
    merging.keep_apart(Kind.PATIENTS, one, other, staff_id=None)
    plan = tried(clinic, a_row(mrn="77", status="Completed"))
    assert "which was another patient's" in str(plan.errors[0])
    assert count(PatientMerge) == 0


def test_a_wrong_row_is_left_out_when_somebody_says_so_with_all_that_it_would_change(clinic: Location) -> None:
    tried(clinic, a_row())
    rows = [a_row(appt_id="A9", last_name="Berg", dob="01/02/1955"), a_row(appt_id="A8", mrn="8", last_name="Holm")]
    assert tried(clinic, *rows).wrong
    assert len(visits()) == 1
    plan = tried(clinic, *rows, skip_wrong=True)
    assert [each.row for each in plan.wrong] == [2]
    assert [visit.patient.last_name for visit in visits()] == ["Cruz", "Holm"]


def asked(plan: Plan) -> list[str]:
    assert plan.counts
    return [each.about for each in plan.questions]


def test_a_file_whose_dates_are_far_away_is_asked_about(clinic: Location) -> None:
    far = [row | {"Start": "11/23/2022 9:00 AM"} for row in rows_of(3)]
    plan = tried(clinic, *far)
    assert asked(plan) == ["dates"]
    assert visits() == []
    key = plan.questions[0].key
    assert "as somebody said" in str(tried(clinic, *far, answers={key: "no"}).refused[0])
    assert tried(clinic, *far, answers={key: "yes"}).counts["added"] == 3
    assert len(visits()) == 3


def test_one_date_that_is_years_off_is_asked_about_by_itself(clinic: Location) -> None:
    rows = rows_of(3)
    rows[1]["Start"] = "11/23/2016 9:05 AM"
    plan = tried(clinic, *rows)
    assert [(each.about, each.row) for each in plan.questions] == [("date", 3)]
    plan = tried(clinic, *rows, answers={plan.questions[0].key: "leave it out"})
    assert ([each.row for each in plan.left_out], plan.counts["added"]) == ([3], 2)
    assert len(visits()) == 2


@pytest.mark.parametrize("starts", [["12:00 AM", "12:00 AM"], ["3:05 AM", "4:30 AM", "9:00 AM"]])
def test_times_that_lost_am_and_pm_are_asked_about(clinic: Location, starts: list[str]) -> None:
    rows = [row | {"Start": f"11/23/2026 {start}"} for row, start in zip(rows_of(4), starts, strict=False)]
    assert asked(tried(clinic, *rows)) == ["times"]
    # With an afternoon it is these alone that are odd.
    plan = tried(clinic, *rows, rows_of(6)[5] | {"Start": "11/23/2026 3:00 PM"})
    assert [(each.about, each.rows) for each in plan.questions] == [("times", (2, 3))]


def test_a_file_that_renames_most_patients_is_asked_about(clinic: Location) -> None:
    tried(clinic, *rows_of(4))
    sorted_alone = [row | {"Last Name": f"Other{chr(97 + at)}"} for at, row in enumerate(rows_of(4))]
    assert asked(tried(clinic, *sorted_alone)) == ["names"]
    assert asked(tried(clinic, *[row | {"DOB": "03/13/1976"} for row in rows_of(4)])) == ["dates of birth"]
    assert {visit.patient.birth_date for visit in visits()} == {date(1980, 3, 14)}
    assert asked(tried(clinic, *sorted_alone[:1], *rows_of(4)[1:])) == []


def test_a_file_without_accents_or_in_capitals_takes_nothing_away(clinic: Location) -> None:
    tried(clinic, a_row(first_name="José", last_name="Muñoz"))
    assert tried(clinic, a_row(first_name="Jose", last_name="Munoz")).changes_nothing
    assert tried(clinic, a_row(first_name="JOSÉ", last_name="MUNOZ")).changes_nothing
    assert visits()[0].patient.last_name == "Muñoz"


def test_people_are_found_by_names_and_numbers_that_software_takes_for_something_else(clinic: Location) -> None:
    people = {"4E12": ("Sarah", "Null"), "5": ("Hyejin", "Na"), "6": ("O", "Sun"), "7": ("", "Suharti")}
    rows = [
        a_row(appt_id=f"B{number}", mrn=number, first_name=first, last_name=last)
        for number, (first, last) in people.items()
    ]
    assert tried(clinic, *rows).counts["added"] == 4
    for number, (first, last) in people.items():
        for word in filter(None, (number, first, last)):
            assert number in {hit.mrn for hit in search_patients(word, within={clinic.id})}


def test_the_file_of_another_location_is_asked_about(clinic: Location, make: Make) -> None:
    other = make.location("Northside", code="NORTH")

    def day(letter: str, *providers: str) -> list[dict[str, str]]:
        return [
            row | {"Appt ID": f"{letter}{at}", "MRN": f"{letter[0]}{at}", "Provider": providers[at % len(providers)]}
            for at, row in enumerate(rows_of(4))
        ]

    tried(clinic, *day("R", "Chen, Wei MD", "Rivers, Jo MD"))
    tried(other, *day("N", "Okoye, Ada NP"))
    plan = tried(other, *day("R", "Chen, Wei MD", "Rivers, Jo MD"))
    assert asked(plan) == ["location"]
    assert "Riverside" in plan.questions[0].found
    assert asked(tried(other, *day("R2", "Chen, Wei MD", "Rivers, Jo MD"))) == ["location"]
    assert asked(tried(clinic, *day("R2", "Chen, Wei MD", "Rivers, Jo MD"))) == []
    # One of them may stand in at the other location.
    assert asked(tried(other, *day("R3", "Chen, Wei MD"))) == []


def test_an_organisation_becomes_no_physician_and_self_referred_is_nobody(clinic: Location) -> None:
    plan = tried(
        clinic,
        a_row(mrn="1", referring_physician="LAKESIDE FAMILY PRACTICE PLLC", referring_npi=npi(900_102)),
        a_row(appt_id="A2", mrn="2", referring_physician="SELF, REFERRED", referring_npi=""),
        a_row(appt_id="A3", mrn="3", referring_physician="Provider, Unknown", referring_npi=npi(900_103)),
        a_row(appt_id="A4", mrn="4", referring_physician="Walk In", referring_npi=""),
    )
    assert count(Physician) == 0
    assert [visit.documented_name for visit in visits()] == [
        "LAKESIDE FAMILY PRACTICE PLLC", "", "", "",
    ]  # fmt: skip
    assert "organisation" in str(plan.warnings[0])
    assert any("3 rows say in the referrer’s column that nobody referred" in note for note in plan.notes)


def test_an_import_into_the_wrong_location_is_taken_back_without_a_trace(clinic: Location, make: Make) -> None:
    other = make.location("Northside", code="NORTH")
    tried(clinic, *rows_of(2))
    before = count(Patient)
    kept = brought_in(
        other, *[row | {"Appt ID": f"N{at}", "MRN": f"N{at}"} for at, row in enumerate(rows_of(5))], a_row(mrn="X")
    )
    assert (kept.first_day, kept.last_day) == (date(2026, 11, 22), date(2026, 11, 22))
    undone = taken_back(kept)
    assert (undone.removed, undone.kept, undone.cancelled) == (6, 0, 0)
    assert {visit.location_id for visit in visits()} == {clinic.id}
    assert count(Patient) == before
    with pytest.raises(kept_files.UploadGone):
        taken_back(kept)


def test_taking_back_restores_what_was_changed_and_keeps_what_came_later(clinic: Location) -> None:
    brought_in(clinic, *rows_of(3))
    wrong_day = [row | {"Start": "11/30/2026 9:05 AM", "Provider": "Okoye, Ada NP"} for row in rows_of(3)]
    wrong_day[0]["Last Name"] = "Delgado"
    kept = brought_in(clinic, *wrong_day)
    visits()[2].provider = "Rivers, Jo MD"
    db.session.flush()
    undone = taken_back(kept)
    assert {visit.visit_date for visit in visits()} == {date(2026, 11, 22)}
    assert [visit.provider for visit in visits()] == ["Chen, Wei MD", "Chen, Wei MD", "Rivers, Jo MD"]
    assert visits()[0].patient.last_name == "Cruzba"
    assert search_patients("Delgado", within={clinic.id}) == []
    assert (undone.restored, undone.changed_since) == (3, 1)


def test_taking_back_never_loses_an_answer_and_the_totals_add_up(clinic: Location, make: Make) -> None:
    kept = brought_in(clinic, *[row | {"Status": "Arrived"} for row in rows_of(3)])
    assert eligible() == 3
    make.answer(visits()[0])
    undone = taken_back(kept)
    assert (undone.removed, undone.kept, undone.cancelled) == (0, 1, 2)
    assert count(Answer) == 1
    assert [visit.status for visit in visits()] == ["arrived", "cancelled", "cancelled"]
    assert eligible() == 1
    # The right file brings them back.
    assert tried(clinic, *[row | {"Status": "Arrived"} for row in rows_of(3)]).counts["changed"] == 2
    assert eligible() == 3


def test_who_has_come_since_stays_when_an_import_is_taken_back(clinic: Location) -> None:
    kept = brought_in(clinic, *rows_of(2))
    mark_arrived(visits()[1])
    undone = taken_back(kept)
    assert (undone.removed, undone.kept) == (1, 1)
    assert [visit.status for visit in visits()] == ["arrived"]
    assert eligible() == 1


def test_an_import_by_command_is_listed_and_taken_back(app: Flask, make: Make, tmp_path: Any) -> None:
    make.location("Riverside", code="MAIN")
    db.session.commit()
    path = tmp_path / "monday.csv"
    path.write_bytes(a_file(*rows_of(2)))
    runner = app.test_cli_runner()
    assert (
        json.loads(runner.invoke(args=["visits", "import", str(path), "--location", "MAIN", "--json"]).stdout)["added"]
        == 2
    )
    number, *_ = listed = runner.invoke(args=["visits", "undo"]).stdout.split()
    assert listed[1:] == ["monday.csv", "11/22/2026", "2", "added"]
    assert "2 visits removed" in runner.invoke(args=["visits", "undo", number]).stdout
    assert visits() == []
    assert runner.invoke(args=["visits", "undo", number]).exit_code == 1


def test_taking_back_gives_a_visit_to_the_patient_whose_it_was(clinic: Location, make: Make) -> None:
    cat, zoe = a_row(first_name="Cat"), a_row(mrn="9", first_name="Zoe", last_name="Lind", dob="01/02/1990")
    brought_in(clinic, cat)
    kept = brought_in(clinic, zoe)
    assert [visit.patient.first_name for visit in visits()] == ["Zoe"]
    undone = taken_back(kept)
    assert [visit.patient.first_name for visit in visits()] == ["Cat"]
    assert (undone.restored, undone.given_back, count(Patient)) == (1, 1, 1)
    assert "1 visit with the patient whose it was before" in " ".join(undone_in_words(undone))
    # Somebody who was asked at it since keeps it.
    kept = brought_in(clinic, zoe)
    mark_arrived(visits()[0])
    make.answer(visits()[0])
    assert taken_back(kept).given_back == 0
    assert [visit.patient.first_name for visit in visits()] == ["Zoe"]
