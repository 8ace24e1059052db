"""Numbers that a person types by mistake and nobody here may keep: payment cards, Social Security numbers."""

import re

# As cards group their digits (4-4-4-4, 4-6-5, 4-4-4-4-3) or in one piece: choices or phone numbers in a row are none.
# Digits of any script; between groups what people and keyboards put there, the same each time.
_BETWEEN = "[ .\u00a0\u202f\u2010-\u2015-]"
_FOURS = rf"\d{{4}}({_BETWEEN}?)\d{{4}}\1\d{{4}}\1\d{{4}}(?:\1\d{{3}})?"
_AMERICAN = rf"\d{{4}}({_BETWEEN}?)\d{{6}}\2\d{{5}}"
_CARD = re.compile(rf"(?<![\d.-])(?:{_FOURS}|{_AMERICAN}|\d{{13,19}})(?![\d-])")
# The Social Security Administration gives out no area 000, 666 or from 900 on, no group 00, no serial 0000.
_SOCIAL_SECURITY = re.compile(rf"(?<![\d-])(?!000|666|9)\d{{3}}({_BETWEEN})(?!00)\d{{2}}\1(?!0000)\d{{4}}(?![\d-])")


def without_secret_numbers(text: str) -> str:
    """Return the text with dots for the digits of payment cards, but the last four, and of Social Security numbers."""
    if not any(character.isdigit() for character in text):
        return text
    return _SOCIAL_SECURITY.sub("•••-••-••••", _CARD.sub(_hidden_card, text))


def _hidden_card(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    # Banks' numbers begin with 2 to 6 (ISO/IEC 7812-1).
    return f"•••• {digits[-4:]}" if 2 <= int(digits[0]) <= 6 and _checks(digits) else found[0]


def _checks(digits: str) -> bool:
    """Luhn's check, ISO/IEC 7812-1 annex B: what carries it by chance is one number of ten."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
