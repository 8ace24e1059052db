"""Columns over time: where they stand, which are not over, and in which unit a period opens."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from intake.attribution.filters.dimensions.calendar import DAY, MONTH, WEEK, CalendarDimension
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import Coverage
from intake.attribution.totals.messages import headline
from intake.attribution.totals.report import TotalLine, Totals
from intake.attribution.totals.time_columns import MOST, TimeChart, picture
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from tests.clients import Client
from tests.making import Make

TODAY = date(2026, 11, 22)


def report(by: CalendarDimension, first: str, last: str, visits: Mapping[str, int]) -> Totals:
    """Rows of a dimension by the calendar, by the day on which each begins."""
    answered = sum(visits.values())
    lines = tuple(
        TotalLine(by.name(date.fromisoformat(day)), count * UNIT, answered, coverage=Coverage(eligible=count))
        for day, count in visits.items()
    )
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    return Totals(
        period=period,
        before=None,
        view=View.PRIMARY,
        by=by,
        coverage=Coverage(eligible=answered, answered=answered),
        coverage_before=None,
        lines=lines,
        rolled_up=(),
    )


def drawn(*arguments: Any, **more: Any) -> TimeChart:
    found = picture(report(*arguments), today=TODAY, **more)
    assert found is not None
    return found


def test_months_without_anybody_keep_their_place() -> None:
    found = drawn(MONTH, "2026-03-01", "2026-07-31", {"2026-04-01": 8, "2026-05-01": 0, "2026-06-01": 2})
    assert [column.said for column in found.columns] == [
        "March 2026: 0", "April 2026: 8", "May 2026: 0", "June 2026: 2", "July 2026: 0",
    ]  # fmt: skip
    assert [column.top for column in found.columns] == [100, 0, 100, 75, 100]
    steps = [round(b.x - a.x, 2) for a, b in pairwise(found.columns)]
    assert max(steps) - min(steps) <= 0.01 and not found.has_parts


def test_what_is_not_over_or_cut_off_is_marked() -> None:
    found = drawn(MONTH, "2026-08-25", "2026-11-22", {"2026-08-01": 3, "2026-09-01": 9, "2026-11-01": 4})
    assert [column.is_part for column in found.columns] == [True, False, False, True]
    assert found.columns[0].said == "August 2026: 3, in part" and found.columns[3].said == "November 2026: 4 so far"


def test_days_to_come_are_not_drawn() -> None:
    found = drawn(DAY, "2026-11-01", "2026-11-30", {"2026-11-03": 2})
    assert len(found.columns) == 22 and found.columns[-1].is_part and not found.columns[-2].is_part


def test_a_long_period_begins_where_anything_is_on_record() -> None:
    found = drawn(MONTH, "1990-01-01", "2026-11-22", {"2026-09-01": 2, "2026-10-01": 5})
    assert [column.said for column in found.columns] == [
        "September 2026: 2",
        "October 2026: 5",
        "November 2026: 0 so far",
    ]


@pytest.mark.parametrize(
    ("most", "figures"),
    [
        (1, ["1"]),
        (2, ["1", "2"]),
        (9, ["2", "4", "6", "8"]),
        (17, ["5", "10", "15"]),
        (282, ["100", "200"]),
        (4_999, ["1,000", "2,000", "3,000", "4,000"]),
    ],
)
def test_the_scale_has_few_and_round_lines(most: int, figures: list[str]) -> None:
    found = drawn(MONTH, "2026-05-01", "2026-05-31", {"2026-05-01": most})
    assert [figure for _, figure in found.lines] == figures
    assert all(0 <= height < 100 for height, _ in found.lines)


@pytest.mark.parametrize("count", [1, 2, 7, 12, 22, 31, 60, MOST])
@pytest.mark.parametrize("by", [DAY, WEEK, MONTH])
def test_labels_keep_their_distance_and_columns_their_frame(by: CalendarDimension, count: int) -> None:
    # Weeks begin on Sunday, which is today.
    last = {DAY: count, WEEK: 7 * count - 6, MONTH: 30 * count}[by]
    first = date.fromordinal(TODAY.toordinal() - last + 1)
    found = drawn(
        by, first.isoformat(), TODAY.isoformat(), {f"{TODAY:%Y-%m}-01" if by == MONTH else TODAY.isoformat(): 7}
    )
    assert found.columns[0].x >= found.left and found.columns[-1].x + found.columns[-1].width <= 98.5
    # A phone gives the drawing 310 points, a desk 620 and more.
    for labels, width in ((found.on_phone, 310), (found.elsewhere, 620)):
        assert len(labels) >= 1
        needed = 28 if by == MONTH else 42
        places = [label.x * width / 100 for label in labels]
        assert all(b - a >= needed for a, b in pairwise(places)), (by, count, places)


def test_more_than_can_be_told_apart_is_no_picture() -> None:
    rows = {f"2026-{month:02d}-01": 1 for month in range(1, 7)}
    assert picture(report(DAY, "2026-01-01", "2026-06-30", rows), today=TODAY) is None
    assert picture(report(DAY, "2026-05-01", "2026-05-03", {"2026-05-02": 0}), today=TODAY) is None


def test_months_stand_beside_those_of_the_year_before_that_are_wholly_on_record() -> None:
    months = {"2026-04-01": 8, "2026-05-01": 8, "2026-06-01": 2}
    for began, counts, drawn_at in (
        # Records began within the first month and within the second, and long before; nobody came in the second.
        (date(2025, 4, 3), (2, 2, 4), [None, 75, 50]),
        (date(2025, 5, 2), (0, 1, 4), [None, None, 50]),
        (date(2024, 5, 2), (2, 0, 4), [75, None, 50]),
    ):
        earlier = report(
            MONTH,
            "2025-04-01",
            "2025-06-30",
            dict(zip(("2025-04-01", "2025-05-01", "2025-06-01"), counts, strict=True)),
        )
        found = drawn(MONTH, "2026-04-01", "2026-06-30", months, year_before=earlier, began=began)
        assert [column.year_before for column in found.columns] == drawn_at, began
        assert found.columns[2].said == "June 2026: 2; a year before 4"


@pytest.mark.parametrize(
    ("days", "unit"),
    [("from=2026-05-12&to=2026-05-12", "Day"), ("from=2026-05-01&to=2026-05-31", "Day"),
     ("from=2026-03-01&to=2026-05-31", "Week"), ("from=2025-06-01&to=2026-05-31", "Month")],
)  # fmt: skip
def test_time_opens_in_the_unit_that_fits_the_period(
    manager: Any, client: Client, make: Make, days: str, unit: str
) -> None:
    make.answer(make.visit(manager.place, day=date(2026, 5, 12)), make.sources()["doctor"])
    page = client.get(f"/reports?{days}&by=time").text
    assert f'<th scope="col">{unit}</th>' in page and 'class="chart time-columns"' in page
    # Another period may bring another unit; a unit chosen by hand stays.
    assert "period=last-12-months&amp;by=time" in page
    chosen = client.get(f"/reports?{days}&by=week").text
    assert '<th scope="col">Week</th>' in chosen and "period=last-12-months&amp;by=week" in chosen


def test_a_sentence_names_the_fullest_month_only_where_there_is_one() -> None:
    full = report(MONTH, "2026-05-01", "2026-06-30", {"2026-05-01": 8, "2026-06-01": 2})
    assert headline(full) == "Most answers came in May 2026: 8 of 10."
    even = report(MONTH, "2026-05-01", "2026-06-30", {"2026-05-01": 1, "2026-06-01": 1})
    alone = report(MONTH, "2026-05-01", "2026-05-31", {"2026-05-01": 7})
    assert headline(even) == "" and headline(alone) == ""


def test_what_is_hollow_is_explained_only_where_it_is_seen() -> None:
    assert drawn(DAY, "2026-11-19", "2026-11-22", {"2026-11-22": 3}).has_parts
    assert not drawn(DAY, "2026-11-19", "2026-11-22", {"2026-11-19": 3}).has_parts
