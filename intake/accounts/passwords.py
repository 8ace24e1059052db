"""Passwords: how they are kept (argon2id), and which ones are too easy to guess."""

import secrets
import unicodedata

from flask import current_app
from flask_security.utils import hash_password as hash_with_argon2
from flask_security.utils import verify_password as matches_hash

from intake.accounts.models import Staff

SHORTEST = 12
LONGEST = 200
WORDS_A_SECRET = 4
_DUMMY = "intake.dummy_password_hash"


def hashed(password: str) -> str:
    return str(hash_with_argon2(_normal(password)))


def is_right(staff: Staff | None, password: str) -> bool:
    """Whether `password` is the one of `staff`. Takes as long for nobody as for somebody."""
    if len(password) > LONGEST:
        password = password[:LONGEST]
    kept = staff.password if staff is not None else _dummy_hash()
    right = bool(matches_hash(_normal(password), kept))
    return right and staff is not None


def _normal(password: str) -> str:
    # The same letters typed on another keyboard may arrive as other code points.
    return unicodedata.normalize("NFKC", password)


def _dummy_hash() -> str:
    """The hash of a password nobody knows, made once a process with the current cost."""
    extensions = current_app.extensions
    if _DUMMY not in extensions:
        extensions[_DUMMY] = hashed(secrets.token_urlsafe(24))
    return str(extensions[_DUMMY])
