"""Mixes beside scipy and published examples; hidden cells beside a reader who tries every table there could be."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from intake.attribution.statistics.cells import SMALLEST_SHOWN, hide_in_list, hide_in_table
from intake.attribution.statistics.mixes import Method, compare_mixes, compare_with_expected, fisher_exact

tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(6, 400), min_size=width, max_size=width), min_size=2, max_size=4)
)


@given(tables)
def test_chi_square_agrees_with_scipy(table: list[list[int]]) -> None:
    found = compare_mixes(table)
    if found.method == Method.CHI_SQUARE and len(found.kept) == len(table[0]):
        theirs = stats.chi2_contingency(table, correction=False)
        assert found.statistic == pytest.approx(theirs.statistic, rel=1e-9)
        assert (found.p, found.degrees) == (pytest.approx(theirs.pvalue, rel=1e-7, abs=1e-14), theirs.dof)


@given(*[st.integers(0, 30)] * 4)
def test_fishers_test_agrees_with_scipy(a: int, b: int, c: int, d: int) -> None:
    assert fisher_exact(a, b, c, d) == pytest.approx(stats.fisher_exact([[a, b], [c, d]]).pvalue, abs=1e-9)


def test_the_lady_tasting_tea() -> None:
    # Fisher, The Design of Experiments (1935): three of four cups right; one-sided 17/70, two-sided 34/70.
    assert fisher_exact(3, 1, 1, 3) == pytest.approx(34 / 70)
    found = compare_mixes([[3, 1], [1, 3]])
    assert (found.method, found.differs) == (Method.EXACT, False)


def test_rare_sources_are_counted_together_and_nothing_is_made_of_nothing() -> None:
    table = [[60, 40, 3, 0, 3], [30, 65, 0, 4, 4], [0, 0, 0, 0, 0]]
    found = compare_mixes(table)
    assert (found.method, found.kept, found.degrees, found.differs) == (Method.CHI_SQUARE, (0, 1), 2, True)
    pooled = [[60, 40, 6], [30, 65, 8]]
    assert compare_mixes([*table[:2]]).p == found.p
    assert found.p == pytest.approx(stats.chi2_contingency(pooled, correction=False).pvalue)
    assert compare_mixes([]).method == compare_mixes([[4, 5]]).method == compare_mixes([[4], [5]]).method == "too-few"
    assert compare_mixes([[1, 0, 1], [0, 1, 0], [1, 1, 0]]).method == Method.TOO_FEW


def test_counts_beside_what_was_to_be_expected() -> None:
    # Weldon's dice as in Pearson (1900), twelve dice thrown 26,306 times, the rarest outcomes together: χ² = 43.87.
    seen = [185, 1149, 3265, 5475, 6114, 5194, 3067, 1331, 403, 105, 14, 4, 0]
    mean = [203, 1217, 3345, 5576, 6273, 5018, 2927, 1254, 392, 87, 13, 1, 0]
    found = compare_with_expected(seen, mean)
    assert found.p is not None and found.p < 0.0001
    even = compare_with_expected([18, 22, 21, 19], [1, 1, 1, 1])
    theirs = stats.chisquare([18, 22, 21, 19])
    assert (even.statistic, even.p) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert compare_with_expected([1, 0, 1], [1, 1, 1]).method == Method.TOO_FEW
    assert compare_with_expected([], []).p is None


def _known_limits(value: int, hidden: bool) -> range:
    """What a reader who knows every rule takes for possible; larger counts are capped, which only helps the reader."""
    if not hidden:
        return range(value, value + 1)
    return range(1, SMALLEST_SHOWN) if value < SMALLEST_SHOWN else range(SMALLEST_SHOWN, 31)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 14), st.integers(11, 25)), min_size=1, max_size=4))
def test_no_hidden_count_of_a_list_can_be_worked_out(counts: list[int]) -> None:
    hidden, total_hidden = hide_in_list(counts)
    assert all(is_hidden for count, is_hidden in zip(counts, hidden, strict=True) if 0 < count < SMALLEST_SHOWN)
    possible = [
        guess
        for guess in product(
            *(_known_limits(count, is_hidden) for count, is_hidden in zip(counts, hidden, strict=True))
        )
        if total_hidden or sum(guess) == sum(counts)
    ]
    for place, count in enumerate(counts):
        if 0 < count < SMALLEST_SHOWN:
            assert len({guess[place] for guess in possible}) > 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([0, 1, 2, 3, 9, 10, 11, 12, 15]), min_size=2, max_size=2), min_size=2, max_size=3)
)
def test_no_hidden_cell_of_a_table_can_be_worked_out(rows: list[list[int]]) -> None:
    found = hide_in_table(rows)
    flat = [count for row in rows for count in row]
    limits = [
        # Counts of a table that could move at all could move by one.
        [each for each in _known_limits(count, found.cells[place // 2][place % 2]) if abs(each - count) <= 1]
        for place, count in enumerate(flat)
    ]
    sums = [
        *((lambda g, r=r: g[2 * r] + g[2 * r + 1], sum(rows[r]), found.row_sums[r]) for r in range(len(rows))),
        *((lambda g, c=c: sum(g[c::2]), sum(row[c] for row in rows), found.column_sums[c]) for c in range(2)),
        (sum, sum(map(sum, rows)), found.total),
    ]
    ranges = [_known_limits(value, hidden) for _, value, hidden in sums]
    possible = [
        guess
        for guess in product(*limits)
        if all(
            _fits(add(guess), span, hidden and value >= SMALLEST_SHOWN)
            for (add, value, hidden), span in zip(sums, ranges, strict=True)
        )
    ]
    for place, count in enumerate(flat):
        if 0 < count < SMALLEST_SHOWN:
            assert found.cells[place // 2][place % 2]
            assert len({guess[place] for guess in possible}) > 1


def _fits(value: int, span: range, large: bool) -> bool:
    return value >= 11 if large else value in span


def test_a_lone_small_cell_takes_the_smallest_circle_with_it() -> None:
    found = hide_in_table([[3, 40, 60], [50, 20, 70], [80, 30, 90]])
    hidden = {(r, c) for r, row in enumerate(found.cells) for c, each in enumerate(row) if each}
    assert hidden == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert not any((*found.row_sums, *found.column_sums, found.total))


def test_large_tables_and_empty_ones_are_shown_whole() -> None:
    assert hide_in_list([]) == ((), False)
    assert hide_in_list([0, 11, 250]) == ((False, False, False), False)
    assert hide_in_table([]).cells == ()
    assert not any(any(row) for row in hide_in_table([[11, 0], [12, 400]]).cells)


def test_two_ones_are_not_told_by_their_sum() -> None:
    hidden, total_hidden = hide_in_list([1, 1, 40])
    assert hidden == (True, True, True) and not total_hidden
