"""Card and Social Security numbers that somebody types where only a source was asked for."""

import pytest

from intake.survey.recording.secret_numbers import without_secret_numbers as kept
from intake.survey.recording.submission import NewMention

# Numbers that card networks publish for tests.
CARDS = (
    "4111 1111 1111 1111",
    "4111111111111111",
    "5555-5555-5555-4444",
    "3782 822463 10005",
    "371449635398431",
    "2223003122003222",
    # As keyboards and web pages write it.
    "4111.1111.1111.1111",
    "4111–1111–1111–1111",
    "4111\u00a01111\u00a01111\u00a01111",
    "٤١١١ ١١١١ ١١١١ ١١١١",
    "６０１１ １１１１ １１１１ １１１７",
)


@pytest.mark.parametrize("card", CARDS)
def test_a_card_keeps_its_last_four_digits(card):
    assert kept(f"my card is {card}, exp 04/27 thanks") == f"my card is •••• {card[-4:]}, exp 04/27 thanks"


def test_a_social_security_number_keeps_nothing():
    assert kept("ssn 123-45-6789. Dr. Shah") == "ssn •••-••-••••. Dr. Shah"
    assert kept("123 45 6789") == kept("123.45.6789") == kept("123–45–6789") == "•••-••-••••"


@pytest.mark.parametrize(
    "said",
    [
        "call me 502-555-0199 or 502 555 0142",
        "5025550199 5025550142",
        "1 2 3 4 5 6 7 8 9 10 11 12 13",
        "4111 1111 1111 1112",
        "born 03-14-1985, NPI 1234567893",
        "order 20261130190442551",
        "000-12-3456, 912-34-5678",
        "acct 123-45-67890",
        "٤١١١ ١١١١",
    ],
)
def test_other_numbers_stay(said):
    assert kept(said) == said


def test_whatever_is_recorded_has_none():
    assert NewMention(None, detail="visa 4111111111111111").detail == "visa •••• 1111"
