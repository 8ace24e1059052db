"""Formulas beside published examples, and beside scipy where it has the same one."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from intake.attribution.statistics import tails
from intake.attribution.statistics.counts import ChangeVerdict, change, count_interval, ratio_interval
from intake.attribution.statistics.money import cost_per_patient
from intake.attribution.statistics.shares import difference, simultaneous, wilson, worst_case
from intake.attribution.statistics.silence import (
    declining_p,
    expected_missed,
    false_alarm,
    silence_p,
)

counts = st.integers(min_value=0, max_value=400)
parts = st.integers(min_value=0, max_value=500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
exposures = st.floats(min_value=0.5, max_value=400)


@given(parts, st.floats(min_value=0.001, max_value=0.999))
def test_binomial_tails_agree_with_scipy(pair: tuple[int, int], share: float) -> None:
    count, of = pair
    assert isclose(tails.binomial_at_most(count, of, share), stats.binom.cdf(count, of, share), abs_tol=1e-10)
    assert isclose(tails.binomial_at_least(count, of, share), stats.binom.sf(count - 1, of, share), abs_tol=1e-10)


@given(st.floats(min_value=0.01, max_value=300), st.integers(min_value=1, max_value=60))
def test_chi_square_and_gamma_agree_with_scipy(value: float, degrees: int) -> None:
    assert isclose(tails.chi_square_above(value, degrees), stats.chi2.sf(value, degrees), rel_tol=1e-8, abs_tol=1e-14)
    assert isclose(tails.gamma_below(degrees / 2, value), stats.gamma.cdf(value, degrees / 2), abs_tol=1e-11)


@given(
    st.integers(min_value=1, max_value=2_000),
    st.integers(min_value=1, max_value=2_000),
    st.sampled_from([0.025, 0.5, 0.975]),
)
def test_quantiles_agree_with_scipy(a: int, b: int, probability: float) -> None:
    assert isclose(tails.beta_quantile(a, b, probability), stats.beta.ppf(probability, a, b), rel_tol=1e-7)
    assert isclose(tails.gamma_quantile(a, probability), stats.gamma.ppf(probability, a), rel_tol=1e-7)


@given(parts)
def test_wilson_agrees_with_scipy(pair: tuple[int, int]) -> None:
    successes, of = pair
    if of:
        theirs = stats.binomtest(successes, of).proportion_ci(method="wilson")
        assert wilson(successes, of) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_intervals_of_a_whole_table_are_those_of_goodman() -> None:
    counts_of_table = [56, 72, 73, 59, 62, 87, 58]
    of = sum(counts_of_table)
    limit = stats.chi2.ppf(1 - 0.05 / len(counts_of_table), 1)
    for count, (low, high) in zip(counts_of_table, simultaneous(counts_of_table, of), strict=True):
        # His formula 2.6 as printed: the two roots of the quadratic in the share.
        root = (limit * (limit + 4 * count * (of - count) / of)) ** 0.5
        assert low == pytest.approx((limit + 2 * count - root) / (2 * (of + limit)), abs=1e-12)
        assert high == pytest.approx((limit + 2 * count + root) / (2 * (of + limit)), abs=1e-12)
        assert low < wilson(count, of).low and high > wilson(count, of).high
    assert simultaneous([], 0) == []


@pytest.mark.parametrize(
    ("now", "of_now", "before", "of_before", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_differences_agree_with_newcombes_table(
    now: int, of_now: int, before: int, of_before: int, low: float, high: float
) -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table II, method 10, contrasts (a) to (h).
    assert difference(now, of_now, before, of_before) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_is_compared_with_nothing() -> None:
    assert difference(3, 10, 0, 0) == (-1, 1)
    assert worst_case(0, 0, 0) == (0, 1)


@given(parts, counts)
def test_worst_case_holds_whatever_the_silent_would_have_said(pair: tuple[int, int], silent: int) -> None:
    count, answered = pair
    eligible = answered + silent
    low, high = worst_case(count, answered, eligible)
    if eligible:
        for of_the_silent in {0, silent // 2, silent}:
            assert low <= (count + of_the_silent) / eligible <= high
        assert high - low == pytest.approx(silent / eligible)


@given(counts, counts, exposures, exposures)
def test_the_change_of_counts_is_the_exact_conditional_test(
    now: int, before: int, exposure_now: float, exposure_before: float
) -> None:
    found = change(now, before, exposure_now=exposure_now, exposure_before=exposure_before)
    share = exposure_now / (exposure_now + exposure_before)
    if now + before:
        tails_of_scipy = [
            stats.binomtest(now, now + before, share, alternative=side).pvalue for side in ("less", "greater")
        ]
        assert found.p == pytest.approx(min(1, 2 * min(tails_of_scipy)), abs=1e-9)
        ends = stats.binomtest(now, now + before, share).proportion_ci(method="exact")
        scale = exposure_before / exposure_now
        assert found.low == pytest.approx(ends.low / (1 - ends.low) * scale, rel=1e-6)
        if found.high is not None:
            assert found.high == pytest.approx(ends.high / (1 - ends.high) * scale, rel=1e-6)
    # The verdict never contradicts the interval shown beside it.
    inside = found.low <= 1 and (found.high is None or found.high >= 1)
    if abs(found.p - 0.05) > 1e-6:
        assert inside == (found.p > 0.05)


def test_dr_osei_of_the_specification() -> None:
    found = change(3, 14)
    # Fay's central p: 2 · P(X ≤ 3), X binomial with 17 and one half = 2 · 834 / 131072.
    assert found.p == pytest.approx(2 * 834 / 131072)
    assert found.verdict == ChangeVerdict.FEWER
    assert found.ratio == pytest.approx(3 / 14)
    assert change(4, 5).verdict == ChangeVerdict.TOO_FEW
    assert change(0, 10).verdict == ChangeVerdict.FEWER
    assert change(5, 5).verdict == ChangeVerdict.NO_CLEAR_CHANGE
    assert change(14, 3).verdict == ChangeVerdict.MORE
    assert change(9, 0).ratio is None and change(9, 0).high is None


def test_fewer_clinic_days_explain_fewer_patients() -> None:
    assert change(10, 22).verdict == ChangeVerdict.NO_CLEAR_CHANGE or change(10, 22).p < 0.06
    assert change(5, 20).verdict == ChangeVerdict.FEWER
    assert change(5, 20, exposure_now=5, exposure_before=21).verdict == ChangeVerdict.NO_CLEAR_CHANGE
    nothing = change(5, 20, exposure_now=0, exposure_before=21)
    assert (nothing.p, nothing.ratio, nothing.verdict) == (1.0, None, ChangeVerdict.NO_CLEAR_CHANGE)


def test_the_ratio_of_rates_agrees_with_a_published_example() -> None:
    # Rothman and Greenland, Modern Epidemiology: breast cancer, 41 cases in 28,010 woman-years with fluoroscopy and
    # 15 in 19,017 without; the example of poisson.test in R gives 1.856 and the exact interval 1.004 to 3.609.
    found = change(41, 15, exposure_now=28_010, exposure_before=19_017)
    assert found.ratio == pytest.approx(1.855759, abs=5e-6)
    assert (found.low, found.high) == pytest.approx((1.005722, 3.609386), abs=2e-3)
    assert ratio_interval(41, 15, exposure_now=28_010, exposure_before=19_017) == (found.low, found.high)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Garwood's table as reprinted in Biometrika Tables for Statisticians I, table 40.
    [(0, 0.0, 3.689), (1, 0.02532, 5.572), (5, 1.623, 11.67), (10, 4.795, 18.39), (50, 37.11, 65.92)],
)
def test_intervals_of_a_count_agree_with_garwoods_table(count: int, low: float, high: float) -> None:
    assert count_interval(count) == pytest.approx((low, high), rel=5e-4)


def test_what_a_new_patient_costs() -> None:
    found = cost_per_patient(1_200.0, 10)
    assert found.cost == 120
    assert found.low == pytest.approx(1_200 / 18.3904, rel=1e-4)
    assert found.high == pytest.approx(1_200 / 4.7954, rel=1e-4)
    nobody = cost_per_patient(1_200.0, 0)
    assert (nobody.cost, nobody.high) == (None, None)
    assert nobody.low == pytest.approx(1_200 / 3.6889, rel=1e-4)


@given(st.integers(0, 60), st.integers(0, 60), exposures, exposures)
def test_declining_is_the_one_sided_exact_test(recent: int, earlier: int, now: float, before: float) -> None:
    mine = declining_p(recent, earlier, exposure_recent=now, exposure_earlier=before)
    if recent + earlier:
        theirs = stats.binomtest(recent, recent + earlier, now / (now + before), alternative="less").pvalue
        assert mine == pytest.approx(theirs, abs=1e-10)


def test_a_handful_is_never_declining_and_false_alarms_stay_below_one_in_twenty() -> None:
    assert declining_p(0, 4) >= 0.05 > declining_p(0, 5)
    assert [false_alarm(both) for both in (0, 1, 4)] == [0, 0, 0]
    assert false_alarm(5) == pytest.approx(1 / 32)
    assert all(0 <= false_alarm(both, exposure_recent=63, exposure_earlier=60) < 0.05 for both in range(200))


@given(st.integers(0, 80), exposures, exposures)
def test_a_silence_is_the_conditional_test_with_none_at_the_end(referrals: int, observed: float, silent: float) -> None:
    found = silence_p(referrals, observed_days=observed, silent_days=silent)
    assert found == pytest.approx(stats.binom.pmf(0, referrals, silent / (observed + silent)), abs=1e-12)


def test_how_long_a_silence_is_rare_and_what_was_missed() -> None:
    assert silence_p(3, observed_days=365, silent_days=600) >= 0.05 > silence_p(3, observed_days=365, silent_days=640)
    assert silence_p(12, observed_days=365, silent_days=104) < 0.05
    assert silence_p(12, observed_days=365, silent_days=0) == 1
    assert silence_p(12, observed_days=0, silent_days=4) == 0
    assert expected_missed(12, observed_days=360, silent_days=90) == 3
    assert expected_missed(12, observed_days=360, silent_days=90, arrived=5) == 0
    assert expected_missed(12, observed_days=0, silent_days=90) == 0
