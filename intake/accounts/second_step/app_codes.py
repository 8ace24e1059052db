"""Codes of an authenticator app: six digits of a half minute, one early or late, each taken once (RFC 6238).

Flask-Security makes and checks them; it leaves open that a code can be used twice, and that digits of another script
reach the comparison, which then fails with an error of its own.
"""

import re
import unicodedata
from functools import cache
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet
from flask_security import Totp
from passlib.exc import UsedTokenError
from passlib.totp import TOTP, TotpMatch
from sqlalchemy import or_, update

from intake import clock
from intake.accounts import tokens
from intake.accounts.models import SecondStep
from intake.db import db

HALF_MINUTE = 30
_six_digits = re.compile(r"[0-9]{6}")


class AppCodes(Totp):
    """Flask-Security's codes with one use each; its `user` is the row of the second step."""

    def __init__(self, issuer: str) -> None:
        # Secrets are sealed below, authenticated and with the practice's own key, instead of by this library.
        self._totp: Any = TOTP.using(issuer=issuer, now=lambda: clock.now().timestamp())

    def generate_totp_secret(self) -> str:
        return str(self._totp.new().to_json(encrypt=False))

    def get_last_counter(self, user: Any) -> int | None:
        return user.last_counter

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        """Note the code as used. Of two requests with the same code at the same moment one is refused."""
        noted = db.session.execute(
            update(SecondStep)
            .where(
                SecondStep.staff_id == user.staff_id,
                or_(SecondStep.last_counter.is_(None), SecondStep.last_counter < tmatch.counter),
            )
            .values(last_counter=tmatch.counter)
            .execution_options(synchronize_session=False)
        )
        if noted.rowcount != 1:  # type: ignore[attr-defined]
            raise UsedTokenError(expire_time=tmatch.expire_time)


def new_secret() -> str:
    """Return a new secret, sealed."""
    return _cipher().encrypt(app_codes("Intake").generate_totp_secret().encode()).decode()


def opened(sealed: str) -> str | None:
    """Return the secret; None when neither SECRET_KEY nor SECRET_KEY_OLD sealed it."""
    try:
        return _cipher().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def sealed_anew(sealed: str) -> str:
    """Return the secret sealed with today's SECRET_KEY. Raises InvalidToken when it can't be opened."""
    return _cipher().rotate(sealed.encode()).decode()


def is_code(typed: str) -> bool:
    """Return whether this looks like a code of an app: six digits, of any script, however spaced."""
    return bool(_six_digits.fullmatch(_plain(typed)))


def is_right(step: SecondStep, sealed: str, typed: str) -> bool:
    """Return whether `typed` is a code of this secret that wasn't used yet, and use it up. Writes."""
    secret = opened(sealed)
    if secret is None or not is_code(typed):
        return False
    row: Any = step
    return bool(app_codes("Intake").verify_totp(_plain(typed), secret, row, window=HALF_MINUTE))


@cache
def app_codes(issuer: str) -> AppCodes:
    """Return the codes under the name that the app shows above them, which may not hold a colon."""
    return AppCodes(issuer.replace(":", " "))


def _plain(typed: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed) if not letter.isspace() and letter != "-")


def _cipher() -> MultiFernet:
    return tokens.fernet("second step")
