"""Which passwords are too easy to guess. Plain functions: no database, no request."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from intake.accounts.auth import known_passwords

SHORTEST = 12
LONGEST = 200
FEWEST_DIFFERENT = 6
OWN_LETTERS = 8

# What people fall back on when a rule asks for length: these words, padded. Compared after undoing "p@ssw0rd".
_COMMON = (
    "password passwort passphrase passcode contrasena letmein welcome bienvenido changeme default temporary secret "
    "admin administrator manager reception frontdesk desk doctor nurse clinic clinica medical health hospital office "
    "patient practice intake referral login signin account user guest test demo sample example master access "
    "qwerty qwertz azerty asdf zxcv iloveyou monkey dragon sunshine princess football baseball superman batman "
    "shadow michael jennifer jordan charlie freedom whatever trustno hello computer internet company summer winter "
    "spring autumn january february march april june july august september october november december monday friday"
)
COMMON_WORDS = tuple(_COMMON.split())
KEY_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "1234567890",
    "0123456789",
)
WALKS = ("1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn", "qazwsxedcrfvtgb", "zaqxswcdevfrbgt", "zaq12wsxcde34rfv")
_leet = str.maketrans("@4831!05$7+", "aaebiiosstt")
_not_letter_or_digit = re.compile(r"[^a-z0-9]+")


def weakness(password: str, *, personal: Iterable[str] = ()) -> str | None:
    """Return a sentence that says why this password is too easy to guess; None when it is good enough.

    `personal` holds what anybody knows about the person: name, e-mail address, the practice. Length is what counts;
    there are no rules about capitals and digits, which only make people write passwords down.
    """
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Three or four words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    plain = _not_letter_or_digit.sub("", unicodedata.normalize("NFKD", password).casefold())
    if len(set(password.casefold()) - {" "}) < FEWEST_DIFFERENT or _is_one_part_repeated(plain):
        return "This repeats the same few characters. Use words that don't belong together."
    known = [word for text in personal for word in _not_letter_or_digit.split(text.casefold()) if len(word) >= 3]
    own = _left_over(plain, known)
    if own < min(OWN_LETTERS, _left_over(plain, [])):
        return "This is mostly a name, the e-mail address or the practice. Use words nobody would connect with you."
    too_common = plain and _left_over(plain, [*known, *COMMON_WORDS, *_runs()]) < OWN_LETTERS
    if too_common or known_passwords.is_known(password):
        return "This is one of the first passwords that would be tried. Use words that don't belong together."
    return None


def _is_one_part_repeated(plain: str) -> bool:
    return any(plain == plain[:size] * (len(plain) // size) for size in range(1, OWN_LETTERS) if 0 < size < len(plain))


def _left_over(plain: str, words: Iterable[str]) -> int:
    """How many letters and digits remain when these words, as they are or as "p4ssw0rd", are taken out.

    Digits at the end count for nothing: everybody adds a year.
    """
    shortest = len(plain)
    for text in (plain, plain.translate(_leet)):
        rest = text
        for word in sorted(set(words), key=len, reverse=True):
            rest = rest.replace(word, "")
        shortest = min(shortest, len(rest.rstrip("0123456789")))
    return shortest


@cache
def _runs() -> frozenset[str]:
    """Neighbours on the keyboard and in the alphabet, four and more, in both directions."""
    found = []
    for row in (*KEY_ROWS, *WALKS):
        for each in (row, row[::-1]):
            found += [each[start : start + size] for size in range(4, len(each) + 1) for start in range(len(each) - 3)]
    return frozenset(run for run in found if len(run) >= 4)
