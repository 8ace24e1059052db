"""Reading one schedule file in a test: a practice in New York on one fixed day; small files of two patients."""

import csv
from datetime import date

from intake.directory.schedule.file.context import ReadingContext
from intake.directory.schedule.file.places import Places
from intake.directory.schedule.file.reader import ScheduleFile, read_schedule
from intake.directory.schedule.file.schedule_row import ScheduleRow
from tests.directory.schedule.sheets import a_file, a_row

CONTEXT = ReadingContext(
    time_zone="America/New_York",
    today=date(2026, 11, 22),
    learned_types={"ultrasound": "established"},
    places=Places("Riverside", frozenset({"main", "riverside"}), frozenset({"north", "northside clinic"})),
)


def read(data: bytes) -> ScheduleFile:
    return read_schedule(data, CONTEXT)


def only_row(data: bytes) -> ScheduleRow:
    reading = read(data)
    assert [str(error) for error in reading.errors] == []
    assert len(reading.rows) == 1
    return reading.rows[0]


def only_error(data: bytes) -> str:
    reading = read(data)
    assert len(reading.errors) == 1, [str(error) for error in reading.errors]
    return str(reading.errors[0])


def cell_error(**values: str) -> str:
    """The one error of a file with this cell changed."""
    return only_error(a_file(a_row(**values)))


TITLES = (
    "Appt ID,MRN,First Name,Last Name,DOB,Cell Phone,Appt Date,Appt Time,Visit Type,Status,Provider,Language,"
    "Referring Physician,Referring NPI"
)
ANA = 'A1,0012301,Ana,Cruz,03/14/1980,(518) 555-0101,11/23/2026,9:05 AM,New Patient,Scheduled,"Chen, Wei MD",English,,'
BO = 'A2,0012302,Bo,Lind,07/02/1951,(518) 555-0102,11/23/2026,9:30 AM,F/U,Scheduled,"Chen, Wei MD",English,,'
BOTH = ["A1 Ana Cruz new", "A2 Bo Lind established"]


def lines(*rows: str, titles: str = TITLES, end: str = "\n") -> bytes:
    return end.join([titles, *rows, ""]).encode()


def outcome(data: bytes) -> dict[str, list[object]]:
    """What comes of a file, without what is empty."""
    reading = read(data)
    told: dict[str, list[object]] = {
        "visits": [
            " ".join(filter(None, (row.appointment_id, row.first_name, row.last_name, row.visit_type)))
            for row in reading.rows
        ],
        "out": [each.row for each in reading.left_out],
        "wrong": [(each.row, each.column) if each.column else each.row for each in reading.errors],
        "asked": [(each.about, each.found) for each in reading.questions],
    }
    return {key: values for key, values in told.items() if values}


def changed(row: str, **values: str) -> str:
    """A line with some cells written otherwise, as they stand between commas."""
    cells = next(csv.reader([row]))
    titles = [title.casefold().replace(" ", "_") for title in TITLES.split(",")]
    cells = [f'"{cell}"' if "," in cell else cell for cell in cells]
    for name, value in values.items():
        cells[titles.index(name)] = value
    return ",".join(cells)


NOBODY = [
    ",,,LUNCH,,,11/23/2026,12:00 PM,Block,Blocked,,,,",
    ",,,,,,11/23/2026,3:00 PM,HOLD - rep visit,Open,,,,",
    "A9,,Lunch,Break,,,11/23/2026,12:00 PM,,,,,,",
    "A9,,,,,,11/23/2026,3:00 PM,,o - Open Slot,,,,",
    "A9,,DO NOT BOOK,,,,11/23/2026,3:00 PM,New Patient,Scheduled,,,,",
    "A9,0,Staff,Meeting,,,11/23/2026,3:00 PM,Meeting,Scheduled,,,,",
    "A9,BLOCK,BLOCK,BLOCK,01/01/1900,,11/23/2026,3:00 PM,Block,Scheduled,,,,",
    "A9,,Out of office,,,,11/23/2026,3:00 PM,,,,,,",
    "A9,,,Pfizer lunch,,,11/23/2026,12:00 PM,,,,,,",
    ",,,Available,,,11/23/2026,3:00 PM,,,,,,",
    "A9,,,Hold for Dr. Chen,,,11/23/2026,3:00 PM,Hold,,,,,",
    '"Provider: Chen, Wei MD",,,,,,,,,,,,,',
    "Provider: Okoye Ada NP",
    '"Chen, Wei MD"',
    "Chen, Wei MD",
    "Provider: Chen, Wei MD",
    "Monday, November 23, 2026",
    "Monday November 23 2026",
    "Location: Riverside,,,,,,,,,,,,,",
    "Total: 2",
    "2 appointments",
    "Grand Total,2",
    "Total(Visit Count),2,,,,",
    "Page 1 of 2",
    "*** End of report ***",
    "End of report",
    "Printed 11/22/2026 5:14 PM by front desk",
    "----------",
    "--------,--------,----------,---------,---,----------,---------,---------,----------,------,--------,--------,---,---",
    "(2 rows affected)",
    "A9,NULL,NULL,NULL,NULL,NULL,11/23/2026,3:00 PM,NULL,NULL,NULL,NULL,NULL,NULL",
    TITLES,
    TITLES.replace("Appt ID", "Appt #"),
]
