"""Which passwords are refused, and that good ones aren't."""

import pytest

from intake.accounts.auth import known_passwords
from intake.accounts.auth.password_rules import weakness
from intake.accounts.devices import pins
from tests.steps import steps

KNOWN = ["Nora Vale", "nora.vale@example.org", "Riverside Vein Clinic"]


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "passwordpassword",
        "p@ssw0rd12345678",
        "Password2026!!",
        "qwertyuiop12",
        "123456789012",
        "abcdefghijkl",
        "aaaaaaaaaaaaaa",
        "abababababab",
        "winter2026winter",
        "welcome to the clinic",
        "1q2w3e4r5t6y",
        "NoraVale2026!",
        "nora.vale@example",
        "riverside vein clinic 1",
        "              ",
        "いいいいいいいいいいいいいい",
        "a" * 300,
    ],
)
def test_what_would_be_tried_first_is_refused(password: str) -> None:
    assert weakness(password, personal=KNOWN)


@pytest.mark.parametrize(
    "password",
    [
        "seven green herons",
        "correct horse battery staple",
        "Tr0ub4dor&3xyz",
        "xK9#mQ2$vL8p",
        "gato azul come pan",
        "日本語のパスワードです長い",
        "пять зелёных цапель",
        "summer holiday plans",
    ],
)
def test_what_takes_long_to_guess_is_taken_in_any_language(password: str) -> None:
    assert weakness(password, personal=KNOWN) is None


def test_a_huge_password_is_refused_unread() -> None:
    huge = "ab1! " * 200_000
    assert weakness(huge, personal=KNOWN)
    assert steps(lambda: weakness(huge, personal=KNOWN)) < 10


@pytest.mark.parametrize(
    "pin", ["", "123", "83052", "111111", "123456", "987654", "123456789", "12a456", "١٢٣٥٤٦", " 135724"]
)
def test_pins_that_are_tried_first_are_refused(pin: str) -> None:
    assert pins.weakness(pin)


@pytest.mark.parametrize("pin", ["135724", "258036", "90210377"])
def test_other_pins_are_taken(pin: str) -> None:
    assert pins.weakness(pin) is None


@pytest.mark.parametrize(
    ("password", "known"),
    [
        ("1q2w3e4r5t6y", True),
        ("BUTTERFLY2024!!", True),
        ("!!butterfly!!", True),
        ("q w e r t y u i o p 1 2 3", True),
        ("marble otter violin ridge", False),
        ("pÿq-qua9.lum-bv0", False),
    ],
)
def test_what_was_in_a_breach_is_refused_offline(password: str, known: bool) -> None:
    assert known_passwords.is_known(password) is known
    assert not known or weakness(password)


def test_the_file_of_known_passwords_is_made_from_any_list() -> None:
    commonest = ["short", "just eight", "a long passphrase", "A Long  Passphrase"]
    packed = known_passwords.packed(commonest)
    assert len(packed) == 2 * known_passwords.BYTES
    # Whatever is less common is kept when it is long enough to be a password here.
    rare = known_passwords.packed(["x"] * known_passwords.COMMONEST + ["just eight", "a long passphrase"])
    assert len(rare) == known_passwords.BYTES
    kept = known_passwords.FILE.read_bytes()
    assert len(kept) // known_passwords.BYTES > 80_000
