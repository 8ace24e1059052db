import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.directory.npi.number import check_digit, is_npi

NINE = st.from_regex(r"[12][0-9]{8}", fullmatch=True)


def test_the_published_example_is_valid() -> None:
    assert is_npi("1234567893")


@given(NINE)
def test_exactly_one_last_digit_is_right(nine: str) -> None:
    assert [digit for digit in "0123456789" if is_npi(nine + digit)] == [check_digit(nine)]


@given(NINE, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(nine: str, place: int, shift: int) -> None:
    whole = nine + check_digit(nine)
    wrong = str((int(whole[place]) + shift) % 10)
    assert not is_npi(whole[:place] + wrong + whole[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "123456789", "12345678931", "3234567893", "12345678９3", "1234 67893", "+234567893"]
)
def test_anything_else_is_no_npi(text: str) -> None:
    assert not is_npi(text)
