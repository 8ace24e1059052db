"""Days, spans and shares as an office in the United States writes them."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask, render_template_string

from intake.web.ui.formatting import percent, percents, say_date, say_day, say_during, say_moment, say_span
from tests.making import Make


@pytest.mark.parametrize(
    ("first", "last", "said", "within"),
    [
        ("2026-11-22", "2026-11-22", "November 22, 2026", "on November 22, 2026"),
        ("2026-11-01", "2026-11-22", "November 1–22, 2026", "from November 1 to 22, 2026"),
        ("2026-08-25", "2026-11-22", "August 25 – November 22, 2026", "from August 25 to November 22, 2026"),
        ("2026-10-28", "2026-11-03", "October 28 – November 3, 2026", "from October 28 to November 3, 2026"),
        (
            "2025-12-28",
            "2026-01-03",
            "December 28, 2025 – January 3, 2026",
            "from December 28, 2025 to January 3, 2026",
        ),
        (
            "2025-12-24",
            "2026-01-02",
            "December 24, 2025 – January 2, 2026",
            "from December 24, 2025 to January 2, 2026",
        ),
        ("2026-11-01", "2026-11-30", "November 2026", "in November 2026"),
        ("2024-02-01", "2024-02-29", "February 2024", "in February 2024"),
        ("2026-02-01", "2026-02-27", "February 1–27, 2026", "from February 1 to 27, 2026"),
        ("2026-03-01", "2026-11-30", "March – November 2026", "from March to November 2026"),
        ("2025-11-01", "2026-10-31", "November 2025 – October 2026", "from November 2025 to October 2026"),
        ("2025-12-01", "2026-03-31", "December 2025 – March 2026", "from December 2025 to March 2026"),
        ("2026-01-01", "2026-12-31", "2026", "in 2026"),
        ("2025-01-01", "2026-12-31", "2025–2026", "from 2025 to 2026"),
    ],
)
def test_spans_of_days_read_as_people_write_them(first: str, last: str, said: str, within: str) -> None:
    days = date.fromisoformat(first), date.fromisoformat(last)

    assert say_span(*days) == said
    assert say_during(*days) == within


def test_the_month_comes_first_and_the_year_only_where_it_is_another() -> None:
    assert say_day(date(2026, 3, 3), date(2026, 11, 22)) == "Tue, Mar 3"
    assert say_day(date(2025, 3, 3), date(2026, 11, 22)) == "Mon, Mar 3, 2025"
    assert say_date(date(1975, 3, 3)) == "Mar 3, 1975"
    assert say_moment(datetime(2024, 7, 4, 18, 5, tzinfo=UTC), "America/New_York") == "Thu, Jul 4, 2024, 2:05 pm"


def test_a_share_stands_close_to_its_sign() -> None:
    assert percent(0.735) == "73.5%" and percent(0.5, 0) == "50%" and percent(None) == "–"
    assert percents((0.2154, 0.393)) == "21.5–39.3%"


def test_the_day_of_a_moment_is_the_practices(app: Flask, make: Make) -> None:
    make.practice(time_zone="America/New_York")
    evening = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
    with app.test_request_context():
        said = render_template_string(
            "{{ at | calendar_date }}; {{ day | calendar_date }}", at=evening, day=date(2026, 12, 1)
        )
    assert said == "Nov 30, 2026; Dec 1, 2026"
