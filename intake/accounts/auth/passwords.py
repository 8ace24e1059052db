"""Hashing and checking of passwords (argon2id)."""

import secrets
import unicodedata

from flask import current_app
from flask_security.utils import hash_password as hash_with_argon2
from flask_security.utils import verify_password as matches_hash

from intake.accounts.auth.password_rules import LONGEST
from intake.accounts.models import Staff

_DUMMY = "intake.dummy_password_hash"


def hashed(password: str) -> str:
    return str(hash_with_argon2(_normal(password)))


def is_right(staff: Staff | None, password: str) -> bool:
    """Return whether `password` is that of `staff`. Takes as long for nobody as for somebody."""
    if staff is None or not is_chosen(staff) or len(password) > LONGEST:
        matches_hash(_normal(password[:LONGEST]), _dummy_hash())
        return False
    return bool(matches_hash(_normal(password), staff.password))


def unusable() -> str:
    """Return what is kept for somebody who hasn't chosen a password yet: the hash of none."""
    return "!" + secrets.token_hex(8)


def is_chosen(staff: Staff) -> bool:
    """Whether this person can sign in with a password at all."""
    return not staff.password.startswith("!")


def _normal(password: str) -> str:
    # The same letters typed on another keyboard may arrive as other code points.
    return unicodedata.normalize("NFKC", password)


def _dummy_hash() -> str:
    """The hash of a password nobody knows, made once a process with the current cost."""
    extensions = current_app.extensions
    if _DUMMY not in extensions:
        extensions[_DUMMY] = hashed(secrets.token_urlsafe(24))
    return str(extensions[_DUMMY])
