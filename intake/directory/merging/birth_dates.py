"""What two birth dates say about two charts being one person's."""

from collections import Counter
from collections.abc import Collection
from datetime import date
from enum import IntEnum

from intake.directory.merging.spelling_slips import swapped

# Nobody whom a practice sees is older: 1/1/1900, 12/31/1899 and 11/11/1111 are what software fills in.
OLDEST = 110
# Where computers begin to count, and what people type to get past a field.
_FILLED_IN = frozenset({date(1970, 1, 1), date(1980, 1, 1), date(2000, 1, 1), date(1999, 12, 31), date(1969, 12, 31)})
_FEW_ON_ONE_DAY, _CHARTS_FOR_ONE_MORE = 10, 5_000
_NEAR_DAYS = 7


class Births(IntEnum):
    """How two birth dates agree; more is more. UNKNOWN: at least one of them proves nothing."""

    OTHER = 0
    SAME_YEAR = 1
    OTHER_YEAR = 2
    UNKNOWN = 3
    TURNED_AND_A_SLIP = 4
    NEAR = 5
    ONE_DIGIT = 6
    CENTURY = 7
    SWAPPED = 8
    TURNED = 9
    SAME = 10


SAID = {
    Births.SAME_YEAR: "born in the same year",
    Births.OTHER_YEAR: "same day and month of birth, another year",
    Births.UNKNOWN: "no birth date to compare",
    Births.TURNED_AND_A_SLIP: "day and month of birth turned, and a digit wrong",
    Births.NEAR: "birth dates close together",
    Births.ONE_DIGIT: "birth dates one digit apart",
    Births.CENTURY: "birth dates a century apart",
    Births.SWAPPED: "two digits of the birth date swapped",
    Births.TURNED: "day and month of birth turned",
    Births.SAME: "same birth date",
}


def days_that_prove_nothing(born: Collection[date], today: date) -> frozenset[date]:
    """Those of the birth dates that were filled in: long past, known as such, or shared by very many charts."""
    most = _FEW_ON_ONE_DAY + len(born) // _CHARTS_FOR_ONE_MORE
    return frozenset(
        day
        for day, charts in Counter(born).items()
        if day in _FILLED_IN or day.year < today.year - OLDEST or charts > most or day.year > today.year + 100
    )


def compare_births(one: date | None, other: date | None) -> Births:
    """Compare two birth dates; None where one is missing or proves nothing."""
    if one is None or other is None:
        return Births.UNKNOWN
    written, rest = f"{one:%Y%m%d}", f"{other:%Y%m%d}"
    turned = f"{rest[:4]}{rest[6:]}{rest[4:6]}"
    ways = {
        Births.SAME: one == other,
        Births.TURNED: written == turned,
        Births.SWAPPED: swapped(written, rest),
        Births.CENTURY: written[4:] == rest[4:] and abs(one.year - other.year) == 100,
        Births.ONE_DIGIT: _differing(written, rest) == 1,
        Births.NEAR: _near(one, other),
        Births.TURNED_AND_A_SLIP: one.year == other.year and _differing(written, turned) == 1,
        Births.OTHER_YEAR: written[4:] == rest[4:],
        Births.SAME_YEAR: one.year == other.year,
    }
    return max((way for way, holds in ways.items() if holds), default=Births.OTHER)


def _near(one: date, other: date) -> bool:
    days = abs((one - other).days)
    next_month = one.year == other.year and one.day == other.day and abs(one.month - other.month) == 1
    next_year = (one.month, one.day) == (other.month, other.day) and abs(one.year - other.year) == 1
    return days <= _NEAR_DAYS or next_month or next_year


def _differing(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))
