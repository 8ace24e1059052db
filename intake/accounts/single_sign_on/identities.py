"""Who of the practice's staff somebody at the provider is. Nobody is ever added here. Verbs flush."""

from sqlalchemy import delete, func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.current import Actor
from intake.accounts.models import ProviderIdentity, Staff
from intake.accounts.single_sign_on.provider import Word, WordRefused
from intake.db import db


def staff_of(word: Word) -> Staff:
    """Return the active member of staff of an account at the provider, linked when they first come from there.

    By then the verified e-mail address says who it is, afterwards the account's own number, which is given to nobody
    else. Raises WordRefused.
    """
    linked = select(Staff).join(ProviderIdentity, ProviderIdentity.staff_id == Staff.id)
    known = db.session.scalars(
        linked.where(ProviderIdentity.issuer == word.issuer, ProviderIdentity.subject == word.subject)
    ).one_or_none()
    staff = known or _of_address(word)
    if not staff.active:
        raise WordRefused("nobody")
    if known is None:
        _link(staff, word)
    return staff


def is_linked(staff: Staff) -> bool:
    return db.session.get(ProviderIdentity, staff.id) is not None


def unlink(staff: Staff) -> None:
    """Forget whom the provider knows `staff` as: their address says it again the next time."""
    db.session.execute(delete(ProviderIdentity).where(ProviderIdentity.staff_id == staff.id))


def _of_address(word: Word) -> Staff:
    if not word.email_verified:
        raise WordRefused("unverified")
    found = db.session.scalars(select(Staff).where(func.lower(Staff.email) == word.email.strip().lower())).one_or_none()
    if found is None:
        raise WordRefused("nobody")
    return found


def _link(staff: Staff, word: Word) -> None:
    if is_linked(staff):
        # Another account with the same address: perhaps whoever was given the address after them.
        raise WordRefused("other_account")
    db.session.add(ProviderIdentity(staff_id=staff.id, issuer=word.issuer, subject=word.subject, linked_at=clock.now()))
    db.session.flush()
    audit_trail.record("single_sign_on.linked", actor=Actor("staff", staff.id), **audit_trail.about(staff))
