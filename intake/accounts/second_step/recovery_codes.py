"""Recovery codes: ten on paper, for who has no phone at hand. Each works once and is kept like a password."""

from collections.abc import Sequence

from flask_security.utils import hash_password, verify_password
from sqlalchemy import delete, func, select, update

from intake import clock
from intake.accounts import tokens
from intake.accounts.models import RecoveryCode
from intake.db import db

MADE = 10
# 23 letters to the power of 12 are 54 bits.
LENGTH = 12


def make(staff_id: int) -> list[str]:
    """Return ten new codes as they are shown; older ones stop working. Hashing them takes a second. Flushes."""
    codes = [tokens.new_code(LENGTH) for _ in range(MADE)]
    hashes = [str(hash_password(code)) for code in codes]
    forget(staff_id)
    db.session.add_all(RecoveryCode(staff_id=staff_id, code_hash=each) for each in hashes)
    db.session.flush()
    return ["-".join(code[start : start + 4] for start in range(0, LENGTH, 4)) for code in codes]


def use(staff_id: int, typed: str) -> bool:
    """Return whether `typed` is an unused code of this person, and use it up. Commits before it compares; flushes."""
    code = tokens.plain_code(typed)
    if len(code) != LENGTH or not code.isascii():
        return False
    kept = _unused(staff_id)
    # No transaction may be open while hashes are compared.
    db.session.commit()
    found = next((row_id for row_id, code_hash in kept if verify_password(code, code_hash)), None)
    if found is None:
        return False
    used = db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.id == found, RecoveryCode.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return bool(used.rowcount == 1)  # type: ignore[attr-defined]


def left(staff_id: int) -> int:
    """Return how many codes somebody could still use."""
    query = select(func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return db.session.execute(query).scalar_one()


def forget(staff_id: int) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))


def _unused(staff_id: int) -> Sequence[tuple[int, str]]:
    query = select(RecoveryCode.id, RecoveryCode.code_hash).where(
        RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None)
    )
    return [(row.id, row.code_hash) for row in db.session.execute(query.order_by(RecoveryCode.id))]
