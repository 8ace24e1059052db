"""National provider identifiers: ten digits, the last one checking the others."""

# The health-industry prefix that the check digit is computed with, though it is never written (ISO 7812).
_PREFIX_SUM = 24
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def check_digit(first_nine: str) -> str:
    """The tenth digit for `first_nine`, by Luhn over 80840 and the nine."""
    total = _PREFIX_SUM
    for place, digit in enumerate(first_nine):
        value = ord(digit) - 48
        total += _DOUBLED[value] if place % 2 == 0 else value
    return str(-total % 10)


def is_npi(text: str) -> bool:
    """Ten plain digits with the right check digit. The registry issues 1…; 2… is valid and used by demos only."""
    if len(text) != 10 or not (text.isascii() and text.isdigit()) or text[0] not in "12":
        return False
    return check_digit(text[:9]) == text[9]
