"""What devices seal while they are offline: our public key, and opening what was sealed to it.

ECDH on P-256 with a key made for one answer, HKDF-SHA-256 (RFC 5869), AES-256-GCM: what browsers' WebCrypto offers.
The private key is derived from SECRET_KEY, so nothing more has to be stored, and every process has the same.
"""

import base64
import binascii
import json
from contextlib import suppress
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from intake.accounts import tokens

# Tablets hold answers that were sealed under these names.
PURPOSE = "late answers"
SIGNING = "lists on tablets"
INFO = b"intake late answer"
# NIST P-256, SEC 2 section 2.4.2.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
POINT_BYTES, IV_BYTES = 65, 12
LONGEST = 64 * 1024


class CannotUnseal(ValueError):
    """Not sealed to our key, cut short, or changed on its way."""


def public_key() -> str:
    """Return the public key as an uncompressed point in base64."""
    return _public(tokens.derived_key(PURPOSE))


def signing_key() -> str:
    """Return the public key that checks what `signed` signs, as an uncompressed point in base64."""
    return _public(tokens.derived_key(SIGNING))


def signed(words: str) -> str:
    """Return our signature of `words`: ECDSA on P-256 with SHA-256, r and s in a row as WebCrypto reads them."""
    der = _private(tokens.derived_key(SIGNING)).sign(words.encode(), ec.ECDSA(hashes.SHA256()))
    return base64.b64encode(b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))).decode()


def open_sealed(sealed: str) -> dict[str, Any]:
    """Return what `sealed_queue.js` sealed, before or after SECRET_KEY was changed. Raises CannotUnseal."""
    if len(sealed) > LONGEST:
        raise CannotUnseal
    *newer, oldest = tokens.derived_keys(PURPOSE)
    for seed in newer:
        with suppress(CannotUnseal):
            return _open(sealed, seed)
    return _open(sealed, oldest)


def _open(sealed: str, seed: bytes) -> dict[str, Any]:
    try:
        raw = base64.b64decode(sealed, validate=True)
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[:POINT_BYTES])
        shared = _private(seed).exchange(ec.ECDH(), theirs)
        key = HKDF(algorithm=hashes.SHA256(), length=32, salt=b"", info=INFO).derive(shared)
        iv, hidden = raw[POINT_BYTES : POINT_BYTES + IV_BYTES], raw[POINT_BYTES + IV_BYTES :]
        words = json.loads(AESGCM(key).decrypt(iv, hidden, None))
    except (binascii.Error, ValueError, InvalidTag):
        raise CannotUnseal from None
    if not isinstance(words, dict):
        raise CannotUnseal
    return words


@lru_cache(maxsize=4)
def _private(seed: bytes) -> ec.EllipticCurvePrivateKey:
    # 48 bytes against an order of 32: the remainder's bias is below 2^-128 (FIPS 186-5, A.2.1).
    wide = HKDF(algorithm=hashes.SHA256(), length=48, salt=b"", info=b"intake P-256 key").derive(seed)
    return ec.derive_private_key(int.from_bytes(wide, "big") % (ORDER - 1) + 1, ec.SECP256R1())


@lru_cache(maxsize=4)
def _public(seed: bytes) -> str:
    point = _private(seed).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.b64encode(point).decode()
