"""National provider identifiers: ten digits, the last one checking the others."""

# What the prefix 80840 of health-care identifiers adds; it is never written.
_PREFIX_SUM = 24
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def check_digit(first_nine: str) -> str:
    """Return the tenth digit: the Luhn check digit of 80840 followed by `first_nine` (ISO 7812)."""
    total = _PREFIX_SUM
    for place, digit in enumerate(first_nine):
        value = ord(digit) - 48
        total += _DOUBLED[value] if place % 2 == 0 else value
    return str(-total % 10)


# What two digits in a row add, the first of them doubled; anything but digits isn't in the table.
_PAIRS = {f"{pair:02d}": _DOUBLED[pair // 10] + pair % 10 for pair in range(100)}


def is_npi(text: str) -> bool:
    """Whether `text` is ten digits with the right check digit. The registry issues 1…; 2… is used by demos only."""
    if len(text) != 10 or text[0] not in "12":
        return False
    pairs = _PAIRS
    try:
        total = pairs[text[:2]] + pairs[text[2:4]] + pairs[text[4:6]] + pairs[text[6:8]] + pairs[text[8:]]
    except KeyError:
        return False
    return (_PREFIX_SUM + total) % 10 == 0
