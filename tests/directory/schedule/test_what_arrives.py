"""What really arrives at the desk: files of many systems and of many mishaps, and what a careful person makes of them.

Each case is a small file and what comes of it: the visits with their people, the rows left out, the rows that are
wrong, and what is asked. Whatever isn't said here didn't happen. No database.
"""

from dataclasses import replace

import pytest

from intake.directory.schedule.file.reader import read_schedule
from tests.directory.schedule.schedules import ANA, BO, BOTH, CONTEXT, NOBODY, changed, lines, outcome, read


@pytest.mark.parametrize("row", NOBODY)
def test_a_row_that_is_nobodys_is_left_out_and_said(row: str) -> None:
    assert outcome(lines(ANA, row, BO)) == {"visits": BOTH, "out": [3]}


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("A9,0012399,,,03/14/1980,,11/23/2026,3:00 PM,NP,Scheduled,,,,", [(3, "Last Name")]),
        ("A9,0012399,Dee,Lunch,,,11/23/2026,3:00 PM,NP,Scheduled,,,,", [(3, "DOB")]),
        ("A9,,Dee,Oye,03/14/1980,,11/23/2026,3:00 PM,NP,Scheduled,,,,", [(3, "MRN")]),
        ("A9,,Dee,Holiday,,,11/23/2026,3:00 PM,NP,Scheduled,,,,", [(3, "MRN"), (3, "DOB")]),
        ("A9,,,,,(518) 555-0109,11/23/2026,3:00 PM,NP,Scheduled,,,,", [(3, "Last Name"), (3, "MRN"), (3, "DOB")]),
        (changed(BO, appt_id="A9", mrn="4E+12"), [(3, "MRN")]),
        (changed(BO, appt_id="A9", mrn="1.2E12"), [(3, "MRN")]),
        (changed(BO, appt_id="A9", mrn="2-Jan"), [(3, "MRN")]),
        (changed(BO, appt_id="A9", mrn="#N/A"), [(3, "MRN")]),
        (changed(BO, appt_id="A9", first_name="Mu?oz"), [(3, "First Name")]),
        (changed(BO, appt_id="A9", first_name="Jos\ufffd"), [(3, "First Name")]),
        (changed(BO, appt_id="A9", dob="05.11.1980"), [(3, "DOB")]),
        (changed(BO, appt_id="A9", provider="English", language=""), [(3, "Provider")]),
        (changed(BO, appt_id="A9", visit_type=""), [(3, "Visit Type")]),
    ],
)
def test_a_row_that_is_somebodys_and_cannot_be_read_is_wrong_by_itself(row: str, wrong: list[object]) -> None:
    assert outcome(lines(ANA, row, BO)) == {"visits": BOTH, "wrong": wrong}


SHIFTED = changed(BO, provider="Chen, Wei MD")


@pytest.mark.parametrize(
    ("rows", "comes"),
    [
        # An unquoted comma, and empty cells at the end hide that everything stands one place beside.
        ([ANA, SHIFTED], {"visits": BOTH[:1], "wrong": [3]}),
        ([SHIFTED], {"wrong": [2]}),
        ([changed(ANA, provider="Chen, Wei MD"), SHIFTED], {"wrong": [2, 3]}),
        # Every line ends with one comma more.
        ([ANA + ",", BO + ","], {"visits": BOTH}),
        ([ANA + ",", BO], {"visits": BOTH}),
        # A cell that is missing, or one too many, in the middle.
        ([ANA, BO.replace(",English", "")], {"visits": BOTH[:1], "wrong": [3]}),
        ([ANA, BO.replace(',"Chen, Wei MD"', "")], {"visits": BOTH[:1], "wrong": [3]}),
        ([ANA, BO.replace("(518)", ",(518)")], {"visits": BOTH[:1], "wrong": [3]}),
        # Empty cells at the end are left off.
        ([ANA + "x", BO.rstrip(",")], {"visits": BOTH}),
        ([ANA.rstrip(","), BO.rstrip(",")], {"visits": BOTH}),
        # A quotation mark that is never closed, or stands in a quoted cell.
        ([ANA, changed(BO, first_name='"Bo')], {"visits": BOTH[:1], "wrong": [3]}),
        ([changed(BO, appt_id="A3", first_name='"Bo'), ANA, changed(BO, first_name='Bo"')], {"visits": [BOTH[0],
            'A2 Bo" Lind established'], "wrong": [2]}),
        ([ANA, changed(BO, last_name='"Lind "Bo" Li"')], {"visits": BOTH[:1], "wrong": [3]}),
        ([ANA, changed(BO, provider='"Chen\nWei"')], {"visits": BOTH}),
    ],
)  # fmt: skip
def test_a_row_of_another_shape_has_slipped(rows: list[str], comes: dict[str, list[object]]) -> None:
    assert outcome(lines(*rows)) == comes


@pytest.mark.parametrize(
    ("second", "comes"),
    [
        (ANA, {"visits": BOTH, "out": [3]}),
        (changed(ANA, provider="US Room 2"), {"visits": BOTH, "out": [3]}),
        (changed(ANA, cell_phone=""), {"visits": BOTH, "out": [3]}),
        (changed(ANA, appt_time="9:20 AM"), {"visits": BOTH, "out": [3]}),
        (changed(ANA, appt_time="4:20 PM"), {"visits": BOTH[1:], "wrong": [(2, "Appt ID"), (3, "Appt ID")]}),
        (changed(ANA, status="Cancelled"), {"visits": BOTH[1:], "wrong": [(2, "Appt ID"), (3, "Appt ID")]}),
        (changed(ANA, mrn="77"), {"visits": BOTH[1:], "wrong": [(2, "Appt ID"), (3, "Appt ID")]}),
        (changed(ANA, appt_id="A8", dob="03/15/1980"), {"visits": BOTH[1:], "wrong": [(2, "DOB"), (3, "DOB")]}),
        (changed(BO, appt_id="A8", mrn="0012301", dob="03/14/1980"), {"visits": BOTH[1:], "wrong": [(2, "MRN"), (3,
            "MRN")]}),
    ],
)  # fmt: skip
def test_rows_of_one_appointment_are_one_unless_they_contradict_each_other(
    second: str, comes: dict[str, list[object]]
) -> None:
    assert outcome(lines(ANA, second, BO)) == comes


def test_the_provider_of_an_appointment_in_two_rows_is_the_person() -> None:
    (row,) = read(lines(changed(ANA, provider="US Room 2"), ANA)).rows
    assert row.provider == "Chen, Wei MD"


@pytest.mark.parametrize("word", ["Not new", "Annual - new problem", "N/V Nurse Visit", "Initial post op visit",
    "New problem", "New Rx", "Newborn", "NP follow up", "Visit with NP", "New to provider", "Non-new", "No new patient",
    "New Pt F/U", "Established new patient", "New injury", "First available", "OV", "Consult", "EP consult", "N/A",
    "New or established", "NP visit (Sara Lee NP)",
    "Est/New", "Initial OB", "Not established", "Newly established"])  # fmt: skip
def test_a_type_that_only_looks_new_is_asked_about_once(word: str) -> None:
    comes = outcome(lines(changed(ANA, visit_type=word), changed(BO, visit_type=word)))
    assert comes["asked"] == [("visit type", word)]


@pytest.mark.parametrize(
    "word",
    [
        "Pt called - running late",
        "",
        "Not cancelled",
        "Cancel requested",
        "No show fee waived",
        "Broken",
        "Do not cancel",
        "Waitlist",
        "Planned",
        "Completed?",
        "No show - arrived late",
    ],
)
def test_a_status_that_nobody_foresaw_is_asked_about(word: str) -> None:
    assert outcome(lines(ANA, changed(BO, status=word)))["asked"] == [("status", word)]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("3 - Checked Out", "completed"), ("x - Cancelled", "cancelled"), ("2 - Checked In", "arrived"), ("f - Filled",
        "scheduled"),
     ("@ Arrived", "arrived"), ("? No show", "no_show"), ("> Checked out", "completed"), ("4 - Charge Entered",
         "completed"),
     ("CONFIRMED - LM", "scheduled"), ("Cancelled/Rescheduled", "cancelled"), ("Checked In Online", "arrived")],
)  # fmt: skip
def test_statuses_with_codes_and_marks(said: str, meant: str) -> None:
    assert [row.status for row in read(lines(changed(ANA, status=said))).rows] == [meant]


@pytest.mark.parametrize(
    ("first", "last", "read_as"),
    [("", "Suharti", "Suharti"), ("Suharti", "", "Suharti"), ("O", "Sun", "O Sun"), ("Sarah", "Null", "Sarah Null"),
     ("Hyejin", "Na", "Hyejin Na"), ("True", "No", "True No"), ("Jo", "N", "Jo N"), ("FNU", "Singh", "Singh"),
     ("O&#39;Neal", "D&eacute;j&agrave;", "O'Neal Déjà"), ("-", "Madonna", "Madonna")],
)  # fmt: skip
def test_names_that_software_takes_for_something_else(first: str, last: str, read_as: str) -> None:
    assert outcome(lines(changed(ANA, first_name=first, last_name=last))) == {"visits": [f"A1 {read_as} new"]}


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [("**VIP** Stone, Emma", "Emma", "Stone"), ("Doe, Jane (DECEASED)", "Jane", "Doe"),
     ("Fields, Mr. Al", "Al", "Fields"),
     ("Dr. Baker, Tom", "Tom", "Baker"), ("Smith, John, Jr", "John", "Smith Jr"),
     ("Smith Jr., John", "John", "Smith Jr."),
     ("James Smith Jr.", "James", "Smith Jr."), ("Smith III, Otis", "Otis", "Smith III"), ("Ng, Bo", "Bo", "Ng")],
)  # fmt: skip
def test_remarks_and_suffixes_in_names_are_handled_one_way(written: str, first: str, last: str) -> None:
    row = f'1,71,"{written}",03/14/1980,11/22/2026 9:05 AM,New,Scheduled'
    reading = read(lines(row, titles="Appt ID,MRN,Patient,DOB,Start,Type,Status"))
    assert [(each.first_name, each.last_name) for each in reading.rows] == [(first, last)]
    assert bool(reading.warnings) == any(each in written for each in ("VIP", "DEC", "Mr", "Dr"))


def test_names_without_a_comma_that_end_in_an_initial_are_asked_about() -> None:
    rows = ["1,71,SMITH JOHN A,", "2,72,GARCIA MARIA,"]
    data = lines(*(f"{row}03/14/1980,11/22/2026 9:05 AM,New,Scheduled" for row in rows),
                 titles="Appt ID,MRN,Patient,DOB,Start,Type,Status")  # fmt: skip
    (question,) = read(data).questions
    assert (question.about, question.found) == ("order of names", "SMITH JOHN A")
    known = read_schedule(data, replace(CONTEXT, answers={question.key: "last name first"}))
    assert [(row.first_name, row.last_name) for row in known.rows] == [("JOHN A", "SMITH"), ("MARIA", "GARCIA")]


@pytest.mark.parametrize("number", ["4E12", "0012301", "E12", "12E", "1E5", "000", "A-0042", "00-17"])
def test_chart_numbers_are_kept_as_they_are(number: str) -> None:
    (row,) = read(lines(changed(ANA, mrn=number))).rows
    assert row.mrn == number


def test_rows_that_all_slipped_by_one_empty_cell_are_wrong() -> None:
    slipped = changed(BO, status="", provider="Checked In", language="Chen, Wei MD") + ","
    assert "visits" not in outcome(lines(slipped, slipped))
