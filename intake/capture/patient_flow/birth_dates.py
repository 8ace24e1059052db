"""Dates of birth as patients type them: in three boxes or all in the first one, with digits of any script."""

import re
import unicodedata
from datetime import date

from intake.capture.patient_flow.text_input import InputRefused
from intake.survey.question import wording

OLDEST_YEARS = 125
OF_AGE = 18
MONTHS = range(1, 13)
BUDDHIST_AHEAD = 543
HIJRA_YEARS = range(1270, 1500)
# Shown beside the boxes.
EXAMPLE = {"day": "14", "month": "3", "year": "1985"}


def parts_order(language: str) -> tuple[str, ...]:
    """Return the order of day, month and year in `language`."""
    return tuple(wording.text("date.order", language).split())


def is_child(born: date | None, day: date) -> bool:
    """Return whether somebody born then is a child on that day, for whom a parent answers."""
    if born is None:
        return False
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day)) < OF_AGE


def example(language: str) -> str:
    """Return a date as it is typed into the boxes; it stays on one line."""
    return "\u00a0/\u00a0".join(EXAMPLE[part] for part in parts_order(language))


def needs_saying_back(day: str, month: str, year: str, *, today: date) -> bool:
    """Return whether the date had to be interpreted: run-together digits, one box for all, a swap, another calendar.

    Then it is shown in words before it selects anybody: what one language reads as March 12 another reads as
    December 3.
    """
    boxes = {"day": _plain(day), "month": _plain(month), "year": _plain(year)}
    if not all(boxes.values()):
        return True
    number = _number(boxes["year"]) or 0
    return (_month(boxes["month"]) or 0) not in MONTHS or number != _in_our_calendar(number, today)


def say_birth_date(born: date, language: str) -> str:
    """Format a date in words, as the language says it: 'March 12 1980', '12 de marzo de 1980'."""
    month = wording.months(language)[born.month - 1]
    return wording.text("date.said_with_year", language, day=born.day, month=month, year=born.year)


def read_birth_date(day: str, month: str, year: str, *, language: str, today: date) -> date:
    """Return the date typed; a whole date in any one box is read too. Raises InputRefused with what to do."""
    boxes = {"day": _plain(day), "month": _plain(month), "year": _plain(year)}
    filled = [text for text in boxes.values() if text]
    if not filled:
        raise InputRefused("problem.birth_date_missing")
    if len(filled) == 1:
        boxes = _split(filled[0], language)
    numbers = {"day": _number(boxes["day"]), "month": _month(boxes["month"]), "year": _number(boxes["year"])}
    if not all(boxes.values()):
        raise InputRefused("problem.birth_date_incomplete")
    if None in numbers.values():
        raise InputRefused("problem.birth_date_unreadable")
    return _checked(numbers["day"] or 0, numbers["month"] or 0, _full_year(boxes["year"], today), today)


def _checked(day: int, month: int, year: int, today: date) -> date:
    if month not in MONTHS and day in MONTHS:
        # 25/3 on a page that asks for the month first can only mean one day.
        day, month = month, day
    if month not in MONTHS:
        raise InputRefused("problem.birth_date_month")
    try:
        found = date(year, month, day)
    except ValueError:
        raise InputRefused("problem.birth_date_day") from None
    if found > today:
        raise InputRefused("problem.birth_date_future")
    if year < today.year - OLDEST_YEARS:
        raise InputRefused("problem.birth_date_year")
    return found


def _full_year(text: str, today: date) -> int:
    """Read two digits as the last such year that has begun: 47 is 1947, 07 is 2007."""
    year = _number(text) or 0
    if len(text) > 2:
        return _in_our_calendar(year, today)
    century = today.year - today.year % 100
    return century + year if century + year <= today.year else century - 100 + year


def _in_our_calendar(year: int, today: date) -> int:
    """Return a year of the Buddhist calendar (2528) as ours (1985); others as they are. Raises InputRefused.

    In the calendars that count from the Hijra (1405, or 1364 of the sun) days and months differ, too.
    """
    if year in HIJRA_YEARS:
        raise InputRefused("problem.birth_date_calendar")
    buddhist = today.year + BUDDHIST_AHEAD
    return year - BUDDHIST_AHEAD if buddhist - OLDEST_YEARS <= year <= buddhist else year


def _split(text: str, language: str) -> dict[str, str]:
    """Split one text into its parts: 3/14/1985, 14 March 1985, 1985-03-14, 03141985."""
    pieces = re.findall(r"[^\W\d_]+|\d+", text)
    order = parts_order(language)
    if len(pieces) == 1 and pieces[0].isdigit() and len(pieces[0]) in (6, 8):
        digits, lengths = pieces[0], {"day": 2, "month": 2, "year": len(pieces[0]) - 4}
        pieces = []
        for part in order:
            pieces.append(digits[: lengths[part]])
            digits = digits[lengths[part] :]
    named = [piece for piece in pieces if _month_by_name(piece)]
    numbers = [piece for piece in pieces if piece.isdigit()]
    if named and len(numbers) == 2:
        first_is_year = len(numbers[0]) == 4
        return {"day": numbers[first_is_year], "month": named[0], "year": numbers[not first_is_year]}
    if len(numbers) == 3:
        if len(numbers[0]) == 4:
            return dict(zip(("year", "month", "day"), numbers, strict=True))
        return dict(zip(order, numbers, strict=True))
    if numbers and len(numbers) < 3 and len(pieces) == len(numbers):
        raise InputRefused("problem.birth_date_incomplete")
    raise InputRefused("problem.birth_date_unreadable")


def _plain(text: str) -> str:
    """Return the text without accents and with the digits 0 to 9, for keyboards of any script."""
    decomposed = unicodedata.normalize("NFKD", text[:100].casefold())
    letters = [letter for letter in decomposed if not unicodedata.combining(letter)]
    return "".join(str(unicodedata.digit(letter, letter)) for letter in letters).strip()


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None


def _month(text: str) -> int | None:
    return _month_by_name(text) or _number(text)


def _month_by_name(text: str) -> int | None:
    """Read a month's name in any of our languages; None where it means two months.

    Whole, from its first three letters on, or with another ending: май and мая.
    """
    if not text or text.isdigit():
        return None
    named = [
        (number, _plain(name))
        for language in wording.languages()
        for number, name in enumerate(wording.months(language.code), start=1)
    ]
    found = {number for number, name in named if name == text}
    if not found and len(text) > 2:
        found = {number for number, name in named if name.startswith(text) or text.startswith(name)}
        found = found or {number for number, name in named if name[:-1] == text[:-1]}
    return found.pop() if len(found) == 1 else None
