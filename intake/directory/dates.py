"""Dates as people and practice systems write them. Where a date could mean two days, it is refused, not guessed."""

import re
from datetime import date

from intake import clock

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAY = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s+", re.I)
_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_RUN_TOGETHER = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_DAY_NAMED_MONTH = re.compile(r"(\d{1,2})[-/. ]\s*([a-z]{3,9})\.?[-/., ]\s*(\d{4}|\d{2})", re.I)
_NAMED_MONTH_DAY = re.compile(r"([a-z]{3,9})\.?[-/ ]\s*(\d{1,2})(?:st|nd|rd|th)?[-/, ]\s*(\d{4}|\d{2})", re.I)


class UnreadableDate(ValueError):
    """The text is no date, or a day that doesn't exist."""


class NoSuchDay(UnreadableDate):
    """The text reads as a date, but the calendar has no such day."""


class OtherWeekday(UnreadableDate):
    """The text names a weekday, and the day is another one."""


class AmbiguousDate(UnreadableDate):
    """The text could mean two different days."""


def read_date(text: str, *, is_birth_date: bool = False) -> date:
    """Read a date. Raises NoSuchDay, OtherWeekday, AmbiguousDate, or UnreadableDate, which all are.

    With slashes or dashes the month comes first, as in the United States (11/22/2026), unless the year does. With
    dots both orders are in use, so 05.11.2026 is ambiguous. A year of two digits is this century's, except for a
    birth date: there it is the last century's when this century's is still to come, and ambiguous otherwise.
    """
    text = " ".join(text.split())
    if match := _WEEKDAY.match(text):
        day = read_date(text[match.end() :], is_birth_date=is_birth_date)
        if day.weekday() != _WEEKDAYS.index(match[1].casefold()):
            raise OtherWeekday(text)
        return day
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(int(match[1]), int(match[3]), int(match[4]))
    if match := _RUN_TOGETHER.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _YEAR_LAST.fullmatch(text):
        first, second = int(match[1]), int(match[3])
        if match[2] == "." and first != second:
            if first <= 12 and second <= 12:
                raise AmbiguousDate(text)
            first, second = min(first, second), max(first, second)
        return _with_year(match[4], first, second, is_birth_date)
    if match := _DAY_NAMED_MONTH.fullmatch(text):
        return _with_year(match[3], _month(match[2]), int(match[1]), is_birth_date)
    if match := _NAMED_MONTH_DAY.fullmatch(text):
        return _with_year(match[3], _month(match[1]), int(match[2]), is_birth_date)
    raise UnreadableDate(text)


def told_of_day_number(text: str) -> str:
    """What to do about 46356, which may be a spreadsheet's number of a day; empty for anything else."""
    is_one = re.fullmatch(r"[2-6]\d{4}([.]\d+)?", text.strip())
    return ": a spreadsheet’s day number, so set the column to Date and save again" if is_one else ""


def _month(name: str) -> int:
    try:
        return _MONTHS.index(name[:3].casefold()) + 1
    except ValueError:
        raise UnreadableDate(name) from None


def _with_year(digits: str, month: int, day: int, is_birth_date: bool) -> date:
    if len(digits) == 4:
        return _day(int(digits), month, day)
    recent = _day(2000 + int(digits), month, day)
    if not is_birth_date:
        return recent
    if recent > clock.now().date():
        return _day(1900 + int(digits), month, day)
    raise AmbiguousDate(digits)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NoSuchDay(f"{year}-{month}-{day}") from None
