"""Files of offices that nobody here has seen: what is taken, what is said of it, and what is asked. No database."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from intake.directory.schedule.file.reader import read_schedule
from intake.directory.schedule.file.titles import place_of
from tests.directory.schedule.schedules import CONTEXT, lines, read
from tests.directory.schedule.sheets import MAIN, a_file, a_row, as_xlsx, table
from tests.making import npi


@pytest.mark.parametrize(
    "number", ["1234567890", "123456789", "0000000000", "2.00900E+09", "#REF!", "see notes", "9" * 400]
)
def test_a_bad_npi_never_costs_the_visit(number: str) -> None:
    reading = read(a_file(a_row(referring_npi=number)))
    assert [(row.referrer_name, row.referrer_npi) for row in reading.rows] == [("Okafor, Grace, MD", "")]
    assert [(note.row, note.column) for note in reading.warnings] == [(2, "Referring NPI")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("MuÃ±oz", "Muñoz"),
        ("MuÃƒÂ±oz", "Muñoz"),
        ("Oâ€™Brien", "O’Brien"),
        ("ZoÃ« BjÃ¶rk", "Zoë Björk"),
        ("NuÃ±ez", "Nuñez"),
    ],
)
def test_letters_encoded_twice_are_repaired_and_said(written: str, meant: str) -> None:
    whole = read(a_file(a_row(last_name=written, provider=f"{written}, A MD")))
    assert [(row.last_name, row.provider) for row in whole.rows] == [(meant, f"{meant}, A MD")]
    assert any("encoded twice" in note for note in whole.notes)
    # Beside letters that were encoded once, each cell is repaired by itself.
    mixed = read(a_file(a_row(last_name=written), a_row(appt_id="A2", mrn="9", first_name="José")))
    assert [(row.first_name, row.last_name) for row in mixed.rows] == [("Ana", meant), ("José", "Cruz")]
    assert [(note.row, note.column) for note in mixed.warnings] == [(2, "Last Name")]


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("rfrrng prvdr npi", "referrer_npi"),
        ("Refer Prov NPI", "referrer_npi"),
        ("Refg Phys NPI #", "referrer_npi"),
        ("Rfrrng Prvdr", "referrer_name"),
        ("Refg Phys", "referrer_name"),
        ("Refer by Dr", "referrer_name"),
        ("Rndrng Prvdr", "provider"),
        ("Who with", "provider"),
        ("Sched Prov Nm", "provider"),
        ("Kept Ind / Status", "status"),
        ("Appt Stat Cd", "status"),
        ("Enc State", "status"),
        ("Encounter Appt ID", "appointment_id"),
        ("Appmt Nbr", "appointment_id"),
        ("Sched Key", "appointment_id"),
        ("Patient Elation ID", "mrn"),
        ("Chrt Nbr", "mrn"),
        ("Pt Med Rec No.", "mrn"),
        ("Birth Dt", "birth_date"),
        ("Pt Birth Date", "birth_date"),
        ("Appt Beg Tm", "time"),
        ("Sched Start Dt", "day"),
        ("Appt Dt/Tm", "start"),
        ("Svc Dprtmnt", "location"),
        ("Appt Dept Nm", "location"),
        ("Appt Typ", "visit_type"),
        ("New Pt Ind", "visit_type"),
        ("Pt Cell Ph", "mobile"),
        ("Pt Frst Nm", "first_name"),
        # Somebody else's, or something else.
        ("Rendering Provider NPI", ""),
        ("Insurance Type", ""),
        ("Patient Insurance ID", ""),
        ("Primary Care Provider", ""),
        ("Appt End Tm", ""),
        ("Patient Status", ""),
        ("Home Phone", ""),
    ],
)
def test_a_title_is_known_by_its_words_and_their_abbreviations(title: str, key: str) -> None:
    assert place_of(title)[0] == key


BY_HAND = "Day,Time,Patient,DOB,Chart #,Cell,New?,Who with,Ref by"


def test_a_sheet_kept_by_hand_is_read() -> None:
    data = lines(
        '11/23/2026,9:05 AM,"Cruz, Ana",03/14/1980,00123,518-555-0123,Y,Dr Chen,Dr Grace Okafor', titles=BY_HAND
    )
    reading = read(data)
    assert reading.errors == []
    assert reading.questions == []
    assert [
        (row.appointment_id, row.visit_type, row.status, row.provider, row.referrer_name) for row in reading.rows
    ] == [("00123-20261123-0905", "new", "scheduled", "Dr Chen", "Dr Grace Okafor")]
    assert [note.split(":")[0] for note in reading.notes] == [
        "No column gives the appointment’s number",
        "No column gives the status",
    ]


@pytest.mark.parametrize(
    ("title", "choices"),
    [
        ("Ext. Ref", ("referring physician", "leave it out")),
        ("Outside Doc NPI", ("referring physician's NPI", "leave it out")),
        ("Referral Source", ("referring physician", "leave it out")),
    ],
)
def test_a_column_that_looks_like_the_referrers_is_asked_about(title: str, choices: tuple[str, ...]) -> None:
    data = lines(
        f"11/23/2026,9:05 AM,Ana Cruz,03/14/1980,00123,,Y,Dr Chen,{npi(900_001)}",
        titles=BY_HAND.replace("Ref by", title),
    )
    (question,) = read(data).questions
    assert (question.about, question.found, question.choices) == ("column", title, choices)
    context = replace(CONTEXT, answers={question.key: choices[0]})
    (row,) = read_schedule(data, context).rows
    assert npi(900_001) in (row.referrer_name, row.referrer_npi)


def test_two_columns_for_one_thing_are_asked_about() -> None:
    data = lines(
        "11/23/2026,9:05 AM,Ana Cruz,03/14/1980,00123,,Y,Dr Chen,Dr Okafor",
        titles=BY_HAND.replace("Cell", "Rndrng Prvdr"),
    )
    (question,) = read(data).questions
    assert question.choices == ("Rndrng Prvdr", "Who with")


@pytest.mark.parametrize("said", [("Cancelled", "Scheduled"), ("No Show", "Kept"), ("R/S", "Checked In")])
def test_a_column_that_says_statuses_under_no_such_title_is_asked_about(said: tuple[str, str]) -> None:
    rows = [f"11/23/2026,9:{at}5 AM,Ana Cruz,03/14/1980,00123,,Y,Dr Chen,{word}" for at, word in enumerate(said)]
    data = lines(*rows, titles=BY_HAND.replace("Ref by", "Remarks"))
    (question,) = read(data).questions
    assert (question.found, question.choices) == ("Remarks", ("status", "leave it out"))
    known = read_schedule(data, replace(CONTEXT, answers={question.key: "status"}))
    assert known.rows[0].status != "scheduled"


def starts_of(*times: str) -> list[str]:
    rows = [f"11/23/2026,{each},Ana Cruz,03/14/1980,001{at},,Y,Dr Chen," for at, each in enumerate(times)]
    reading = read(lines(*rows, titles=BY_HAND))
    assert reading.errors == []
    if reading.questions:
        return [question.about for question in reading.questions]
    return [f"{row.scheduled_at.astimezone(ZoneInfo('America/New_York')):%H:%M}" for row in reading.rows]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("800", "08:00"),
        ("0845A", "08:45"),
        ("915 AM", "09:15"),
        ("230p", "14:30"),
        ("1430", "14:30"),
        ("8.45", "08:45"),
        ("15h30", "15:30"),
        ("9h", "09:00"),
        ("9:00a", "09:00"),
        ("12:00 N", "12:00"),
        ("Noon", "12:00"),
        ("12 noon", "12:00"),
        ("08:20-08:40", "08:20"),
        ("1:30P", "13:30"),
    ],
)
def test_times_as_people_write_them(said: str, meant: str) -> None:
    assert starts_of(said) == [meant]


@pytest.mark.parametrize(
    ("times", "meant"),
    [
        (["8:30", "11:45", "1:00", "4:15"], ["08:30", "11:45", "13:00", "16:15"]),
        (["900", "115", "12:30"], ["09:00", "13:15", "12:30"]),
        (["9:00 AM", "4:15"], ["times"]),
        (["08:30", "04:15"], ["times"]),
        (["14:00", "4:15"], ["times"]),
        (["8:00", "6:30"], ["times"]),
        (["4:15"], ["times"]),
        (["9:00 AM", "4:15 AM"], ["09:00", "04:15"]),
        (["06:30", "14:00"], ["06:30", "14:00"]),
    ],
)
def test_a_time_without_am_and_pm_is_never_at_night_unasked(times: list[str], meant: list[str]) -> None:
    assert starts_of(*times) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Pending arrival", "scheduled"),
        ("LMOM", "scheduled"),
        ("R/S by patient", "cancelled"),
        ("Rescheduled per MD", "cancelled"),
        ("Pt bumped", "cancelled"),
        ("LWBS", "arrived"),
        ("Left w/o being seen", "arrived"),
        ("Late cancel", "cancelled"),
        ("DNKA", "no_show"),
        ("No call no show", "no_show"),
        ("No-Call/No-Show", "no_show"),
        ("Walk-in", "arrived"),
        ("In room", "arrived"),
        ("Ready", "arrived"),
        ("Billed", "completed"),
        ("Closed", "completed"),
    ],
)
def test_usual_words_for_statuses(said: str, meant: str) -> None:
    assert [row.status for row in read(a_file(a_row(status=said))).rows] == [meant]
    assert read(a_file(a_row(status=said))).questions == []


def test_a_letter_means_what_the_file_says_of_it_elsewhere() -> None:
    said = ["q - Checked Out", "q", "k - No Show", "k", "z"]
    reading = read(a_file(*(a_row(appt_id=f"A{at}", mrn=f"7{at}", status=each) for at, each in enumerate(said))))
    assert [row.status for row in reading.rows][:4] == ["completed", "completed", "no_show", "no_show"]
    assert [(question.about, question.found) for question in reading.questions] == [("status", "z")]


@pytest.mark.parametrize(
    "word",
    [
        "Infusion",
        "B12 Injection",
        "Nail care",
        "PFT only",
        "Allergy shot",
        "Nurse visit",
        "Lab",
        "BP check",
        "Post-op",
        "Suture removal",
        "Blood draw",
        "Flu shot",
        "Wound check",
        "Lab only visit 15 min",
    ],
)
def test_what_is_done_for_known_patients_only_is_not_asked_about(word: str) -> None:
    reading = read(a_file(a_row(visit_type=word)))
    assert ([row.visit_type for row in reading.rows], reading.questions) == (["established"], [])


@pytest.mark.parametrize("word", ["Care", "Check", "New infusion", "Removal", "Procedure"])
def test_what_may_be_a_first_visit_all_the_same_is_asked_about(word: str) -> None:
    assert [question.about for question in read(a_file(a_row(visit_type=word))).questions] == ["visit type"]


@pytest.mark.parametrize(
    ("types", "marks", "comes"),
    [
        (["Consult", "Procedure"], ["Y", "N"], ["new", "established"]),
        (["Consult", "Office visit"], ["Yes", ""], ["new", "established"]),
        (["New Pt", "F/U"], ["X", ""], ["new", "established"]),
        (["New Pt", "Consult"], ["N", "Y"], ["visit type"]),
        (["Consult", "Consult"], ["", ""], ["visit type"]),
    ],
)
def test_a_column_that_says_whether_the_patient_is_new_decides(
    types: list[str], marks: list[str], comes: list[str]
) -> None:
    titles = "Appt ID,MRN,Patient,DOB,Start,Visit Type,New Pt?,Status"
    rows = [
        f"A{at},7{at},Ana Cruz,03/14/1980,11/23/2026 9:05 AM,{kind},{mark},Scheduled"
        for at, (kind, mark) in enumerate(zip(types, marks, strict=True))
    ]
    reading = read(lines(*rows, titles=titles))
    asked = [question.about for question in reading.questions]
    assert (asked or [row.visit_type for row in reading.rows]) == comes


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("00000000", 25611, "00025611"),
        ("000-00-0000", 1234567, "001-23-4567"),
        ("&quot;MR&quot;000000", 42, "MR000042"),
        (r"00\-0000", 123, "00-0123"),
        ("000000", 12345678, "12345678"),
        ("0.00", 25611, "25611"),
        ("#,##0", 25611, "25611"),
        ("##-####", 25611, "2-5611"),
        ("General", 25611, "25611"),
    ],
)
def test_a_number_in_a_workbook_is_what_its_cell_shows(code: str, number: int, shown: str) -> None:
    styles = f'''<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="{code}"/></numFmts>
        <cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>'''
    cells: list[list[object]] = [list(each) for each in table([a_row()])]
    cells[1][1] = ("shown", number)
    assert [row.mrn for row in read(as_xlsx(cells, **{"xl/styles.xml": styles.encode()})).rows] == [shown]


@pytest.mark.parametrize(
    ("born", "meant"),
    [
        ("3/14/80", "1980-03-14"),
        ("14-Mar-51", "1951-03-14"),
        ("3-14-05", "2005-03-14"),
        ("12/31/26", "1926-12-31"),
        ("March 14, 15", "2015-03-14"),
        ("2/29/24 (2 y.o.)", "2024-02-29"),
        ("3/14/24 (102 y.o.)", "1924-03-14"),
        ("3/14/20", "2020-03-14"),
    ],
)
def test_a_birth_year_of_two_digits_is_decided_where_it_can_be(born: str, meant: str) -> None:
    reading = read(a_file(a_row(dob=born)))
    assert [str(row.birth_date) for row in reading.rows] == [meant]
    assert reading.questions == []


@pytest.mark.parametrize("born", ["3/14/24", "14-Mar-22", "3-14-21"])
def test_a_birth_year_of_either_century_is_asked_about_unless_the_row_tells(born: str) -> None:
    data = a_file(a_row(dob=born), a_row(dob=born, appt_id="A2", mrn="9"))
    (question,) = read(data).questions
    assert (question.about, question.found, question.rows) == ("date of birth", born, (2, 3))
    early, late = question.choices
    assert (early[:6], late[:6], early[6:8], late[6:8]) == ("03/14/", "03/14/", "19", "20")
    known = read_schedule(data, replace(CONTEXT, answers={question.key: late}))
    assert (known.rows[0].birth_date.year // 100, known.questions) == (20, [])
    child = read(a_file(a_row(dob=born, visit_type="New Pt Pediatric")))
    assert (child.rows[0].birth_date.year // 100, child.questions) == (20, [])
