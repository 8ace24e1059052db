"""Rows of any office's file: odd names and numbers, other lengths, several rows for one, signs of a status."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from intake.directory.schedule.file.places import Places
from intake.directory.schedule.file.reader import read_schedule
from intake.directory.schedule.file.titles import place_of
from tests.directory.schedule.schedules import ANA, BO, CONTEXT, changed, lines, outcome, read
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


BASE = "Appt ID,MRN,Patient,DOB,Start,Type"


def statuses(titles: str, *cells: str) -> list[str]:
    """The status of each row, or where it is wrong the column that says so."""
    rows = [
        f'{number},7{number},"Cruz, Ana",03/14/1980,11/22/2026 9:{number}5 AM,New,{each}'
        for number, each in enumerate(cells)
    ]
    reading = read(lines(*rows, titles=f"{BASE},{titles}"))
    found: dict[int, str] = {row.row: row.status for row in reading.rows}
    found |= {problem.row or 0: f"wrong {problem.column}" for problem in reading.errors}
    return [found.get(number, "asked") for number in range(2, len(cells) + 2)]


@pytest.mark.parametrize(
    ("titles", "cells", "comes"),
    [
        ("Appt Kept Ind,Cancel Ind,Delete Ind", ["N,N,N", "Y,N,N", "N,Y,N", "N,N,Y", "Y,Y,N"],
         ["scheduled", "completed", "cancelled", "cancelled", "wrong Cancel Ind"]),
        ("Cancelled,No Show,Checked In", ["No,No,Yes", "Yes,No,No", "No,Yes,No", "Yes,Yes,No", ",,"],
         ["arrived", "cancelled", "no_show", "no_show", "scheduled"]),
        ("Status,Cancelled On", ["Scheduled,", "Scheduled,11/20/2026", "Cancelled,11/20/2026", "Completed,11/20/2026"],
         ["scheduled", "wrong Cancelled On", "cancelled", "completed"]),
        ("Cancel Reason", ["", "Patient sick", "N/A", "No show"], ["scheduled", "cancelled", "scheduled", "no_show"]),
        ("Status,Cancel Reason", ["Cancelled,No show", "Cancelled,Sick", "Scheduled,Sick"],
         ["no_show", "cancelled", "wrong Cancel Reason"]),
        ("Status,Deleted,Seen", ["Confirmed,N,Y", "Confirmed,Y,N", "Arrived,0,1"],
         ["completed", "wrong Deleted", "completed"]),
        ("Status,Checked In,Patient No-Show?", ["Scheduled,9:02 AM,N", "Scheduled,,Y", "No Show,,Y"],
         ["scheduled", "wrong Patient No-Show?", "no_show"]),
        # Of the patient or of money, not of this appointment.
        ("Status,No Show Count,No Shows,Cancellation Fee,Last No Show", ["Scheduled,3,1,25,10/01/2026"], ["scheduled"]),
    ],
)  # fmt: skip
def test_who_is_cancelled_in_another_column_is_not_taken_as_scheduled(
    titles: str, cells: list[str], comes: list[str]
) -> None:
    assert statuses(titles, *cells) == comes


def test_columns_that_say_a_status_are_named() -> None:
    row = "1,71,Ana Cruz,03/14/1980,11/22/2026 9:05 AM,New,No"
    reading = read(lines(row, titles=f"{BASE},Cancelled"))
    assert "No column gives the status: it is taken from “Cancelled”." in reading.notes
    assert reading.ignored == ()


CHEN, LIND = '"Provider: Chen, Wei MD"', '"Provider: Lind, Ada NP"'


@pytest.mark.parametrize(
    ("over", "comes"),
    [
        (["Scheduled Appointments", "Cancelled Appointments", "No Shows"], ["scheduled", "cancelled", "no_show"]),
        (["Cancelled (1)", "Checked Out", "Cancellations"], ["cancelled", "completed", "cancelled"]),
        # A new provider's group begins anew where groups of statuses stand within it, and only there.
        ([f"{CHEN}\nCancelled", LIND, "No Shows"], ["cancelled", "scheduled", "no_show"]),
        ([f"Cancelled\n{CHEN}", LIND, f"Scheduled\n{CHEN}"], ["cancelled", "cancelled", "scheduled"]),
    ],
)
def test_a_line_over_rows_that_is_a_status_is_theirs(over: list[str], comes: list[str]) -> None:
    rows = [
        f'{line}\n{at},7{at},"Cruz, Ana",03/14/1980,11/22/2026 9:{at}5 AM,New' for at, line in enumerate(over)
    ]  # fmt: skip
    reading = read(lines(*rows, titles=BASE))
    assert ([row.status for row in reading.rows], reading.errors) == (comes, [])


def test_a_line_over_rows_contradicts_their_status_and_a_summary_says_nothing() -> None:
    wrong = outcome(lines("Cancelled Appointments", ANA, changed(BO, status="Cancelled")))
    assert wrong == {"visits": ["A2 Bo Lind established"], "out": [2], "wrong": [(3, "the line over it")]}
    assert outcome(b"Schedule\n" + lines(changed(ANA, status="No Show")))["visits"] == ["A1 Ana Cruz new"]
    above = b"Cancelled: 5\n" + lines(ANA)
    assert [row.status for row in read(above).rows] == ["scheduled"]


def test_a_line_that_is_a_locations_name_says_where_and_an_unknown_one_is_named() -> None:
    reading = read(lines("Riverside", ANA, "Northside Clinic", BO, "Westfield", changed(BO, appt_id="A3"), "Thank you"))
    assert [(each.row, each.column) for each in reading.wrong] == [(5, "location"), (7, "location")]
    assert [note for note in reading.notes if "row 6 “Westfield”" in note and "Thank you" not in note]


@pytest.mark.parametrize(
    ("title", "hour"),
    [
        ("Start (UTC)", 14),
        ("start_time_utc", 14),
        ("Appt Start GMT", 14),
        ("Start (CST)", 20),
        ("Start (EST)", 19),
        ("Start (Local)", 19),
        ("Start (ET)", 19),
    ],
)
def test_a_zone_in_a_title_is_honoured(title: str, hour: int) -> None:
    data = lines("1,71,Ana Cruz,03/14/1980,11/22/2026 14:05,New", titles=BASE.replace("Start", title))
    (row,) = read(data).rows
    assert row.scheduled_at == datetime(2026, 11, 22, hour, 5, tzinfo=UTC)
    assert any("as the title says" in note for note in read(data).notes) == (hour != 19)


def test_words_that_only_look_like_a_zone_are_none() -> None:
    assert (place_of("Request")[0], place_of("Appt Test")[0], place_of("Start Time EST")[0]) == ("", "", "time")


def located(*names: str, places: Places = CONTEXT.places, **answers: str) -> tuple[list[object], ...]:
    rows = [f"{ANA.replace('A1', f'A{at}').replace('0012301', f'7{at}')}{name}" for at, name in enumerate(names)]
    data = lines(*rows, titles="Appt ID,MRN,First Name,Last Name,DOB,Cell Phone,Appt Date,Appt Time,Visit Type,"
                 "Status,Provider,Language,Referring Physician,Facility")  # fmt: skip
    given = {f"location name: {name}".casefold(): answer for name, answer in answers.items()}
    reading = read_schedule(data, replace(CONTEXT, places=places, answers=given))
    return (
        [row.row for row in reading.rows],
        [each.found for each in reading.questions],
        [note for note in reading.notes if "no location that" in note],
    )


def test_a_location_that_nobody_knows_is_asked_about_or_named() -> None:
    assert located("NGATE", "NGATE") == ([2, 3], ["NGATE"], [])
    assert located("NGATE", "", NGATE="Riverside") == ([2, 3], [], [])
    assert located("NGATE", "", NGATE="leave them out") == ([3], [], [])
    among = "“RVSD” in row 2 is no location that Intake knows; taken for Riverside."
    assert located("RVSD", "Lakeside - Riverside Office") == ([2, 3], [], [among])
    assert located("Lakeside - Northside Clinic", "Main") == ([2, 3], ["Lakeside - Northside Clinic"], [])
    assert located("anything", places=Places("Riverside", frozenset({"riverside"}))) == ([2], [], [])


@pytest.mark.parametrize("said", ["12/30/1899 9:00:00 AM", "1899-12-30 09:00:00", "01/01/1900 9:00", "9:00 AM"])
def test_a_time_on_the_day_on_which_a_database_begins_to_count_is_a_time(said: str) -> None:
    (row,) = read(lines(changed(ANA, appt_date="11/23/2026 00:00:00", appt_time=said))).rows
    assert row.scheduled_at == datetime(2026, 11, 23, 14, tzinfo=UTC)


def test_a_nul_costs_its_own_cell() -> None:
    assert outcome(lines(ANA, changed(BO, first_name="B\0o"))) == {
        "visits": ["A1 Ana Cruz new"],
        "wrong": [(3, "First Name")],
    }


def test_a_weekday_that_contradicts_its_date_is_wrong() -> None:
    assert [row.row for row in read(a_file(a_row(start="Sun 11/22/2026 9:05 AM"))).rows] == [2]
    (problem,) = read(a_file(a_row(start="Mon 11/22/2026 9:05 AM"))).errors
    assert problem.expected == "a weekday and a date that agree"


def test_who_has_no_chart_number_yet_is_named_with_what_to_do_and_walk_ins_have_ids_of_their_own() -> None:
    rows = [changed(ANA, appt_id="WALK-IN"), changed(BO, appt_id="WALK-IN"), changed(BO, appt_id="A3", mrn="NEW"),
            changed(BO, appt_id="A4", mrn="TBD")]  # fmt: skip
    reading = read(lines(*rows))
    assert [row.appointment_id for row in reading.rows] == ["0012301-20261123-0905", "0012302-20261123-0930"]
    assert [(each.row, each.column) for each in reading.wrong] == [(4, "MRN"), (5, "MRN")]
    assert "added at the desk by name and gets it from a later file" in reading.wrong[0].expected
