"""Password links: personal addresses where somebody chooses a password, so that no administrator ever knows one."""

from datetime import timedelta

from sqlalchemy import select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import PasswordLink, Staff
from intake.accounts.staff import records
from intake.accounts.tokens import hash_token, new_link_token
from intake.db import db

KEPT = timedelta(days=3)


def issue(staff: Staff, *, by: Staff | None) -> str:
    """Return the token of a new link; older links of this person stop working. Flushes.

    `by` is None for commands. Raises BeyondReach or BeyondRoles, since with the link one can sign in as that person.
    """
    if by is not None and not records.may_manage(by, staff):
        raise records.BeyondReach
    if by is not None and not records.may_sign_in_as(by, staff):
        raise records.BeyondRoles
    _use_up(staff)
    token = new_link_token()
    now = clock.now()
    db.session.add(
        PasswordLink(
            token_hash=hash_token(token),
            staff_id=staff.id,
            created_at=now,
            created_by_id=by.id if by is not None else None,
            expires_at=now + KEPT,
        )
    )
    db.session.flush()
    audit_trail.record("person.password_link_made", **audit_trail.about(staff))
    return token


def find(token: str) -> PasswordLink | None:
    """Return the link of a token while it can still be used. Reading it uses nothing up."""
    query = select(PasswordLink).where(
        PasswordLink.token_hash == hash_token(token),
        PasswordLink.used_at.is_(None),
        PasswordLink.expires_at > clock.now(),
    )
    link = db.session.scalars(query).one_or_none()
    return link if link is not None and link.staff.active else None


def use(link: PasswordLink, password: str) -> bool:
    """Set the password; False when another request used the link in the same moment. Flushes."""
    taken = db.session.execute(
        update(PasswordLink)
        .where(PasswordLink.id == link.id, PasswordLink.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return False
    records.change_password(link.staff, password)
    return True


def _use_up(staff: Staff) -> None:
    db.session.execute(
        update(PasswordLink)
        .where(PasswordLink.staff_id == staff.id, PasswordLink.used_at.is_(None))
        .values(used_at=clock.now())
    )
