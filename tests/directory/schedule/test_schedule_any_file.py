"""Files that are no schedule, hostile ones, and any bytes at all: read or refused, with little work. No database."""

import re
import tracemalloc
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.directory.schedule.file.sheet import workbooks
from intake.directory.schedule.file.titles import TITLES, squeezed
from tests.directory.schedule.schedules import only_row, read
from tests.directory.schedule.sheets import COLUMNS, MAIN, a_file, a_row, as_csv, as_xlsx, rows_of, table, workbook_of
from tests.steps import steps

FAR_CORNER = b'<c r="XFD1048576"><v>1</v></c>'
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        (b"\xef\xbb\xbf", "an empty file"),
        (b"\n\n \n", "an empty file"),
        (b"\0" * 1000, "an empty file"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old kind (.xls)"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"<html><body><p>MRN</p>", "a web page"),
        (b"MRN,DOB\n1,\x00\x01\x02" + b"\x00" * 20 + b"\n", "NUL characters"),
        (b"x" * 3_000_000, "a line of 3,000,000 characters"),
        (b"BEGIN:VCALENDAR\nVERSION:2.0\n", "a calendar"),
        (b'[{"MRN": "1"}]', "JSON"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Table></Table>',
            "an XML Spreadsheet",
        ),
        (b"hello\nworld\n", "no column title that Intake knows"),
        (b'"MRN,DOB\n', "never closed"),
        (as_csv([COLUMNS]), "column titles and no appointments"),
        (b"," * 400 + b"\n", "401 columns"),
        (b"1\n" * 30_000, "more than 20,000 rows"),
        (workbook_of(SHEET % b""), "nothing in it"),
        (workbook_of(SHEET % (b'<row r="1048576">' + FAR_CORNER + b"</row>")), "reaches to row 1,048,576"),
        (workbook_of(b"not xml at all"), "damaged"),
        (workbook_of(SHEET % b"", **{"xl/media/image1.bin": b"\0" * 40_000_000}), "far more than a schedule"),
        (as_xlsx(table(rows_of(2)))[:-200], "damaged"),
    ],
)
def test_a_file_that_is_no_schedule_is_refused_with_one_sentence(data: bytes, said: str) -> None:
    reading = read(data)
    assert reading.rows == []
    assert said in str(reading.errors[0])


def test_a_row_of_a_long_schedule_takes_no_more_steps_than_one_of_a_short_schedule() -> None:
    assert len(read(a_file(*rows_of(5_000))).rows) == 5_000
    short, long = a_file(*rows_of(100)), a_file(*rows_of(400))
    assert steps(lambda: read(long)) < 4.1 * steps(lambda: read(short))


HEAD = b"".join(b'<c t="inlineStr"><is><t>%s</t></is></c>' % title.encode() for title in COLUMNS)
LONG_TEXT = b'<sst xmlns="%s"><si><t>%s</t></si></sst>' % (MAIN.encode(), b"x" * 32_000)
SAID_OFTEN = b"<row>" + b'<c t="s"><v>0</v></c>' * 250 + b"</row>"


def many_sheets(count: int) -> bytes:
    """Sheets by the hundred that are all one part of the archive."""
    listed = "".join(f'<sheet name="S{number}" sheetId="{number}" r:id="rId1"/>' for number in range(1, count + 1))
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>'
    return workbook_of(SHEET % (b"<row>" + HEAD + b"</row>"), **{"xl/workbook.xml": book.encode()})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (workbook_of(SHEET % (SAID_OFTEN * 40), **{"xl/sharedStrings.xml": LONG_TEXT}), "say far more"),
        (workbook_of(SHEET % (b"<row>" + b"<c/>" * 9_000 + b"</row>" + b"<row/>" * 9_000)), "reaches to row 9,001"),
        (workbook_of(SHEET % (b'<row><c r="IZ1"/>' + b"<c/>" * 90 + b"</row>" + b"<row/>" * 9_000)), "reaches to row"),
        (many_sheets(400), "more than 50 sheets"),
    ],
    ids=["one text said often", "cells without a place", "cells after a place", "one part as many sheets"],
)
def test_a_file_that_becomes_far_more_than_it_is_is_refused_before_it_does(data: bytes, said: str) -> None:
    assert len(data) < 100_000
    tracemalloc.start()
    reading = read(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not reading.rows
    assert said in str(reading.errors[0])
    assert most < 64 * 1024 * 1024


def test_a_workbook_that_blows_up_all_the_same_ends_its_own_process_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("MOST_CELLS", "MOST_TEXT_BYTES"):
        monkeypatch.setattr(workbooks, limit, 10**12)
    said_more_often = workbook_of(SHEET % (SAID_OFTEN * 400), **{"xl/sharedStrings.xml": LONG_TEXT})
    for blown_up in (said_more_often, workbook_of(SHEET % (b'<row r="1048576">' + FAR_CORNER + b"</row>"))):
        # The reader may call the memory that it isn't given a fault of the file.
        assert re.search("far more than a schedule|damaged", str(read(blown_up).errors[0]))


def test_a_sheet_is_looked_at_wherever_it_lies_in_the_archive() -> None:
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="media/a.png"/>'
        "</Relationships>"
    )
    corner = SHEET % (b'<row r="1048576">' + FAR_CORNER + b"</row>")
    data = workbook_of(SHEET % b"", **{"xl/_rels/workbook.xml.rels": rels.encode(), "xl/media/a.png": corner})
    assert "reaches to row 1,048,576" in str(read(data).errors[0])


@pytest.mark.parametrize(
    "column", ["dob", "start", "visit_type", "status", "cell_phone", "language", "referring_npi", "mrn"]
)
@pytest.mark.parametrize("text", ["1" * 100_000, "1/" * 50_000, "a " * 50_000, "(" * 100_000, "9:" * 50_000])
def test_hostile_cells_take_no_more_steps_than_usual_ones(column: str, text: str) -> None:
    usual, hostile = a_file(a_row()), a_file(a_row(**{column: text}))
    read(usual), read(hostile)  # Some of what is looked up is kept.
    assert steps(lambda: read(hostile)) < 3 * steps(lambda: read(usual))


def test_no_two_columns_claim_one_title() -> None:
    titles = [squeezed(name) for names in TITLES.values() for name in names.split()]
    assert len(titles) == len(set(titles))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    reading = read(data)
    assert reading.errors or reading.rows


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([title.lower().replace(" ", "_") for title in COLUMNS]),
        st.one_of(
            st.text(max_size=40),
            st.from_regex(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}( \d{1,2}:\d\d( [AP]M)?)?", fullmatch=True),
        ),
        max_size=4,
    )
)
def test_any_cells_are_read_or_told_with_their_row(values: dict[str, str]) -> None:
    reading = read(a_file(a_row(**values)))
    assert len(reading.rows) == 1 or reading.errors
    assert all(error.found and error.expected for error in reading.errors)


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2026, 11, 22)))
def test_every_way_of_writing_a_day_means_that_day(day: date) -> None:
    for written in (
        f"{day:%m/%d/%Y}",
        f"{day.month}/{day.day}/{day.year}",
        f"{day:%Y-%m-%d}",
        f"{day:%d-%b-%Y}",
        f"{day:%Y%m%d}",
    ):
        assert only_row(a_file(a_row(dob=written))).birth_date == day
