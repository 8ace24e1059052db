"""Spans of days and what each is compared with."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.attribution.filters.periods import PRESETS, Period, UnreadablePeriod, add_months, preset, read_period
from intake.attribution.totals.messages import during, say_period

TODAY = date(2026, 11, 22)


def test_without_days_it_is_the_month_so_far_and_goes_with_the_same_days_of_the_month_before() -> None:
    period = read_period(None, "", today=TODAY)
    assert period == Period(date(2026, 11, 1), TODAY)
    assert period.before() == Period(date(2026, 10, 1), date(2026, 10, 22))


@pytest.mark.parametrize(
    ("first", "last", "before_first", "before_last"),
    [
        ("2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"),
        ("2026-04-01", "2026-06-30", "2026-01-01", "2026-03-31"),
        # A year so far goes with the same days of the year before, whether or not a month is just over.
        ("2026-01-01", "2026-02-12", "2025-01-01", "2025-02-12"),
        ("2026-01-01", "2026-11-30", "2025-01-01", "2025-11-30"),
        ("2026-01-01", "2026-01-31", "2025-12-01", "2025-12-31"),
        ("2026-01-01", "2026-12-31", "2025-01-01", "2025-12-31"),
        ("2026-03-01", "2026-03-30", "2026-02-01", "2026-02-28"),
        ("2026-11-16", "2026-11-22", "2026-11-09", "2026-11-15"),
        ("2026-11-22", "2026-11-22", "2026-11-21", "2026-11-21"),
        ("2024-02-01", "2024-02-29", "2024-01-01", "2024-01-31"),
    ],
)
def test_a_period_goes_with_one_alike_just_before(first: str, last: str, before_first: str, before_last: str) -> None:
    before = read_period(first, last, today=TODAY).before()
    assert before == Period(date.fromisoformat(before_first), date.fromisoformat(before_last))


@given(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.integers(min_value=0, max_value=4000),
)
def test_the_period_before_never_overlaps_and_never_has_more_days_than_its_months_allow(first: date, more: int) -> None:
    period = Period(first, first + timedelta(days=more))
    before = period.before()
    assert before is not None
    assert before.first_day <= before.last_day < period.first_day
    if not period.whole_months:
        # The year before may have a February 29.
        assert before.days <= period.days + (first.month == first.day == 1)


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_is_a_period_that_ends_by_today(name: str) -> None:
    for today in (TODAY, date(2024, 2, 29), date(2026, 1, 1), date(2026, 12, 31)):
        period = preset(name, today)
        assert period is not None
        assert period.first_day <= period.last_day <= today
    assert preset("nonsense", TODAY) is None


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-02-30", "2026-03-01", "not a day of the calendar"),
        ("yesterday", "2026-03-01", "“yesterday”"),
        ("2026-03-02", "2026-03-01", "Swap them"),
        ("05.11.2026", "", "could mean two days"),
        ("0001-01-01", "2026-03-01", "must lie between"),
        ("2026-01-01", "9999-12-31", "must lie between"),
        ("٢٠٢٦-٠١-٠١", "2026-01-01x", "not a day"),
        ("9" * 10_000, "2026-01-01", "not a day"),
        ("2026-01-01", "\0=1+1", "not a day"),
    ],
)
def test_days_that_make_no_period_are_refused_with_a_sentence(first: str, last: str, words: str) -> None:
    with pytest.raises(UnreadablePeriod, match=words) as refused:
        read_period(first, last, today=TODAY)
    assert len(str(refused.value)) < 200


def test_one_day_alone_runs_to_today_or_from_the_first_of_its_month() -> None:
    assert read_period("2026-09-10", None, today=TODAY) == Period(date(2026, 9, 10), TODAY)
    assert read_period("2026-12-24", None, today=TODAY) == Period(date(2026, 12, 24), date(2026, 12, 24))
    assert read_period(None, "2026-09-10", today=TODAY) == Period(date(2026, 9, 1), date(2026, 9, 10))


def test_adding_months_stays_within_the_month() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 31), -2) == date(2025, 11, 30)


def test_periods_are_said_as_spans_of_days_are() -> None:
    period = read_period("2025-12-24", "2026-01-02", today=TODAY)
    assert say_period(period) == "December 24, 2025 – January 2, 2026"
    assert during(period) == "from December 24, 2025 to January 2, 2026"
