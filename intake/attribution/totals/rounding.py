"""Figures that are rounded for reading and still add up."""

from collections.abc import Sequence
from fractions import Fraction

from intake.survey.ledger.crediting import UNIT


def hundredths(units: Sequence[int]) -> list[int]:
    """Credits in 27,720ths as hundredths of a visit which add up to the rounded sum of all of them.

    Each is rounded down and the hundredths still missing go to the largest remainders (Hamilton's method), so no
    figure is off by a hundredth or more, and a column of thirds ends in 100.00 and not in 99.99.
    """
    whole, remainders = zip(*(divmod(unit * 100, UNIT) for unit in units), strict=True) if units else ((), ())
    rounded = list(whole)
    missing = _half_up(sum(units) * 100, UNIT) - sum(rounded)
    by_remainder = sorted(range(len(rounded)), key=lambda place: (-remainders[place], place))
    for place in by_remainder[:missing]:
        rounded[place] += 1
    return rounded


def exact(units: int) -> Fraction:
    """Credit as an exact fraction of visits."""
    return Fraction(units, UNIT)


def _half_up(amount: int, by: int) -> int:
    return (2 * amount + by) // (2 * by)
