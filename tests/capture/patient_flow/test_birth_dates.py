"""Reading dates of birth."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.capture.patient_flow.birth_dates import read_birth_date
from intake.capture.patient_flow.text_input import InputRefused

TODAY = date(2026, 11, 22)
BORN = date(1985, 3, 14)


def read(day="", month="", year="", language="en"):
    return read_birth_date(day, month, year, language=language, today=TODAY)


@pytest.mark.parametrize(
    "boxes",
    [
        ("14", "3", "1985"),
        ("14", "03", "85"),
        ("14", "March", "1985"),
        ("14", "mar", "1985"),
        ("14", "marzo", "1985"),
        ("14", "مارس", "1985"),
        ("١٤", "٣", "١٩٨٥"),
        (" 14 ", "3 ", "1985"),
        ("3", "14", "1985"),
    ],
)
def test_three_boxes(boxes):
    assert read(*boxes) == BORN


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("3/14/1985", "en"),
        ("14/3/1985", "en"),
        ("14/3/1985", "es"),
        ("14.03.1985", "es"),
        ("1985-03-14", "en"),
        ("03141985", "en"),
        ("14031985", "es"),
        ("3-14-85", "en"),
        ("March 14, 1985", "en"),
        ("14th of March 1985", "en"),
        ("14 de marzo de 1985", "es"),
        ("14 mar 85", "en"),
    ],
)
def test_a_whole_date_in_any_box(text, language):
    for box in ("day", "month", "year"):
        assert read(**{box: text}, language=language) == BORN


def test_the_order_of_a_whole_date_follows_the_language():
    assert read(day="4/5/1985", language="en") == date(1985, 4, 5)
    assert read(day="4/5/1985", language="es") == date(1985, 5, 4)


def test_two_digits_mean_the_last_such_year():
    assert read("1", "1", "26") == date(2026, 1, 1)
    assert read("1", "1", "27") == date(1927, 1, 1)


@pytest.mark.parametrize(
    ("boxes", "key"),
    [
        (("", "", ""), "missing"),
        (("14", "3", ""), "incomplete"),
        (("31/02", "", ""), "incomplete"),
        (("31", "2", "1985"), "day"),
        (("29", "2", "1985"), "day"),
        (("13", "13", "2020"), "month"),
        (("0", "3", "1985"), "day"),
        (("14", "3", "0000"), "day"),
        (("1", "1", "2027"), "future"),
        (("1", "1", "1890"), "year"),
        (("yesterday", "", ""), "unreadable"),
        (("1.5", "3", "1985"), "unreadable"),
        (("-1", "3", "1985"), "unreadable"),
        (("14", "3", "19850"), "unreadable"),
        (("🎂", "🎂", "🎂"), "unreadable"),
    ],
)
def test_what_is_no_date_is_refused_with_its_reason(boxes, key):
    with pytest.raises(InputRefused) as refused:
        read(*boxes)
    assert refused.value.key == f"problem.birth_date_{key}"


@given(st.dates(min_value=date(1902, 1, 1), max_value=TODAY), st.sampled_from(["en", "es", "ar"]))
def test_every_day_can_be_written_in_boxes(day, language):
    assert read(str(day.day), str(day.month), str(day.year), language) == day


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.sampled_from(["en", "es", "ar"]))
def test_anything_at_all_is_either_a_past_day_or_refused(day, month, year, language):
    try:
        found = read(day, month, year, language)
    except InputRefused:
        return
    assert found <= TODAY
