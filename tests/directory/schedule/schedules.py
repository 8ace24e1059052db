"""Reading one schedule file in a test: a practice in New York on one fixed day."""

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
