"""Random secrets that are shown once and kept as a hash, and keys derived from the practice's one secret."""

import base64
import hashlib
import hmac
import secrets
import string

from flask import current_app

# Without 0 O, 1 I L, 2 Z, 5 S, 8 B and U V: read aloud across a room, nobody types the wrong one.
CLEAR_LETTERS = "ACDEFGHJKMNPQRTWXY34679"

LINK_LETTERS = string.ascii_letters + string.digits
# 62 to the power of 33 are 196 bits.
LINK_LENGTH = 33


def hash_token(token: str) -> str:
    """SHA-256 in hex. Tokens carry 256 random bits, so no slow hash is needed to protect them at rest."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_link_token() -> str:
    """Return a token for an address that travels in a text: letters and digits only, since carriers change `_`."""
    return "".join(secrets.choice(LINK_LETTERS) for _ in range(LINK_LENGTH))


def new_code(length: int) -> str:
    """Return a code that people can read to each other."""
    return "".join(secrets.choice(CLEAR_LETTERS) for _ in range(length))


def plain_code(typed: str) -> str:
    """Return a typed code as it was made: upper case, without the spaces and dashes that people put in."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def derived_key(purpose: str) -> bytes:
    """Return 32 bytes for one purpose, from SECRET_KEY; keys of two purposes tell nothing about each other."""
    secret = current_app.config["SETTINGS"].secret_key.get_secret_value()
    return hmac.new(secret.encode(), f"intake {purpose}".encode(), hashlib.sha256).digest()


def fernet_key(purpose: str) -> bytes:
    """`derived_key` in the form that Fernet takes."""
    return base64.urlsafe_b64encode(derived_key(purpose))
