"""What a schedule file may look like, and what is said about one that can't be read. No database."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from intake.directory.schedule.file.schedule_row import ScheduleRow
from tests.directory.schedule.schedules import only_error, only_row, read
from tests.directory.schedule.sheets import COLUMNS, ROW, a_file, a_row, as_csv, as_xlsx, rows_of, table


def test_every_column_is_read() -> None:
    row = only_row(a_file())
    assert row == ScheduleRow(
        row=2,
        appointment_id="A1",
        mrn="00123",
        first_name="Ana",
        last_name="Cruz",
        birth_date=date(1980, 3, 14),
        scheduled_at=datetime(2026, 11, 22, 14, 5, tzinfo=UTC),
        visit_type="new",
        status="scheduled",
        mobile_e164="+15185550123",
        provider="Chen, Wei MD",
        language="es",
        referrer_name="Okafor, Grace, MD",
        referrer_npi=ROW["Referring NPI"],
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_any_delimiter_and_encoding(delimiter: str, encoding: str) -> None:
    cells = table([a_row(first_name="Zoë 🌻", last_name="محمد")])
    row = only_row(as_csv(cells, delimiter, encoding))
    assert (row.first_name, row.last_name) == ("Zoë 🌻", "محمد")


def test_windows_1252_is_read_and_said() -> None:
    reading = read(as_csv(table([a_row(last_name="Núñez’s")]), encoding="cp1252"))
    assert reading.rows[0].last_name == "Núñez’s"
    assert "Windows-1252" in reading.described


def test_a_workbook_is_read_whatever_its_name_says() -> None:
    row = only_row(as_xlsx(table([a_row(first_name="Zoë 🌻")])))
    assert (row.first_name, row.mrn, row.scheduled_at.hour) == ("Zoë 🌻", "00123", 14)


def test_a_workbooks_own_dates_and_numbers_are_read() -> None:
    cells: list[list[object]] = [list(line) for line in table([ROW])]
    day = (date(1980, 3, 14) - date(1899, 12, 30)).days
    start = (date(2026, 11, 22) - date(1899, 12, 30)).days + 9.0834 / 24
    cells[1][COLUMNS.index("DOB")] = ("date", day)
    cells[1][COLUMNS.index("Start")] = ("date", start)
    cells[1][COLUMNS.index("MRN")] = 123
    cells[1][COLUMNS.index("Referring NPI")] = int(ROW["Referring NPI"])
    row = only_row(as_xlsx(cells))
    assert (row.birth_date, row.mrn, row.referrer_npi) == (date(1980, 3, 14), "123", ROW["Referring NPI"])
    assert row.scheduled_at == datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
    cells[1][COLUMNS.index("DOB")] = day
    cells[1][COLUMNS.index("Start")] = start
    assert only_row(as_xlsx(cells)).scheduled_at == row.scheduled_at


@pytest.mark.parametrize(
    "titles",
    [
        "appointment_id,medical record number,FIRST_NAME,LastName,Date of Birth,mobile,START,type,status,provider,"
        "language,referring physician,referring physician npi",
        "Appt #,Chart No.,Patient First Name,Patient Last Name,DOB (MM/DD/YYYY),Cell Phone,Appt Date/Time,"
        "Appointment Type,Appt Status,Rendering Provider,Preferred Language,Referring Provider,Ref. Provider NPI",
        "  Visit ID ,Patient ID,Pt First,Pt Last,Birth Date,Mobile #,Scheduled At,Visit Type,Visit Status,Resource,"
        "Lang,Referred By,NPI",
    ],
)
def test_titles_as_systems_write_them(titles: str) -> None:
    reading = read(as_csv(table([ROW], titles.split(","))))
    assert [str(error) for error in reading.errors] == []
    assert reading.ignored == ()
    assert reading.rows[0].referrer_npi == ROW["Referring NPI"]


def test_a_bare_npi_away_from_the_referring_physician_is_the_providers_own() -> None:
    titles = ["NPI" if title == "Cell Phone" else title for title in COLUMNS[:-1]] + ["Copay"]
    reading = read(as_csv([titles, [ROW[title] for title in COLUMNS]]))
    assert reading.errors == []
    assert reading.ignored == ("NPI", "Copay")
    assert reading.rows[0].referrer_npi == ""


def test_all_missing_columns_are_named_at_once() -> None:
    reading = read(b"MRN,First Name,Eye colour\n1,Ana,green\n")
    named = [error.column for error in reading.errors]
    assert named == ["last name", "date of birth", "type of visit", "start of the appointment"]
    assert "MRN, First Name, Eye colour" in str(reading.errors[0])
    assert all(error.row == 1 for error in reading.errors)


def test_a_column_that_stands_twice_is_refused() -> None:
    assert "this column twice, as B and N" in only_error(as_csv(table([ROW], [*COLUMNS, "MRN"])))


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("Cruz, Ana Maria", ("Ana Maria", "Cruz")),
        ("Ana Cruz", ("Ana", "Cruz")),
        ("de la Cruz, Ana", ("Ana", "de la Cruz")),
    ],
)
def test_one_column_with_both_names(name: str, names: tuple[str, str]) -> None:
    titles = [title for title in COLUMNS if title not in ("First Name", "Last Name")]
    row = only_row(as_csv([[*titles, "Patient Name"], [*(ROW[title] for title in titles), name]]))
    assert (row.first_name, row.last_name) == names


@pytest.mark.parametrize(
    "start",
    [
        "11/22/2026 9:05 AM",
        "11/22/2026 09:05",
        "11/22/26 9:05am",
        "2026-11-22 09:05:00",
        "2026-11-22T09:05",
        "2026-11-22T09:05:00-05:00",
        "2026-11-22T14:05:00Z",
        "2026-11-22 14:05:00+00:00",
        "22-Nov-2026 9:05 a.m.",
        "Nov 22, 2026 9:05 AM",
        "Sunday, November 22, 2026 at 9:05 AM",
        "11/22/2026 9:05:00 AM EST",
        "20261122T0905".replace("T0905", " 09:05"),
    ],
)
def test_the_start_in_one_column(start: str) -> None:
    assert only_row(a_file(a_row(start=start))).scheduled_at == datetime(2026, 11, 22, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "wall"),
    [("11/22/2026", "9:05 AM"), ("2026-11-22", "09:05"), ("11/22/2026 0:00", "0905"), ("22-Nov-26", "9:05:00 AM")],
)
def test_the_start_in_two_columns(day: str, wall: str) -> None:
    titles = [title for title in COLUMNS if title != "Start"]
    row = only_row(as_csv([[*titles, "Appt Date", "Appt Time"], [*(ROW[title] for title in titles), day, wall]]))
    assert row.scheduled_at == datetime(2026, 11, 22, 14, 5, tzinfo=UTC)


def test_the_start_is_on_the_locations_clocks_in_summer_and_winter() -> None:
    assert only_row(a_file(a_row(start="07/01/2026 9:00 AM"))).scheduled_at.hour == 13
    assert only_row(a_file(a_row(start="12/01/2026 9:00 AM"))).scheduled_at.hour == 14
    # 2:30 doesn't exist on that night; 1:30 exists twice and the first one is meant.
    assert only_row(a_file(a_row(start="03/08/2026 2:30 AM"))).scheduled_at == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert only_row(a_file(a_row(start="11/01/2026 1:30 AM"))).scheduled_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *((word, "new") for word in ("New", "NP", "New Patient", "New Pt - Consult", "new patient visit (60)", "NPV")),
        *(
            (word, "established")
            for word in ("Est", "established", "Follow Up", "F/U", "RPV", "Post-op", "Est - New Problem")
        ),
        ("Ultrasound", "established"),
        ("ULTRASOUND", "established"),
    ],
)
def test_types_of_visit(said: str, meant: str) -> None:
    assert only_row(a_file(a_row(visit_type=said))).visit_type == meant


@pytest.mark.parametrize(("said", "meant"), [("Yes", "new"), ("y", "new"), ("No", "established"), ("N", "established")])
def test_a_column_that_says_whether_the_patient_is_new(said: str, meant: str) -> None:
    titles = ["New Patient?" if title == "Visit Type" else title for title in COLUMNS]
    assert only_row(as_csv(table([a_row(visit_type=said)], titles))).visit_type == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *((word, "scheduled") for word in ("Scheduled", "CONFIRMED", "Not Arrived", "Booked", "Left Message")),
        *((word, "arrived") for word in ("Checked In", "checked-in", "Arrived", "In Room")),
        *((word, "completed") for word in ("Completed", "Kept", "Checked Out", "seen")),
        *((word, "cancelled") for word in ("Cancelled", "Canceled", "Cancelled by patient", "Rescheduled", "CXL")),
        *((word, "no_show") for word in ("No Show", "NO-SHOW", "noshow", "No Show (charged)")),
    ],
)
def test_statuses(said: str, meant: str) -> None:
    assert only_row(a_file(a_row(status=said))).status == meant


def test_identifiers_keep_their_zeros_and_lose_a_spreadsheets_wrapping() -> None:
    assert only_row(a_file(a_row(mrn='="00123"', appt_id="'0042"))).mrn == "00123"
    assert only_row(a_file(a_row(mrn="00123.0"))).mrn == "00123"
    assert only_row(a_file(a_row(last_name="Null"))).last_name == "Null"


def test_rows_that_are_no_appointments_are_left_out_and_named() -> None:
    cells = [["Daily schedule"], ["Printed 11/22/2026"], [], *table(rows_of(2)), [], list(COLUMNS), ["Total: 2"]]
    reading = read(as_csv(cells))
    assert len(reading.rows) == 2
    assert [row.row for row in reading.rows] == [5, 6]
    assert "titles were found in row 4" in reading.notes[0]
    assert "rows 8 and 9" in reading.notes[1]
    assert [each.row for each in reading.left_out] == [1, 2, 8, 9]


def test_a_line_break_inside_a_cell_counts_as_one_row() -> None:
    rows = rows_of(3)
    rows[0]["Provider"] = "Chen,\nWei"
    rows[2]["DOB"] = "never"
    reading = read(a_file(*rows))
    assert [error.row for error in reading.errors] == [4]


def test_what_can_be_done_without_is_a_warning() -> None:
    reading = read(a_file(a_row(cell_phone="12", language="Klingon")))
    assert [warning.column for warning in reading.warnings] == ["Cell Phone", "Language"]
    assert (reading.rows[0].mobile_e164, reading.rows[0].language) == (None, None)


@pytest.mark.parametrize(
    ("values", "found", "expected"),
    [
        ({"dob": "02/30/1980"}, "“02/30/1980”", "a day that exists"),
        ({"dob": "13/02/1980"}, "“13/02/1980”", "a day that exists, month first"),
        ({"dob": "05.11.1980"}, "“05.11.1980”", "can only mean one day"),
        ({"dob": "03/14/2030"}, "“03/14/2030”", "isn't in the future"),
        ({"dob": "03/14/1899"}, "“03/14/1899”", "after 1900"),
        ({"dob": ""}, "nothing", "a date such as"),
        ({"dob": "29294"}, "“29294”", "day number"),
        ({"dob": "0000-00-00"}, "“0000-00-00”", "a day that exists"),
        ({"start": "soon"}, "“soon”", "a date such as"),
        ({"start": "11/22/2026"}, "“11/22/2026”", "the time too"),
        ({"start": "11/22/2026 25:00"}, "“11/22/2026 25:00”", "a time such as"),
        ({"start": "11/22/1926 9:00 AM"}, "1926", "a day between 2000 and 2031"),
        ({"start": "11/22/2026 9:00 AM PST"}, "PST", "the location's own time"),
        ({"start": "0001-01-01T00:30:00+14:00"}, "0001", "a"),
        ({"mrn": "1.23457E+11"}, "“1.23457E+11”", "the whole number"),
        ({"mrn": ""}, "nothing", "the chart number"),
        ({"mrn": "N/A"}, "“N/A”", "the chart number"),
        ({"appt_id": "x" * 61}, "(61 characters)", "at most 60"),
        ({"first_name": "x" * 10_000}, "(10,000 characters)", "at most 80"),
        ({"first_name": "123"}, "“123”", "a name"),
        ({"last_name": "#REF!"}, "“#REF!”", "last name"),
        ({"last_name": "a\x07b"}, "control characters", "typed"),
    ],
)
def test_a_wrong_cell_is_told_with_row_column_found_and_expected(
    values: dict[str, str], found: str, expected: str
) -> None:
    rows = rows_of(20)
    rows[15] = a_row(**({"appt_id": "A16", "mrn": "00016"} | values))
    error = only_error(a_file(*rows))
    column = next(title for title in COLUMNS if title.lower().replace(" ", "_") == next(iter(values)))
    assert error.startswith(f"Row 17, {column}: found ")
    assert found in error
    assert expected in error.split("expected ")[1]


def test_rows_that_contradict_each_other() -> None:
    twice = read(a_file(a_row(), a_row(start="11/23/2026 10:00 AM"), *rows_of(3)[1:]))
    assert [str(error) for error in twice.errors] == [
        "Row 2, Appt ID: found “A1”, which stands in row 3 too with something else; expected every appointment once.",
        "Row 3, Appt ID: found “A1”, which stands in row 2 too with something else; expected every appointment once.",
    ]
    assert [row.row for row in twice.rows] == [4, 5]
    born = read(a_file(a_row(), a_row(appt_id="A2", dob="03/15/1980")))
    assert "03/15/1980 for chart number “00123”, which has 03/14/1980 in row 2" in str(born.errors[1])
    assert born.rows == []


def test_a_row_of_another_location_is_refused() -> None:
    cells = [[*COLUMNS, "Facility"], [*ROW.values(), "Northside Clinic"]]
    assert "Row 2, Facility" in only_error(as_csv(cells))
    cells[1][-1] = "Somewhere"
    assert read(as_csv(cells)).errors == []


def test_an_unquoted_comma_is_told_as_what_it_is() -> None:
    line = ",".join(ROW.values())
    assert "a cell that holds the delimiter" in only_error(f"{','.join(COLUMNS)}\n{line}\n".encode())


def test_the_example_in_the_documentation_is_read() -> None:
    text = (Path(__file__).parents[3] / "docs" / "schedule-file.md").read_text(encoding="utf-8")
    reading = read(text.split("```csv\n")[1].split("```")[0].encode())
    assert (reading.errors, reading.warnings, reading.ignored) == ([], [], ())
    assert [row.status for row in reading.rows] == ["arrived", "scheduled", "no_show"]
