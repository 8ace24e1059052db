"""Days and times in cells: written out, typed by a spreadsheet, or as its day numbers."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from intake import clock
from intake.directory.dates import AmbiguousDate, NoSuchDay, OtherWeekday, UnreadableDate, read_date
from intake.directory.schedule.file.cell_values import UnreadableCell, text_of
from intake.directory.schedule.file.sheet.table import Cell

# Spreadsheets count days from here (day 60 is the 29 February 1900 that never was).
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a calendar without a zone
EXCEL_DAYS = range(61, 73_051)
# How much later days are counted from in a workbook of the old Macintosh kind.
DAYS_1904 = 1_462
LONGEST_TIME = 60
START_COLUMNS = ("start", "day", "time")
BOTH = "a date and time such as 11/22/2026 9:05 AM"

_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?)?\s*(?P<half>[ap])?\.?m?\.?", re.I
)
_DAY_AND_TIME = re.compile(
    r"(.+?)(?:,| at| -|@)?\s+(?:at )?"
    r"(\d{1,2}(?:[:.]\d{2}){1,2}(?:[.,]\d+)?\s*(?:[ap]\.?m?\.?)?|\d{1,2}\s*[ap]\.?m\.?)",
    re.I,
)
_SPAN = re.compile(
    r"(\d{1,2}(?::\d{2}){0,2}\s*(?P<half>[ap]\.?m?\.?)?)\s*(?:-|–|to)\s*\d{1,2}(?::\d{2}){0,2}\s*(?P<end>[ap]\.?m?\.?)?",
    re.I,
)
_AGE = re.compile(
    r"\s*(?:\([^()]{0,20}\)|\[[^\[\]]{0,20}\]|,?\s\d{1,3}\s*(?:y|yo|y/o|y\.o\.|yrs?|years?)(?: old)?\.?)$", re.I
)
_SHORT_YEAR = re.compile(r"(\d{1,2}[/-]\d{1,2}[/-]|\d{1,2}[-/ ][a-z]{3,9}[-/ ]|[a-z]{3,9} \d{1,2}, ?)'?(\d{2})", re.I)
_OF_CHILDREN = re.compile(r"\b(peds?|p(a)?ediatrics?|well ?child|child|newborn|infant|toddler)\b", re.I)
OLDEST = 105
_MILITARY = re.compile(r"([01]\d|2[0-3])([0-5]\d)")
# 800, 0845A, 915 AM; 15h30.
_RUN_TOGETHER = re.compile(r"(\d{1,2})([0-5]\d)\s*([ap])?\.?(?:m\.?)?", re.I)
_WITH_H = re.compile(r"(\d{1,2})\s?h\s?([0-5]\d)?", re.I)
_NOON = re.compile(r"(?:12(?:[:.]?00)?\s*)?(?:noon|n|m\.?d\.?)\.?", re.I)
_HALF_SAID = re.compile(r"\d\s*[ap]\b|[ap]\.?m\b|noon|\d[ap]|T\d|[Zz]$|[+-]\d\d:?\d\d$", re.I)
_ZONE = re.compile(r"(?P<rest>.+\d.*?)\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})", re.I)
_ZONE_WORD = re.compile(r"(?P<rest>.*\d.*?)\s+(?P<word>[A-Z])[A-Z]?[SD]?T", re.I)


class TwoDays(UnreadableCell):
    """A date of birth whose year of two digits may be of either century; `days` are both, the earlier first."""

    def __init__(self, days: tuple[date, ...]) -> None:
        super().__init__("a date of birth with the whole year")
        self.days = days


@dataclass(frozen=True)
class Hint:
    """What a row says besides of how old somebody is."""

    age: str = ""
    visit_type: str = ""


NO_HINT = Hint()


def read_birth_date(cell: object, today: date, hint: Hint = NO_HINT) -> date:
    """Read a date of birth between 1900 and today; raises UnreadableCell, TwoDays when only a person can tell."""
    # Some systems write the age behind it: 3/14/1980 (46 y.o.).
    text = _AGE.sub("", cell).strip() if isinstance(cell, str) else ""
    if match := _SHORT_YEAR.fullmatch(text):
        beside = cell[len(text) :] if isinstance(cell, str) else ""
        return _in_its_century(match[1], match[2], today, hint.age or beside, hint.visit_type)
    day = read_day(text or cell, is_birth_date=True)
    if day > today:
        raise UnreadableCell("a date of birth that isn't in the future")
    if day.year < 1900:
        raise UnreadableCell("a date of birth after 1900")
    return day


def _in_its_century(before: str, year: str, today: date, age: str, visit_type: str) -> date:
    """The day of this century or of the last one: not in the future, and nobody is older than OLDEST."""
    days = []
    for century in ("19", "20"):
        # The 29th of February is in one of them only.
        with suppress(UnreadableCell):
            days.append(read_day(f"{before}{century}{year}", is_birth_date=True))
    if not days:
        read_day(f"{before}20{year}", is_birth_date=True)
    days = [day for day in days if day <= today and _years(day, today) <= OLDEST]
    if len(days) == 2:
        said = re.search(r"\d{1,3}", age)
        if said and not re.search(r"\d\s*(m|w|d)", age, re.I):
            days = [day for day in days if abs(_years(day, today) - int(said[0])) <= 1] or days
        elif said or _OF_CHILDREN.search(visit_type):
            days = days[1:]
    if len(days) == 2:
        raise TwoDays(tuple(days))
    if not days:
        raise UnreadableCell("a date of birth that isn't in the future")
    return days[0]


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def read_day(cell: object, *, is_birth_date: bool = False) -> date:
    """Read a day; a time beside it is left out. Raises UnreadableCell."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return excel_moment(cell).date()
    text = _split_day(_without_offset(text_of(cell)))[0]
    example = "11/22/1968" if is_birth_date else "11/22/2026"
    try:
        return read_date(text, is_birth_date=is_birth_date)
    except AmbiguousDate:
        raise UnreadableCell(f"a date that can only mean one day, such as {example} or {_iso(example)}") from None
    except OtherWeekday:
        raise UnreadableCell("a weekday and a date that agree") from None
    except NoSuchDay:
        raise UnreadableCell(f"a day that exists, month first, such as {example}") from None
    except UnreadableDate:
        raise UnreadableCell(f"a date such as {example} (month first) or {_iso(example)}") from None


def _iso(example: str) -> str:
    month, day, year = example.split("/")
    return f"{year}-{month}-{day}"


def excel_moment(serial: float) -> datetime:
    """Return the wall-clock moment of a spreadsheet's day number; raises UnreadableCell."""
    if int(serial) not in EXCEL_DAYS:
        raise UnreadableCell("a date such as 11/22/2026 (month first) or 2026-11-22")
    return EXCEL_EPOCH + timedelta(minutes=round(serial * 24 * 60))


def _whole_minute(moment: datetime) -> datetime:
    """Spreadsheets keep times as fractions of a day: 9:05 comes back as 9:04:59.999."""
    return (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)


def read_time(cell: object) -> time:
    """Read a time of day; raises UnreadableCell."""
    if isinstance(cell, datetime):
        return _whole_minute(cell).time()
    if isinstance(cell, time):
        return _whole_minute(datetime.combine(EXCEL_EPOCH, cell)).time()
    if isinstance(cell, timedelta):
        cell = cell.total_seconds() / 86_400
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1:
        return (EXCEL_EPOCH + timedelta(minutes=round(cell * 24 * 60))).time()
    text = text_of(cell)
    if (span := _SPAN.fullmatch(text)) and (span["half"] or not span["end"]):
        # From when to when; "11:30 - 12:15 PM" doesn't say which half of the day it begins in.
        text = span[1]
    match = _TIME.fullmatch(_with_colon(text))
    if not match or (match["minute"] is None and match["half"] is None):
        raise UnreadableCell("a time such as 9:05 AM or 09:05")
    hour = int(match["hour"])
    if half := (match["half"] or "").lower():
        # "13:30 PM" is written by systems that add the half of the day to a 24-hour clock.
        if hour == 12 and half == "a":
            hour = 0
        elif hour < 12 and half == "p":
            hour += 12
    try:
        return time(hour, int(match["minute"] or 0), int(match["second"] or 0)).replace(second=0)
    except ValueError:
        raise UnreadableCell("a time such as 9:05 AM or 09:05") from None


def _with_colon(text: str) -> str:
    """A time written in another way (0845A, 15h30, noon) as it is usually written."""
    if _NOON.fullmatch(text):
        return "12:00 PM"
    if match := _RUN_TOGETHER.fullmatch(text):
        return f"{match[1]}:{match[2]} {match[3] or ''}".strip()
    match = _WITH_H.fullmatch(text)
    return f"{match[1]}:{match[2] or '00'}" if match else text


def unsaid_half(cell: Cell) -> tuple[int, bool] | None:
    """The hour of a time without AM and PM, and whether it is written as on a clock of 24 hours; None for others."""
    if isinstance(cell, str):
        text = text_of(cell)[:LONGEST_TIME]
        if not text or _HALF_SAID.search(text):
            return None
        cell = _split_day(text)[1] or text
    try:
        hour = read_time(cell % 1 if isinstance(cell, float) and cell > EXCEL_DAYS.start else cell).hour
    except UnreadableCell:
        return None
    return hour, not isinstance(cell, str) or cell.startswith("0") or hour > 12


def read_moment(cell: object, time_zone: str) -> datetime:
    """Read a day and a time in one cell; return UTC. Local to `time_zone` unless the cell has an offset."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        cell = excel_moment(cell)
    if isinstance(cell, datetime):
        cell = _whole_minute(cell)
        return clock.from_wall_clock(cell.date(), cell.time(), time_zone)
    text = text_of(cell)
    rest, offset = _split_offset(text, time_zone)
    day_text, wall_text = _split_day(rest)
    day = read_day(day_text)
    wall = read_time(wall_text)
    if offset is None:
        return clock.from_wall_clock(day, wall, time_zone)
    return (datetime.combine(day, wall, UTC) - offset).astimezone(UTC)


def _split_offset(text: str, time_zone: str) -> tuple[str, timedelta | None]:
    if match := _ZONE.fullmatch(text):
        zone = match["zone"].upper()
        # The last part of a date alone (2026-11-22) is no offset.
        if ":" in match["rest"]:
            if zone in ("Z", "UTC", "GMT"):
                return match["rest"], timedelta()
            sign = -1 if zone[0] == "-" else 1
            digits = zone[1:].replace(":", "")
            return match["rest"], sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    # "EST" on a summer morning means the clock on the wall, so a zone's word only has to be the location's own.
    if match := _ZONE_WORD.fullmatch(text):
        own = clock.local(clock.now(), time_zone).tzname() or ""
        if own[:1].upper() != match["word"].upper() or own[:1] in "+-":
            raise UnreadableCell("the location's own time, or an offset such as -05:00")
        return match["rest"], None
    return text, None


def _split_day(text: str) -> tuple[str, str]:
    """Split a text into its day and its time, which may be empty."""
    if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2}|\d{8})T(.+)", text, re.I):
        return match[1], match[2]
    match = _DAY_AND_TIME.fullmatch(text)
    return (match[1], match[2]) if match else (text, "")


_ORDERED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(?:\d{4}|\d{2})(?:\D.*)?")


def order_of_dates(texts: Iterable[str]) -> tuple[int, int, str]:
    """How many dates can only have the month first, how many only the day first, and one of the latter."""
    month_first, day_first, example = 0, 0, ""
    for text in texts:
        if match := _ORDERED.fullmatch(text):
            first, second = int(match[1]), int(match[3])
            if first <= 12 < second <= 31:
                month_first += 1
            elif second <= 12 < first <= 31:
                day_first += 1
                example = example or text
    return month_first, day_first, example


def names_day_and_time(cell: object) -> bool:
    """Whether a cell holds a day and a time of day, however badly written."""
    if isinstance(cell, datetime):
        return cell.year > 1900 and cell.time() != time.min
    if isinstance(cell, int | float):
        return cell >= 1 and cell % 1 != 0
    return (
        isinstance(cell, str)
        and not _SPAN.fullmatch(text_of(cell))
        and bool(_split_day(_without_offset(text_of(cell)))[1])
    )


def is_time(cell: object) -> bool:
    """Whether a cell holds a time of day and no day."""
    if isinstance(cell, datetime):
        # What a spreadsheet makes of a bare time.
        return cell.year <= 1900
    if isinstance(cell, int | float):
        return 0 < cell < 1
    if isinstance(cell, str):
        text = text_of(cell)
        return bool(_MILITARY.fullmatch(text) or (_TIME.fullmatch(text) and re.search(r"[:apAP]", text)))
    return isinstance(cell, time | timedelta)


def _without_offset(text: str) -> str:
    match = _ZONE.fullmatch(text)
    if match and ":" in match["rest"]:
        return match["rest"]
    match = _ZONE_WORD.fullmatch(text)
    return match["rest"] if match else text


class UnreadableStart(Exception):
    """The start of an appointment can't be read; `key` is the column at fault."""

    def __init__(self, key: str, expected: str) -> None:
        super().__init__(expected)
        self.key, self.expected = key, expected


def read_start(cell: Callable[[str], Cell], time_zone: str) -> datetime:
    """Read the start, in UTC, from the columns `start`, `day` and `time` ('' for none); raises UnreadableStart."""
    day_key, time_key = "day", "time"
    if text_of(cell("start")):
        if names_day_and_time(cell("start")):
            return _moment(cell, "start", time_zone)
        day_key, time_key = ("day", "start") if is_time(cell("start")) else ("start", "time")
    if names_day_and_time(cell(time_key)):
        return _moment(cell, time_key, time_zone)
    has_day, has_time = bool(text_of(cell(day_key))), bool(text_of(cell(time_key)))
    if not has_time and names_day_and_time(cell(day_key)):
        return _moment(cell, day_key, time_zone)
    if not has_day:
        raise UnreadableStart(day_key, BOTH)
    try:
        refuse_bare_serial(cell(day_key))
        day = read_day(cell(day_key))
    except UnreadableCell as error:
        raise UnreadableStart(day_key, str(error)) from None
    if not has_time:
        raise UnreadableStart(time_key, "the time too, such as 9:05 AM")
    try:
        return clock.from_wall_clock(day, read_time(cell(time_key)), time_zone)
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
        return read_moment(cell(key), time_zone)
    except UnreadableCell as error:
        raise UnreadableStart(key, str(error)) from None
    except OverflowError:
        raise UnreadableStart(key, BOTH) from None
