"""Whole files as they arrive: their encodings, the systems they come from, workbooks, groups, titles twice.

As in test_what_arrives, whatever isn't said here didn't happen. No database.
"""

import csv
from collections.abc import Sequence

import pytest

from tests.directory.schedule.schedules import ANA, BO, BOTH, NOBODY, TITLES, changed, lines, outcome, read
from tests.directory.schedule.sheets import as_xlsx, workbook_with

ACCENTS = lines(changed(ANA, first_name="José", last_name="Muñoz"), changed(BO, first_name="Zoë", last_name="Renée"))
ACCENTED = {"visits": ["A1 José Muñoz new", "A2 Zoë Renée established"]}


@pytest.mark.parametrize(
    "data",
    [
        ACCENTS,
        b"\xef\xbb\xbf" + ACCENTS,
        ACCENTS.decode().encode("cp1252"),
        ACCENTS.decode().encode("mac_roman"),
        ACCENTS.replace(b"\n", b"\r").decode().encode("mac_roman"),
        ACCENTS.decode().encode("cp437"),
        ACCENTS.decode().encode("utf-16"),
        ACCENTS.decode().encode("utf-16-le"),
        ACCENTS.decode().encode("utf-16-be"),
        ACCENTS.decode().encode("utf-8").decode("cp1252").encode("utf-8"),
        ACCENTS.replace("Zoë".encode(), b"Zo\xeb"),
        ACCENTS.replace("Renée".encode(), b"Ren\xe9e"),
        ACCENTS.decode().replace("é", "&eacute;").encode(),
        ACCENTS.replace(b",", b";").replace(b"Chen; Wei", b"Chen, Wei"),
        ACCENTS.replace(b",", b"\t").replace(b"Chen\t Wei", b"Chen, Wei"),
        ACCENTS.replace(b",", b"|").replace(b"Chen| Wei", b"Chen, Wei"),
        ACCENTS.replace(b"\n", b"\r\n"),
        ACCENTS + b"\x1a",
    ],
    ids=["utf-8", "mark", "cp1252", "mac", "mac cr", "dos", "utf-16", "utf-16-le", "utf-16-be", "twice", "stray",
        "stray2",
         "entities", "semicolons", "tabs", "bars", "crlf", "ctrl-z"],
)  # fmt: skip
def test_accents_arrive_whole_in_any_encoding(data: bytes) -> None:
    comes = outcome(data)
    if "asked" in comes:
        # A page of DOS says too little of itself.
        assert [about for about, _ in comes.pop("asked")] == ["encoding"]
    assert comes == ACCENTED


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("Miloš", "cp1252"), ("Jörg", "mac_roman"), ("Łukasz", "cp1250"), ("Иванов", "cp1251"), ("Wałęsa", "cp1250")],
)
def test_letters_that_may_be_others_are_asked_about_or_refused(name: str, encoding: str) -> None:
    comes = outcome(lines(changed(ANA, first_name=name)).decode().encode(encoding))
    assert comes.get("asked") or comes["wrong"]


def test_the_days_first_is_asked_about_when_no_date_has_the_month_first() -> None:
    rows = [
        row.replace("11/23/2026", "23/11/2026").replace("03/14", "14/03").replace("07/02", "02/07") for row in (ANA, BO)
    ]
    assert outcome(lines(*rows)) == {"visits": BOTH, "asked": [("order of dates", "14/03/1980")]}


SYSTEMS = {
    "eClinicalWorks": (
        "Appointment Date,Appointment Start Time,Encounter ID,Visit Type,Visit Status,Patient Name,"
        "Patient Acct No,Patient DOB,"
        "Patient Cell Phone,Appointment Facility Name,Appointment Provider Name,Appointment Provider NPI,"
        "Appointment Referring Provider Name,Appointment Referring Provider NPI",
        '11/23/2026,9:05 AM,A1,NP : New Patient,CHK : Checked In,"Cruz, Ana",0012301,03/14/1980,518-555-0101,Riverside,'
        '"Chen, Wei",2009000011,"Okafor, Grace",',
    ),
    "athenahealth": (
        "prnt apptid,apptdate,apptstarttime,apptcheckintime,patientid,patient firstname,patient lastname,patientdob,"
        "svc dprtmnt,appttype,appt schdlng prvdr,apptslotstatus,apptcancelreason",
        "A1,11/23/2026,09:05 AM,,0012301,Ana,Cruz,03/14/1980,Riverside,New Patient,Chen_W,2 - Checked In,",
    ),
    "Tebra": (
        "ID,StartDate,EndDate,ConfirmationStatus,PatientID,PatientFullName,PatientDOB,AppointmentReason1,"
        "ServiceLocationName,ResourceName1",
        "A1,11/23/2026 9:05 AM,11/23/2026 9:35 AM,Confirmed,0012301,Ana Cruz,03/14/1980,New Patient,Riverside,"
        "Wei Chen MD",
    ),
    "Open Dental": (
        "AptNum,AptDateTime,PatNum,LName,FName,Birthdate,AptStatus,IsNewPatient,ProvAbbr,WirelessPhone",
        "A1,2026-11-23 09:05:00,0012301,Cruz,Ana,1980-03-14,Scheduled,1,DOC1,5185550101",
    ),
    "Epic": (
        "Appt Time,CSN,MRN,Patient,Birth Date,Visit Type,Appt Status,Provider/Resource,Department,"
        "Referring Provider,Pref Language",
        '11/23/2026 9:05 AM,A1,0012301,"Cruz, Ana",3/14/1980,NEW PATIENT [1001],Scheduled,"CHEN, WEI",'
        "RIVERSIDE VEIN,,English",
    ),
    "NextGen": (
        "Appt Date,Begin Time,Appt Nbr,Med Rec Nbr,Patient Last Name,Patient First Name,Date of Birth,Event,"
        "Appt Status,Resource",
        "11/23/2026,9:05 AM,A1,0012301,Cruz,Ana,03/14/1980,New Patient,Confirmed,Chen MD",
    ),
    "DrChrono": (
        "Appointment ID,Scheduled Time,Patient,Chart ID,Date of Birth,Status,Office,Doctor,Appointment Profile",
        "A1,2026-11-23T09:05:00,Ana Cruz,0012301,1980-03-14,Confirmed,Riverside,Wei Chen,New Patient",
    ),
    "Practice Fusion": (
        "Scheduled date/time,Appointment ID,Patient name,PRN,Date of birth,Appt. type,Status,Seen by provider",
        "11/23/2026 9:05 AM,A1,Ana Cruz,0012301,03/14/1980,New Patient,Confirmed,Wei Chen",
    ),
    "Dentrix": (
        "Appt Date,Appt Time,Appt #,Patient,Chart #,Birthdate,Phone,Provider,Op,Status,New Patient",
        '11/23/2026,9:05am,A1,"Cruz, Ana",0012301,03/14/1980,(518)555-0101,DDS1,OP-1,Confirmed,Y',
    ),
    "a day over the rows": (
        "Time,Appt ID,Patient Name,MRN,DOB,Type,Status",
        '9:05 AM,A1,"Cruz, Ana",0012301,03/14/1980,New Patient,Scheduled',
    ),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_exports_of_many_systems_are_read_with_their_own_titles(system: str) -> None:
    titles, row = SYSTEMS[system]
    above = b"Daily schedule for Monday, November 23, 2026\n\n" if system == "a day over the rows" else b""
    reading = read(above + lines(row, titles=titles))
    assert [str(each) for each in reading.errors] == []
    assert reading.questions == []
    (visit,) = reading.rows
    assert (visit.appointment_id, visit.mrn, visit.first_name, visit.last_name) == ("A1", "0012301", "Ana", "Cruz")
    assert (str(visit.birth_date), f"{visit.scheduled_at:%m/%d %H:%M}", visit.visit_type) == (
        "1980-03-14",
        "11/23 14:05",
        "new",
    )


def cells(*rows: str) -> list[list[object]]:
    return [list(row) for row in csv.reader([TITLES, *rows])]


def test_rows_hidden_in_a_workbook_are_asked_about() -> None:
    for hidden in ('hidden="1"', 'hidden="true"', 'ht="0" customHeight="1"'):
        data = workbook_with(cells(ANA, BO), rows={3: hidden})
        assert outcome(data) == {"visits": BOTH, "asked": [("hidden rows", "1 row is hidden in the sheet")]}
    assert outcome(workbook_with(cells(ANA, NOBODY[0], BO), rows={3: 'hidden="1"'})) == {"visits": BOTH, "out": [3]}


@pytest.mark.parametrize("flag", ["1", "true"])
def test_bare_numbers_of_days_count_from_the_workbooks_own_year(flag: str) -> None:
    table = cells(ANA)
    table[1][4], table[1][6] = 27832, 44887
    (row,) = read(workbook_with(table, properties=f'<workbookPr date1904="{flag}"/>')).rows
    assert (str(row.birth_date), f"{row.scheduled_at:%Y-%m-%d}") == ("1980-03-14", "2026-11-23")
    table[1][4], table[1][6] = 27832 + 1462, 44887 + 1462
    (row,) = read(as_xlsx(table)).rows
    assert (str(row.birth_date), f"{row.scheduled_at:%Y-%m-%d}") == ("1980-03-14", "2026-11-23")


def test_cells_merged_over_several_rows_are_said_of_each() -> None:
    table: list[Sequence[object]] = [*cells(ANA, changed(BO, provider="", appt_date=""))]
    data = workbook_with(
        table, after='<mergeCells count="2"><mergeCell ref="K2:K3"/><mergeCell ref="G2:G3"/></mergeCells>'
    )
    assert outcome(data) == {"visits": BOTH}
    assert [row.provider for row in read(data).rows] == ["Chen, Wei MD"] * 2


def test_what_a_spreadsheet_made_of_names_and_numbers() -> None:
    table = cells(ANA, BO)
    table[1][2], table[2][3] = True, True
    assert outcome(as_xlsx(table)) == {"visits": ["A1 True Cruz new", "A2 Bo True established"]}
    table = cells(ANA, BO)
    table[1][1] = ("date", 46023)
    assert outcome(as_xlsx(table)) == {"visits": BOTH[1:], "wrong": [(2, "MRN")]}


def test_a_workbook_with_two_sheets_of_visits_is_asked_about() -> None:
    data = workbook_with(cells(ANA), second=cells(BO))
    assert [about for about, _ in outcome(data)["asked"]] == ["sheet"]


def test_a_web_page_with_the_name_of_a_workbook_is_read() -> None:
    rows = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        for row in cells(ANA, changed(BO, last_name="N&uacute;&ntilde;ez"))
    )
    page = f"<html><head><style>td {{}}</style></head><body><h1>Schedule</h1><table>{rows}</table></body></html>"
    assert outcome(page.encode()) == {"visits": [BOTH[0], "A2 Bo Núñez established"]}


@pytest.mark.parametrize(
    ("values", "read_as"),
    [
        ({"dob": "3/14/1980 (46 y.o.)"}, ("Ana", "Cruz", "1980-03-14", "14:05")),
        ({"dob": "03/14/1980 46 yrs"}, ("Ana", "Cruz", "1980-03-14", "14:05")),
        ({"appt_time": "9:05 AM - 9:35 AM"}, ("Ana", "Cruz", "1980-03-14", "14:05")),
        ({"appt_time": "09:05-09:35"}, ("Ana", "Cruz", "1980-03-14", "14:05")),
        ({"appt_time": "9:05a"}, ("Ana", "Cruz", "1980-03-14", "14:05")),
        ({"appt_time": "0905"}, ("Ana", "Cruz", "1980-03-14", "14:05")),
        ({"last_name": "Cruz [0012301]"}, ("Ana", "Cruz", "1980-03-14", "14:05")),
        ({"appt_date": "23-Nov-26", "dob": "1980-03-14 00:00:00.000"}, ("Ana", "Cruz", "1980-03-14", "14:05")),
    ],
)
def test_what_systems_write_beside_the_value(values: dict[str, str], read_as: tuple[str, ...]) -> None:
    reading = read(lines(changed(ANA, **values)))
    assert [str(each) for each in reading.errors] == []
    (row,) = reading.rows
    assert (row.first_name, row.last_name, str(row.birth_date), f"{row.scheduled_at:%H:%M}") == read_as


def test_a_span_that_does_not_say_in_which_half_of_the_day_it_begins_is_wrong() -> None:
    assert outcome(lines(changed(ANA, appt_time="11:30 - 12:15 PM"), BO)) == {
        "visits": BOTH[1:],
        "wrong": [(2, "Appt Time")],
    }


def test_a_line_that_names_the_delimiter_is_a_line() -> None:
    data = b"sep=;\n" + lines(ANA, changed(BO, dob="never")).replace(b",", b";").replace(b"Chen; Wei", b"Chen, Wei")
    assert outcome(data) == {"visits": BOTH[:1], "wrong": [(4, "DOB")]}


def test_words_in_the_column_of_numbers_are_a_warning() -> None:
    reading = read(
        lines(
            *(
                changed(ANA, appt_id=f"A{at}", referring_npi=said)
                for at, said in enumerate(("Okafor", "pending", "2.009E+09"))
            )
        )
    )
    assert len(reading.rows) == 3
    assert [each.column for each in reading.warnings] == ["Referring NPI"] * 3


def test_titles_in_another_order_halfway_down_are_not_read_over() -> None:
    turned = TITLES.replace("Appt ID,MRN", "MRN,Appt ID")
    assert outcome(lines(ANA, turned, BO)) == {"visits": BOTH[:1], "out": [3], "wrong": [4]}


@pytest.mark.parametrize(
    ("first", "last"), [("TEST", "PATIENT"), ("ZZTest", "ZZPatient"), ("", "Test2"), ("Dummy", "Test")]
)
def test_a_test_patient_is_asked_about(first: str, last: str) -> None:
    asked = [("test patient", f"{first} {last}".strip())]
    assert outcome(lines(changed(ANA, first_name=first, last_name=last), BO))["asked"] == asked
    assert "asked" not in outcome(lines(changed(ANA, last_name="Test")))


def test_a_provider_over_a_group_is_that_of_its_rows_without_one() -> None:
    rows = [
        '"Provider: Okoye, Ada NP"',
        changed(ANA, provider=""),
        "Provider: Rivers Jo MD",
        BO,
        changed(BO, appt_id="A3", provider=""),
    ]
    assert [row.provider for row in read(lines(*rows)).rows] == ["Okoye, Ada NP", "Chen, Wei MD", "Rivers Jo MD"]


def test_rows_under_the_heading_of_another_location_are_wrong() -> None:
    assert outcome(lines(ANA, "Location: Northside Clinic", BO)) == {
        "visits": BOTH[:1],
        "out": [3],
        "wrong": [(4, "location")],
    }


def test_delimiters_inside_a_title_line_do_not_matter() -> None:
    assert outcome(b'"Riverside; Vein | Daily, Schedule"\n\n' + lines(ANA, BO)) == {"visits": BOTH, "out": [1]}
