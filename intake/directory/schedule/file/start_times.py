"""Start times of appointments: in one cell, or as a day and a time in two."""

import re
from collections.abc import Callable
from datetime import datetime

from intake import clock
from intake.directory.schedule.file import dates_and_times
from intake.directory.schedule.file.cell_values import UnreadableCell, text_of
from intake.directory.schedule.file.sheets import Cell

START_COLUMNS = ("start", "day", "time")
BOTH = "a date and time such as 11/22/2026 9:05 AM"


class UnreadableStart(Exception):
    """The start of an appointment can't be read; `key` is the column at fault."""

    def __init__(self, key: str, expected: str) -> None:
        super().__init__(expected)
        self.key, self.expected = key, expected


def read_start(cell: Callable[[str], Cell], time_zone: str) -> datetime:
    """Read the start, in UTC, from the columns `start`, `day` and `time` ('' for none); raises UnreadableStart."""
    day_key, time_key = "day", "time"
    if text_of(cell("start")):
        if dates_and_times.names_day_and_time(cell("start")):
            return _moment(cell, "start", time_zone)
        day_key, time_key = ("day", "start") if dates_and_times.is_time(cell("start")) else ("start", "time")
    if dates_and_times.names_day_and_time(cell(time_key)):
        return _moment(cell, time_key, time_zone)
    has_day, has_time = bool(text_of(cell(day_key))), bool(text_of(cell(time_key)))
    if not has_time and dates_and_times.names_day_and_time(cell(day_key)):
        return _moment(cell, day_key, time_zone)
    if not has_day:
        raise UnreadableStart(day_key, BOTH)
    try:
        refuse_bare_serial(cell(day_key))
        day = dates_and_times.read_day(cell(day_key))
    except UnreadableCell as error:
        raise UnreadableStart(day_key, str(error)) from None
    if not has_time:
        raise UnreadableStart(time_key, "the time too, such as 9:05 AM")
    try:
        return clock.from_wall_clock(day, dates_and_times.read_time(cell(time_key)), time_zone)
    except UnreadableCell as error:
        raise UnreadableStart(time_key, str(error)) from None
    except OverflowError:
        raise UnreadableStart(day_key, BOTH) from None


def refuse_bare_serial(cell: Cell) -> None:
    """Raises UnreadableCell for a spreadsheet's day number in a text file, where 46348 may be anything."""
    if isinstance(cell, str) and re.fullmatch(r"\d{5}([.]\d+)?", text_of(cell)):
        raise UnreadableCell("a date: this is a spreadsheet's day number, so set the column to Date and export again")


def _moment(cell: Callable[[str], Cell], key: str, time_zone: str) -> datetime:
    try:
        refuse_bare_serial(cell(key))
        return dates_and_times.read_moment(cell(key), time_zone)
    except UnreadableCell as error:
        raise UnreadableStart(key, str(error)) from None
    except OverflowError:
        raise UnreadableStart(key, BOTH) from None
