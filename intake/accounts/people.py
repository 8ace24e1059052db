"""Adding people, and the few things that change about them. Each verb flushes and leaves the commit to its caller."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select

from intake import clock
from intake.accounts import audit, passwords
from intake.accounts.models import Role, RoleName, Staff
from intake.db import db

ROLE_WORDS = {
    RoleName.FRONT_DESK: "Front desk",
    RoleName.MANAGER: "Manager",
    RoleName.LIAISON: "Liaison",
    RoleName.ADMINISTRATOR: "Administrator",
}


class EmailTaken(Exception):
    """Somebody already signs in with this e-mail address."""


class EmailUnusable(Exception):
    """This isn't an e-mail address; the message says what is wrong with it."""


def create_user(
    *,
    email: str,
    name: str,
    password: str,
    role: str,
    location_ids: Collection[int] = (),
    all_locations: bool = False,
) -> Staff:
    """A new member of staff who can sign in. Raises EmailTaken or EmailUnusable."""
    address = plain_email(email)
    if find_by_email(address) is not None:
        raise EmailTaken
    staff = Staff(
        email=address,
        name=" ".join(name.split()),
        password=passwords.hashed(password),
        active=True,
        fs_uniquifier=uuid.uuid4().hex,
        all_locations=all_locations,
        created_at=clock.now(),
        roles=[find_role(role)],
        locations=locations_with(location_ids),
    )
    db.session.add(staff)
    db.session.flush()
    audit.record("person.created", subject_kind="staff", subject_id=staff.id, role=str(role))
    return staff


def plain_email(typed: str) -> str:
    """An address as it is kept: lower case throughout, so that nobody is two people. Raises EmailUnusable."""
    try:
        found = validate_email(typed.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise EmailUnusable(str(error)) from None
    return found.normalized.lower()


def find_by_email(email: str) -> Staff | None:
    return db.session.scalars(select(Staff).where(func.lower(Staff.email) == email.strip().lower())).one_or_none()


def find_role(name: str) -> Role:
    """The row of a role; made when a database doesn't hold it yet."""
    role = db.session.scalars(select(Role).where(Role.name == str(RoleName(name)))).one_or_none()
    if role is None:
        role = Role(name=str(RoleName(name)), description=ROLE_WORDS[RoleName(name)])
        db.session.add(role)
    return role


def locations_with(ids: Collection[int]) -> Sequence[Any]:
    """Location rows with these ids. Their class lives in a room above, so it is reached through the relationship."""
    model = Staff.__mapper__.relationships["locations"].mapper.class_
    return db.session.scalars(select(model).where(model.id.in_(ids)).order_by(model.id)).all()
