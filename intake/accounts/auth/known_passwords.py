"""Passwords from known breaches, looked up in a file that comes with Intake: nothing leaves the machine.

The file holds the first four bytes of the SHA-256 of each, sorted; docs/security.md says of which list. Of a hundred
thousand other passwords two are refused by chance.
"""

import hashlib
import string
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_suffix(".bin")
BYTES = 4
# Of whatever is common all of this length are kept, and of the commonest those that stay when an ending is taken off.
LONG_ENOUGH = 12
SHORTEST_STEM = 8
COMMONEST = 100_000
_padding = string.digits + string.punctuation


def is_known(password: str) -> bool:
    """Return whether a password was in a breach, as it is or with digits and signs added around it."""
    plain = _plain(password)
    return any(_is_kept(each) for each in {plain, plain.strip(_padding)} if len(each) >= SHORTEST_STEM)


def packed(passwords: Iterable[str]) -> bytes:
    """Return the content of the file for a list of passwords, the commonest first."""
    kept = set()
    for rank, password in enumerate(passwords):
        plain = _plain(password)
        if len(plain) >= LONG_ENOUGH or (rank < COMMONEST and len(plain) >= SHORTEST_STEM):
            kept.add(_prefix(plain))
    return b"".join(sorted(kept))


def _plain(password: str) -> str:
    return "".join(unicodedata.normalize("NFKC", password).casefold().split())


def _prefix(plain: str) -> bytes:
    return hashlib.sha256(plain.encode()).digest()[:BYTES]


def _is_kept(plain: str) -> bool:
    kept, wanted = _content(), _prefix(plain)
    place = bisect_left(range(len(kept) // BYTES), wanted, key=lambda index: kept[index * BYTES : (index + 1) * BYTES])
    return kept[place * BYTES : (place + 1) * BYTES] == wanted


@cache
def _content() -> bytes:
    return FILE.read_bytes()
