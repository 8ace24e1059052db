"""Arithmetic of a report that needs no database: intervals and rounding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.attribution.filters.queries import Coverage
from intake.attribution.statistics.shares import wilson
from intake.attribution.totals.rounding import exact, hundredths
from intake.survey.ledger.crediting import UNIT


@pytest.mark.parametrize(
    ("successes", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_agrees_with_published_tables(successes: int, of: int, low: float, high: float) -> None:
    # 81 of 263 is the worked example of Newcombe, Statistics in Medicine 17 (1998), method 3.
    assert wilson(successes, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(min_value=0, max_value=10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_its_share_and_stays_a_share(pair: tuple[int, int]) -> None:
    successes, of = pair
    low, high = wilson(successes, of)
    assert 0 <= low <= high <= 1
    if of:
        assert low <= successes / of <= high


@given(st.lists(st.integers(min_value=0, max_value=50 * UNIT), max_size=60))
def test_rounded_figures_add_up_and_none_is_off_by_a_hundredth(units: list[int]) -> None:
    rounded = hundredths(units)
    assert sum(rounded) == round(sum(units) * 100 / UNIT) or abs(sum(rounded) - sum(units) * 100 / UNIT) <= 0.5
    assert all(abs(shown - unit * 100 / UNIT) <= 1 for shown, unit in zip(rounded, units, strict=True))


def test_three_thirds_make_a_hundred() -> None:
    assert sorted(hundredths([UNIT // 3] * 3)) == [33, 33, 34]
    assert exact(UNIT // 3 * 7).limit_denominator(12) == exact(UNIT // 3 * 7)


@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999), st.integers(0, 999), st.integers(0, 999))
def test_the_parts_of_coverage_always_make_the_eligible(
    answered: int, dont_remember: int, declined: int, open_asks: int, rest: int
) -> None:
    replied = answered + dont_remember + declined
    coverage = Coverage(replied + open_asks + rest, replied + open_asks, answered, dont_remember, declined)
    assert coverage.answered + coverage.dont_remember + coverage.declined + coverage.not_asked == coverage.eligible
    assert coverage.awaiting == open_asks <= coverage.not_asked
