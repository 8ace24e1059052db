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


# What two digits in a row add, the first of them doubled; anything but digits isn't in the table.
_PAIRS = {f"{pair:02d}": _DOUBLED[pair // 10] + pair % 10 for pair in range(100)}


def is_npi(text: str) -> bool:
    """Ten plain digits with the right check digit. The registry issues 1…; 2… is valid and used by demos only."""
    if len(text) != 10 or text[0] not in "12":
        return False
    pairs = _PAIRS
    try:
        total = pairs[text[:2]] + pairs[text[2:4]] + pairs[text[4:6]] + pairs[text[6:8]] + pairs[text[8:]]
    except KeyError:
        return False
    return (_PREFIX_SUM + total) % 10 == 0
