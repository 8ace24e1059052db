"""Rows of any office's file: odd names and numbers, trial patients, other lengths, one appointment on several rows."""

from collections.abc import Callable

import pytest

from tests.directory.schedule.schedules import read
from tests.directory.schedule.sheets import a_file, a_row, as_csv, rows_of, table


@pytest.mark.parametrize(("first", "last"), [("Ana", "None"), ("Ana", "Null"), ("Hana", "NA"), ("Jo", "Nil")])
def test_a_surname_that_means_nothing_to_software_is_a_name(first: str, last: str) -> None:
    assert [(row.first_name, row.last_name) for row in read(a_file(a_row(first_name=first, last_name=last))).rows] == [
        (first, last)
    ]


@pytest.mark.parametrize("number", ["1.23457E+11", "1,2E+11", "12.3E+9", "1E+12", "4.E+11", "1.23457e11", "########"])
def test_a_chart_number_that_a_spreadsheet_shortened_is_wrong_in_every_row(number: str) -> None:
    reading = read(a_file(a_row(mrn=number), a_row(mrn="4E12", appt_id="A2"), a_row(mrn=number, appt_id="A3")))
    assert [(each.row, each.column) for each in reading.wrong] == [(2, "MRN"), (4, "MRN")]
    assert [row.mrn for row in reading.rows] == ["4E12"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Ana", "ZZTEST"),
        ("TEST", "PATIENT"),
        ("Patient", "Test"),
        ("Patient", "DO NOT USE"),
        ("Bob", "Test"),
        ("Zz", "Cruz"),
    ],
)
def test_patients_that_a_system_is_tried_with_are_asked_about(first: str, last: str) -> None:
    rows = [a_row(appt_id=f"A{at}", mrn=f"8{at}") for at in range(3)]
    reading = read(a_file(*rows, a_row(appt_id="T", mrn="1", first_name=first, last_name=last)))
    assert [(question.about, question.rows) for question in reading.questions] == [("test patient", (5,))]


@pytest.mark.parametrize("last", ["Tester", "Testa", "Testerman", "Patienti", "Zzyzx", "Dummer"])
def test_surnames_that_only_sound_like_a_trial_stay(last: str) -> None:
    rows = [a_row(appt_id=f"A{at}", mrn=f"8{at}") for at in range(3)]
    assert read(a_file(*rows, a_row(appt_id="T", mrn="1", last_name=last))).questions == []


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (lambda cells: [*cells, "", ""], ["A1", "A2", "A3"]),
        (lambda cells: cells[:-2], ["A1", "A2", "A3"]),
        (lambda cells: [*cells, "x"], ["A1", "A3"]),
        (lambda cells: [*cells[:4], "", *cells[4:-1]], ["A1", "A3"]),
        (lambda cells: [*cells[:9], "Chen", *cells[9:-1]], ["A1", "A3"]),
    ],
)
def test_a_row_of_another_length_is_wrong_only_when_its_cells_no_longer_fit(
    change: Callable[[list[str]], list[str]], rows: list[str]
) -> None:
    cells = table([each | {"Referring Physician": "", "Referring NPI": ""} for each in rows_of(3)])
    cells[2] = change(cells[2])
    assert [row.appointment_id for row in read(as_csv(cells)).rows] == rows


@pytest.mark.parametrize("types", [("New Patient", "PFT only"), ("Nurse visit", "NP"), ("New Pt 30 min", "Lab")])
def test_one_appointment_with_a_row_for_each_procedure_is_one_visit(types: tuple[str, str]) -> None:
    one, other = (
        a_row(visit_type=each, provider=who) for each, who in zip(types, ("Lab 2", "Chen, Wei MD"), strict=True)
    )
    reading = read(a_file(one, other))
    assert [(row.visit_type, row.provider) for row in reading.rows] == [("new", "Chen, Wei MD")]
    assert ([each.row for each in reading.left_out], [note.row for note in reading.warnings]) == ([3], [3])


def test_one_number_for_two_patients_is_wrong_in_all_its_rows() -> None:
    reading = read(
        a_file(a_row(), a_row(provider="Lab"), a_row(mrn="9", last_name="Lind"), a_row(appt_id="A2", mrn="8"))
    )
    assert [each.row for each in reading.wrong] == [2, 3, 4]
    assert [row.appointment_id for row in reading.rows] == ["A2"]


@pytest.mark.parametrize("provider", ["Dr Chen?", "Chen/Okoye", "Chen…"])
def test_a_providers_odd_name_never_costs_the_visit(provider: str) -> None:
    assert [row.provider for row in read(a_file(a_row(provider=provider))).rows] == [provider]
