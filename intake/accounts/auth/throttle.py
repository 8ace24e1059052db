"""The throttle of guesses: tries are counted in the database, for all processes together."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import delete, func, insert, select

from intake import clock
from intake.accounts.models import SignInAttempt
from intake.accounts.tokens import derived_key
from intake.db import db, reading, writing

ALLOWED = 5
WINDOW = timedelta(seconds=60)
KEPT = timedelta(days=1)
LONGEST = timedelta(minutes=30)


class TooManyTries(Exception):
    """Wrong guesses: after five in a day each further one waits longer than the one before."""


def bucket(kind: str, value: object) -> str:
    """Return the bucket in which tries at something are counted: an account's password, a pairing code, a birthday."""
    return hmac.new(derived_key("sign-in attempts"), f"{kind} {value}".encode(), hashlib.sha256).hexdigest()


def address_bucket(address: str | None) -> str:
    """Return the bucket of a network address; an IPv6 customer owns a whole /64, so that counts as one."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return bucket("address", address or "unknown")
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return bucket("address", int(parsed) >> 64)
    return bucket("address", parsed)


def claim(buckets: Sequence[str], *, allowed: int = ALLOWED, window: timedelta = WINDOW) -> list[int] | None:
    """Count a try in each bucket and return the attempts' ids; None when any of them is used up. Commits on its own.

    Ends the session's transaction first, so call it before anything else is written: on the embedded database the
    count would wait for that transaction, which waits for the count.

    Call it before the guess is checked: fifty guesses sent at once are fifty attempts.
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


def claim_slowing(name: str) -> int | None:
    """Count a try in one bucket whose waits grow; None when it has to wait. Commits on its own, as `claim` does.

    After ALLOWED wrong tries in a day each further one waits twice as long as the one before, from a minute to LONGEST.
    """
    now = clock.now()
    recent = select(func.count(), func.max(SignInAttempt.at)).where(
        SignInAttempt.bucket == name, SignInAttempt.at > now - KEPT
    )
    with reading():
        count, last = db.session.execute(recent).one()
    wait = min(WINDOW * 2 ** min(count - ALLOWED, 20), LONGEST) if count >= ALLOWED else timedelta(0)
    if wait and now < last + wait:
        return None
    # Fifty tries at the same moment are held to the usual number by the claim itself.
    claimed = claim([name])
    return claimed[0] if claimed else None


def clear(name: str) -> None:
    """Forget all tries in a bucket, since the guess was right. Commits on its own, as `claim` does."""
    db.session.commit()
    with writing(), db.engine.begin() as connection:
        connection.execute(delete(SignInAttempt).where(SignInAttempt.bucket == name))


def forget(claimed: Sequence[int]) -> None:
    """Take these attempts back, since the guess was right. Commits on its own, as `claim` does."""
    db.session.commit()
    with writing(), db.engine.begin() as connection:
        connection.execute(delete(SignInAttempt).where(SignInAttempt.id.in_(claimed)))
