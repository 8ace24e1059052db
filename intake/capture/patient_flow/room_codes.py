"""The day's code of a waiting room: whoever can read it stands there. Shown by the wall display and at the desk."""

import hmac
from hashlib import sha256

from intake import clock
from intake.accounts import tokens
from intake.directory.models import Location

# 23 letters to the power of 5 are 6.4 million, and guesses are counted.
LENGTH = 5


def room_code(location: Location) -> str:
    """Return today's code of the location; another one tomorrow."""
    day = clock.clinic_today(location.time_zone)
    drawn = hmac.new(tokens.derived_key("room codes"), f"{location.id} {day.isoformat()}".encode(), sha256).digest()
    number = int.from_bytes(drawn, "big")
    letters = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(tokens.CLEAR_LETTERS))
        letters.append(tokens.CLEAR_LETTERS[place])
    return "".join(letters)


def is_room_code(typed: str, location: Location) -> bool:
    return hmac.compare_digest(tokens.plain_code(typed).encode(), room_code(location).encode())
