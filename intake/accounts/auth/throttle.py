"""Wrong passwords are counted in the database, so guessing stays slow however many processes answer."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import delete, func, insert, select

from intake import clock
from intake.accounts.models import SignInAttempt
from intake.accounts.tokens import derived_key
from intake.db import db, writing

ALLOWED = 5
WINDOW = timedelta(seconds=60)
KEPT = timedelta(days=1)


def account_bucket(email: str) -> str:
    return _bucket("account", email)


def address_bucket(address: str | None) -> str:
    """One bucket per address; an IPv6 customer owns a whole /64, so that counts as one."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return _bucket("address", address or "unknown")
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return _bucket("address", str(int(parsed) >> 64))
    return _bucket("address", str(parsed))


def browser_bucket(browser: str, email: str) -> str:
    """For a browser this account has signed in from before.

    It has its own count, so nobody can lock a practice out from outside, or from its own guest network.
    """
    return _bucket("browser", f"{browser} {email}")


def bucket(kind: str, value: object) -> str:
    """For other things that may be guessed: a pairing code, a birthday."""
    return _bucket(kind, str(value))


def claim(buckets: Sequence[str], *, allowed: int = ALLOWED, window: timedelta = WINDOW) -> list[int] | None:
    """Ids of the attempts now counted, one a bucket; None when any of them is used up. Commits on its own.

    Ends the session's transaction first, so call it before anything else is written: on the embedded database the
    count would wait for that transaction, which waits for the count.

    Counting comes before the password is looked at: fifty guesses sent at once are fifty attempts.
    """
    now = clock.now()
    db.session.commit()
    with writing(), db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Same order everywhere, so that two attempts never wait for each other.
            for each in sorted(buckets):
                connection.execute(select(func.pg_advisory_xact_lock(int(each[:15], 16))))
        connection.execute(delete(SignInAttempt).where(SignInAttempt.at < now - KEPT))
        for each in buckets:
            recent = select(func.count()).where(SignInAttempt.bucket == each, SignInAttempt.at > now - window)
            if connection.execute(recent).scalar_one() >= allowed:
                return None
        rows = insert(SignInAttempt).returning(SignInAttempt.id)
        return [connection.execute(rows.values(bucket=each, at=now)).scalar_one() for each in buckets]


def forget(claimed: Sequence[int]) -> None:
    """The guess was right: these don't count. Commits on its own, after ending the session's transaction."""
    db.session.commit()
    with writing(), db.engine.begin() as connection:
        connection.execute(delete(SignInAttempt).where(SignInAttempt.id.in_(claimed)))


def _bucket(kind: str, value: str) -> str:
    return hmac.new(derived_key("sign-in attempts"), f"{kind} {value}".encode(), hashlib.sha256).hexdigest()
