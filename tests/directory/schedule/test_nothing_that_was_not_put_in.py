"""Files built from visits with noise: the visits come out equal, or the file or row is refused or asked about.

Nothing comes out that wasn't put in. No database.
"""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from intake.directory.schedule.file.schedule_row import ScheduleRow
from tests.directory.schedule.schedules import read
from tests.directory.schedule.sheets import workbook_with
from tests.directory.schedule.test_what_arrives import NOBODY
from tests.making import npi

TITLES = [
    "Appt ID",
    "MRN",
    "First Name",
    "Last Name",
    "DOB",
    "Cell Phone",
    "Appt Date",
    "Appt Time",
    "Visit Type",
    "Status",
]
TITLES += ["Provider", "Language", "Referring Physician", "Referring NPI"]
NEW_YORK = ZoneInfo("America/New_York")
NAMES = [
    "Ana",
    "José",
    "Zoë",
    "Muñoz",
    "O",
    "Null",
    "Na",
    "Lane",
    "De la Cruz",
    "Renée",
    "McDonald",
    "True",
    "Günther",
    "Lind",
]
TYPES = {"New Pt - Consult": "new", "NP": "new", "New": "new", "Est": "established", "F/U": "established"}
STATUSES = {"Scheduled": "scheduled", "Checked In": "arrived", "x - Cancelled": "cancelled", "No Show": "no_show"}
# But for headings, which say something of the rows below them.
NOISE = [row for row in NOBODY if not row.strip('"').startswith(("Provider", "Chen", "Location"))]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"]


@dataclass(frozen=True)
class Put:
    """A visit that is put into a file."""

    number: int
    first_name: str
    last_name: str
    birth_date: date
    start: datetime
    kind: str
    status: str
    provider: str
    language: str
    referrer: str
    npi: str

    def cells(self) -> list[str]:
        return [
            f"A{self.number}", f"00{self.number:03}", self.first_name, self.last_name, f"{self.birth_date:%m/%d/%Y}",
            f"(518) 555-{100 + self.number:04}", f"{self.start:%m/%d/%Y}", f"{self.start:%I:%M %p}", self.kind,
            self.status, self.provider, self.language, self.referrer, self.npi,
        ]  # fmt: skip


def what(row: ScheduleRow) -> tuple[Any, ...]:
    """What a visit that came out says."""
    return (
        row.appointment_id, row.mrn, row.first_name, row.last_name, row.birth_date, row.scheduled_at, row.visit_type,
        row.status, row.mobile_e164, row.provider, row.language, row.referrer_name, row.referrer_npi,
    )  # fmt: skip


def as_it_should(put: Put) -> tuple[Any, ...]:
    return (
        f"A{put.number}", f"00{put.number:03}", put.first_name, put.last_name, put.birth_date,
        put.start.replace(tzinfo=NEW_YORK).astimezone(UTC), TYPES[put.kind], STATUSES[put.status],
        f"+1518555{100 + put.number:04}", put.provider, {"English": "en", "Spanish": "es"}.get(put.language),
        put.referrer, put.npi,
    )  # fmt: skip


@st.composite
def visits(draw: st.DrawFn) -> list[Put]:
    return [
        Put(
            number,
            draw(st.sampled_from(NAMES)),
            draw(st.sampled_from(NAMES)),
            draw(st.dates(date(1930, 1, 1), date(2026, 1, 1))),
            datetime.combine(draw(st.dates(date(2026, 11, 1), date(2026, 12, 20))), time(draw(st.integers(7, 18)), 5)),
            draw(st.sampled_from(sorted(TYPES))),
            draw(st.sampled_from(sorted(STATUSES))),
            draw(st.sampled_from(["Chen, Wei MD", "Okoye, Ada NP", ""])),
            draw(st.sampled_from(["English", "Spanish", ""])),
            *draw(st.sampled_from([("", ""), ("Okafor, Grace MD", npi(900_001)), ("Lindqvist, Mara", "")])),
        )
        for number in range(1, draw(st.integers(1, 6)) + 1)
    ]


def slipped(draw: st.DrawFn, cells: list[str]) -> list[str] | str:
    """A row with a cell too many or too few, or as a line whose comma isn't quoted."""
    # But for the last one: that a cell is left off at the end can't be seen.
    at = draw(st.integers(0, len(cells) - 2))
    match draw(st.sampled_from(["more", "fewer", "unquoted"])):
        case "more":
            return [*cells[:at], "", *cells[at:]]
        case "fewer":
            return [*cells[:at], *cells[at + 1 :]]
    return ",".join(cells)


def written(rows: list[list[str] | str], delimiter: str) -> str:
    text = io.StringIO()
    for row in rows:
        if isinstance(row, str):
            text.write(row.replace(",", delimiter) + "\n")
        else:
            csv.writer(text, delimiter=delimiter, lineterminator="\n").writerow(row)
    return text.getvalue()


@settings(max_examples=250, deadline=None)
@given(st.data(), visits())
def test_text_with_noise_brings_out_what_was_put_in_or_says_so(data: st.DataObject, put: list[Put]) -> None:
    rows: list[list[str] | str] = []
    damaged: set[int] = set()
    for each in put:
        if data.draw(st.integers(0, 3)) == 0:
            rows.append(next(csv.reader([data.draw(st.sampled_from(NOISE))])))
        cells: list[str] | str = each.cells()
        if data.draw(st.integers(0, 5)) == 0:
            damaged.add(each.number)
            cells = data.draw(st.composite(slipped)(each.cells()))
        rows.append(cells)
        if data.draw(st.integers(0, 5)) == 0:
            rows.append(cells)
    above: list[list[str] | str] = data.draw(st.sampled_from([[], [["Schedule for Riverside"]], [["Schedule"], []]]))
    delimiter, end = data.draw(st.sampled_from([",", ";", "\t", "|"])), data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = written([*above, TITLES, *rows], delimiter).replace("\n", end)
    reading = read(text.encode(data.draw(st.sampled_from(ENCODINGS))))
    _compare(put, damaged, reading)


@settings(max_examples=60, deadline=None)
@given(st.data(), visits(), st.booleans(), st.booleans())
def test_workbooks_of_both_date_systems_bring_out_what_was_put_in(
    data: st.DataObject, put: list[Put], since_1904: bool, typed: bool
) -> None:
    epoch = date(1904, 1, 1) if since_1904 else date(1899, 12, 30)
    table: list[list[object]] = [list(TITLES)]
    for each in put:
        cells: list[object] = list(each.cells())
        for title, day in (("DOB", each.birth_date), ("Appt Date", each.start.date())):
            number = (day - epoch) // timedelta(days=1)
            cells[TITLES.index(title)] = ("date", number) if typed else number
        table.append(cells)
        if data.draw(st.integers(0, 3)) == 0:
            table.append(list(next(csv.reader([data.draw(st.sampled_from(NOISE))]))))
    properties = '<workbookPr date1904="1"/>' if since_1904 else ""
    _compare(put, set(), read(workbook_with(table, properties=properties)))


def _compare(put: list[Put], damaged: set[int], reading: Any) -> None:
    should = {each.number: as_it_should(each) for each in put}
    if reading.refused or any(each.about in ("encoding", "order of dates") for each in reading.questions):
        return
    came = [what(row) for row in reading.rows]
    assert len(set(came)) == len(came)
    assert [each for each in came if each not in should.values()] == []
    assert [should[number] for number in should if number not in damaged and should[number] not in came] == []
    wrong = {problem.row for problem in reading.errors}
    assert len(came) + len(wrong) >= len(put) or reading.questions
