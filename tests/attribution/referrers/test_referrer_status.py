"""Statuses of physicians, from days and counts alone, against figures worked out by hand or by another library."""

from datetime import date, timedelta
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.attribution.referrers.status import (
    History,
    StatusName,
    Windows,
    false_alarms,
    status_of,
)
from tests.drawing import examples

TODAY = date(2026, 11, 22)
LONG_AGO = date(2020, 1, 1)
PLAIN = Windows(TODAY, LONG_AGO)


def came(*days_ago: int) -> History:
    days = sorted(TODAY.toordinal() - ago for ago in days_ago)
    distinct = sorted(set(days))
    return History(tuple(distinct), tuple(sum(each <= day for each in days) for day in distinct))


def status(history: History, windows: Windows = PLAIN) -> StatusName:
    return status_of(1, history, windows).status


def test_the_window_ends_today_and_is_ninety_days_long() -> None:
    standing = status_of(1, came(0, 89, 90, 179, 180), PLAIN)
    assert (standing.recent, standing.before) == (2, 2)
    assert status_of(1, came(364, 365), PLAIN).year == 1


def test_three_after_fourteen_is_declining_and_fourteen_after_three_is_not() -> None:
    fewer = status_of(1, came(5, 30, 60, *range(91, 119, 2)), PLAIN)
    assert fewer.status == StatusName.QUIETER
    by_hand = sum(comb(17, k) for k in range(4)) / 2**17
    assert fewer.chance_of_so_few == pytest.approx(by_hand)
    assert fewer.missed == pytest.approx(14 - 3)
    assert status(came(*range(0, 28, 2), 100, 130, 160)) == StatusName.GROWING


@pytest.mark.parametrize(("recent", "before", "flagged"), [(0, 4, False), (0, 5, True), (1, 7, True), (1, 6, False)])
def test_the_edge_of_declining_is_exact(recent: int, before: int, flagged: bool) -> None:
    standing = status_of(1, came(*range(recent), *range(100, 100 + before)), PLAIN)
    p = standing.chance_of_so_few
    assert p is not None
    assert p == pytest.approx(sum(comb(recent + before, k) for k in range(recent + 1)) / 2 ** (recent + before))
    assert (p < 0.05) is flagged is (standing.status == StatusName.QUIETER)


def test_fewer_asked_is_not_fewer_sent() -> None:
    history = came(*range(0, 30, 10), *range(90, 120, 3))
    assert status(history) == StatusName.QUIETER
    half_asked = Windows(TODAY, LONG_AGO, exposure=20.0, exposure_before=60.0, adjusted=True)
    assert status(history, half_asked) == StatusName.STEADY


def test_lapsed_needs_three_before_and_a_silence_beyond_their_pace() -> None:
    # Ten in the year before: (365 / (365 + t))^10 < 0.05 from 128 silent days on.
    ten = [ago * 30 for ago in range(10)]
    assert status(came(*(128 + ago for ago in ten))) == StatusName.LAPSED
    assert status(came(*(127 + ago for ago in ten))) != StatusName.LAPSED
    assert (365 / (365 + 128)) ** 10 < 0.05 < (365 / (365 + 127)) ** 10
    assert status(came(2000, 2100)) == StatusName.INACTIVE
    assert status_of(1, came(2000, 2100), PLAIN).chance_of_silence is None


def test_what_a_lapsed_physician_would_have_sent_is_counted_for_ninety_days() -> None:
    standing = status_of(1, came(*(200 + ago * 30 for ago in range(12))), PLAIN)
    assert standing.status == StatusName.LAPSED
    assert standing.missed == pytest.approx(12 / 365 * 90)


def test_a_young_practice_counts_the_days_it_has_seen() -> None:
    young = Windows(TODAY, TODAY - timedelta(days=200))
    # Six in the first thirty days, silence since: they sent one every five days while anybody was watching.
    standing = status_of(1, came(*range(171, 201, 5)), young)
    assert standing.status == StatusName.LAPSED
    assert standing.chance_of_silence == pytest.approx((30 / (30 + 171)) ** 6, rel=0.2)


def test_new_is_a_first_ever_referral_and_says_so_only_with_a_year_behind_it() -> None:
    assert status(came(10)) == StatusName.NEW
    assert not status_of(1, came(10), PLAIN).since_records_began
    young = Windows(TODAY, TODAY - timedelta(days=300))
    assert status_of(1, came(10), young).since_records_began
    year_old = Windows(TODAY, TODAY - timedelta(days=375))
    assert not status_of(1, came(10), year_old).since_records_began


def test_reactivated_means_at_least_365_silent_days_in_between() -> None:
    assert status(came(5, 5 + 366)) == StatusName.BACK
    assert status(came(5, 5 + 365)) == StatusName.STEADY


@pytest.mark.parametrize(("visits", "tier"), [(0, ""), (1, "C"), (3, "C"), (4, "B"), (11, "B"), (12, "A")])
def test_tiers_follow_the_trailing_year(visits: int, tier: str) -> None:
    assert status_of(1, came(*range(100, 100 + visits), 400), PLAIN).tier == tier


def test_the_false_alarms_to_expect_are_the_tests_own_level() -> None:
    # Of ten, none or one below 5% needs at most one: P(X <= 1) = 11 / 1024.
    few = [status_of(1, came(1, 2, 100, 120), PLAIN)]
    assert false_alarms(few, PLAIN).compared == 0
    standings = [status_of(each, came(*range(0, 90, 18), *range(90, 180, 18)), PLAIN) for each in range(100)]
    expected = false_alarms(standings, PLAIN)
    assert expected.compared == 100
    assert expected.quieter == pytest.approx(100 * 11 / 1024)
    assert (expected.watched, expected.lapsed) == (100, pytest.approx(5))


@settings(max_examples=examples(usual=60, everything=1000), deadline=None)
@given(
    referrals=st.lists(st.integers(0, 1500), min_size=1, max_size=40),
    open_on=st.sets(st.integers(0, 1500), min_size=1, max_size=400),
    ratio=st.floats(0.1, 10),
)
def test_who_referred_within_sixty_clinic_days_is_never_lapsed_or_inactive(
    referrals: list[int], open_on: set[int], ratio: float
) -> None:
    # Whoever came made the day a clinic day.
    days = tuple(sorted(TODAY.toordinal() - ago for ago in {*referrals, *open_on}))
    windows = Windows(TODAY, date.fromordinal(days[0]), days_open=days, coverage_ratio=ratio)
    standing = status_of(1, came(*referrals), windows)
    since = sum(day > TODAY.toordinal() - min(referrals) for day in days)
    gone = standing.status in (StatusName.LAPSED, StatusName.INACTIVE)
    assert not (gone and since < 60)
    assert standing.silent_clinic_days == since
    if since >= 60 and min(referrals) >= 365:
        assert standing.status == StatusName.INACTIVE
