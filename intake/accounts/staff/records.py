"""Records of staff: adding people and changing them. Each verb flushes; the caller commits."""

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth import passwords, sessions
from intake.accounts.devices import pins
from intake.accounts.models import Role, RoleName, Staff, staff_role
from intake.accounts.single_sign_on import identities
from intake.db import db

SENT_TWICE = timedelta(minutes=2)
ROLE_WORDS = {
    RoleName.FRONT_DESK: "Front desk",
    RoleName.MANAGER: "Manager",
    RoleName.LIAISON: "Liaison",
    RoleName.ADMINISTRATOR: "Administrator",
}
ROLE_HINTS = {
    RoleName.FRONT_DESK: "asks patients, takes calls, loads the day's schedule",
    RoleName.MANAGER: "everything at the front desk, and reports, sources and physicians",
    RoleName.LIAISON: "reports and physicians, to visit referring practices",
    RoleName.ADMINISTRATOR: "people, tablets, locations, sources and the audit trail",
}


# What each role lets an administrator give: managers read and decide more, so only a manager makes another.
GIVES = {
    RoleName.ADMINISTRATOR: {RoleName.ADMINISTRATOR, RoleName.FRONT_DESK, RoleName.LIAISON},
    RoleName.MANAGER: {RoleName.MANAGER},
}


class EmailTaken(Exception):
    """Somebody already signs in with this e-mail address."""


class EmailUnusable(Exception):
    """This isn't an e-mail address; the message says what is wrong with it."""


class LastAdministrator(Exception):
    """Nobody would be left who can manage people."""


class BeyondReach(Exception):
    """Nobody gives access to locations that they don't have themselves, nor changes who works at such a one."""


class BeyondRoles(Exception):
    """Nobody gives a role of more than they hold, nor a link with which they could sign in as somebody with one."""


class BeyondAddress(Exception):
    """With the address of somebody who may do more one could sign in as them."""


class OwnRights(Exception):
    """Nobody gives themselves a role or a location; giving one up is open to everybody."""


def create_user(
    *,
    email: str,
    name: str,
    password: str | None,
    role: str,
    more_roles: Collection[str] = (),
    location_ids: Collection[int] = (),
    all_locations: bool = False,
    by: Staff | None = None,
) -> Staff:
    """Add a member of staff; without a password they can't sign in before they chose one by a link.

    `by` is the administrator who adds them; None for commands on the machine itself, which may do anything.
    Raises BeyondReach, BeyondRoles, EmailTaken or EmailUnusable.
    """
    if by is not None:
        _keep_within_reach(by, location_ids, all_locations)
        _keep_within_roles(by, {role, *more_roles})
    address = plain_email(email)
    if find_by_email(address) is not None:
        raise EmailTaken
    staff = Staff(
        email=address,
        name=" ".join(name.split()),
        password=passwords.unusable() if password is None else passwords.hashed(password),
        active=True,
        fs_uniquifier=uuid.uuid4().hex,
        all_locations=all_locations,
        created_at=clock.now(),
        roles=[find_role(each) for each in dict.fromkeys([role, *more_roles])],
        locations=[] if all_locations else list(locations_with(location_ids)),
    )
    db.session.add(staff)
    db.session.flush()
    audit_trail.record("person.created", **audit_trail.about(staff), **_reach(staff))
    return staff


def change(
    staff: Staff,
    *,
    email: str,
    name: str,
    roles: Collection[str],
    location_ids: Collection[int],
    all_locations: bool,
    by: Staff | None = None,
) -> bool:
    """Give `staff` these facts. Return whether what they may do changed: then they are signed out everywhere.

    `by` as in `create_user`. Raises BeyondReach, BeyondRoles, BeyondAddress, OwnRights, EmailTaken, EmailUnusable or
    LastAdministrator, each before anything is changed.
    """
    address = plain_email(email)
    other = find_by_email(address)
    if other is not None and other.id != staff.id:
        raise EmailTaken
    if RoleName.ADMINISTRATOR not in roles:
        _keep_an_administrator(staff)
    if by is not None:
        _refuse_own_rights(by, staff, roles, location_ids, all_locations)
        _keep_within_reach(by, location_ids, all_locations)
        _keep_within_roles(by, set(roles) - _role_names(staff))
        if not may_manage(by, staff):
            raise BeyondReach
        if staff.email != address and not may_sign_in_as(by, staff):
            raise BeyondAddress
    before, addresses = _reach(staff), {}
    if staff.email != address:
        identities.unlink(staff)
        addresses = {"address_before": staff.email, "address_after": address}
    staff.email = address
    staff.name = " ".join(name.split())
    staff.all_locations = all_locations
    staff.roles = [find_role(each) for each in dict.fromkeys(roles)]
    staff.locations = [] if all_locations else list(locations_with(location_ids))
    db.session.flush()
    after = _reach(staff)
    audit_trail.record("person.changed", **audit_trail.about(staff), before=before, after=after, **addresses)
    if after == before:
        return False
    # A session must not outlive the rights it was opened with.
    sessions.end_everywhere(staff)
    return True


def deactivate(staff: Staff) -> None:
    """Sign `staff` out everywhere and let them in no more. Raises LastAdministrator."""
    _keep_an_administrator(staff)
    staff.active = False
    staff.kiosk_pin_hash = None
    sessions.end_everywhere(staff)
    audit_trail.record("person.deactivated", **audit_trail.about(staff))


def reactivate(staff: Staff) -> None:
    staff.active = True
    audit_trail.record("person.reactivated", **audit_trail.about(staff))


def sign_out_everywhere(staff: Staff) -> None:
    sessions.end_everywhere(staff)
    audit_trail.record("person.signed_out_everywhere", **audit_trail.about(staff))


def change_password(staff: Staff, password: str) -> None:
    """Set the new password and end every session of `staff`."""
    staff.password = passwords.hashed(password)
    sessions.end_everywhere(staff)
    audit_trail.record("person.password_changed", **audit_trail.about(staff))


def set_kiosk_pin(staff: Staff, pin: str | None) -> None:
    """Set the PIN that leaves the kiosk page; None takes it away."""
    staff.kiosk_pin_hash = pins.hashed(pin) if pin else None
    db.session.flush()
    audit_trail.record("person.kiosk_pin_changed", **audit_trail.about(staff), removed=not pin)


def may_manage(by: Staff, staff: Staff) -> bool:
    """Return whether `by`, an administrator, may change `staff`: they need every location that `staff` has."""
    if by.all_locations or by.id == staff.id:
        return True
    return not staff.all_locations and _location_ids(staff) <= _location_ids(by)


def roles_given_by(by: Staff) -> frozenset[str]:
    """Return the roles that `by`, an administrator, may give to others."""
    return frozenset(str(given) for name in _role_names(by) for given in GIVES.get(RoleName(name), ()))


def may_sign_in_as(by: Staff, staff: Staff) -> bool:
    """Return whether `by` may have a link made with which one signs in as `staff`."""
    return may_manage(by, staff) and (by.id == staff.id or _role_names(staff) <= roles_given_by(by))


def plain_email(typed: str) -> str:
    """Return an address as it is kept, in lower case, so that nobody is two people. Raises EmailUnusable."""
    try:
        found = validate_email(typed.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise EmailUnusable("This is not an e-mail address. It should look like nora@example.org.") from None
    return found.normalized.lower()


def find_by_email(email: str) -> Staff | None:
    return db.session.scalars(select(Staff).where(func.lower(Staff.email) == email.strip().lower())).one_or_none()


def just_added(*, email: str, name: str) -> Staff | None:
    """Return the one added with this address and name within the last minutes, as when a form is sent twice."""
    staff = find_by_email(email)
    if staff is None or staff.name != " ".join(name.split()) or clock.now() - staff.created_at > SENT_TWICE:
        return None
    return staff


def find_role(name: str) -> Role:
    """Return the row of a role; made when the database doesn't hold it yet."""
    role = db.session.scalars(select(Role).where(Role.name == str(RoleName(name)))).one_or_none()
    if role is None:
        role = Role(name=str(RoleName(name)), description=ROLE_WORDS[RoleName(name)])
        db.session.add(role)
    return role


def locations_with(ids: Collection[int]) -> Sequence[Any]:
    """Return the locations with these ids. Their class belongs to a room above, so it is read off the relationship."""
    model = Staff.__mapper__.relationships["locations"].mapper.class_
    return db.session.scalars(select(model).where(model.id.in_(ids)).order_by(model.id)).all()


def _location_ids(staff: Staff) -> set[int]:
    return {location.id for location in staff.locations}


def _keep_within_reach(by: Staff, location_ids: Collection[int], all_locations: bool) -> None:
    if not by.all_locations and (all_locations or not set(location_ids) <= _location_ids(by)):
        raise BeyondReach


def _keep_within_roles(by: Staff, gained: Collection[str]) -> None:
    if not set(gained) <= roles_given_by(by):
        raise BeyondRoles


def _role_names(staff: Staff) -> set[str]:
    return {role.name for role in staff.roles}


def _refuse_own_rights(
    by: Staff, staff: Staff, roles: Collection[str], location_ids: Collection[int], all_locations: bool
) -> None:
    if by.id != staff.id:
        return
    gains_role = not set(roles) <= _role_names(staff)
    gains_place = not staff.all_locations and (all_locations or not set(location_ids) <= _location_ids(staff))
    if gains_role or gains_place:
        raise OwnRights


def _reach(staff: Staff) -> dict[str, Any]:
    """What somebody may do and where, for the trail."""
    return {
        "roles": sorted(role.name for role in staff.roles),
        "locations": "all" if staff.all_locations else sorted(location.id for location in staff.locations),
    }


def _keep_an_administrator(staff: Staff) -> None:
    if not staff.active or RoleName.ADMINISTRATOR not in _role_names(staff):
        return
    role = find_role(RoleName.ADMINISTRATOR)
    # Two administrators who take each other's role away at the same moment wait here for one another.
    db.session.execute(select(Role.id).where(Role.id == role.id).with_for_update())
    others = (
        select(func.count())
        .select_from(Staff)
        .join(staff_role, staff_role.c.staff_id == Staff.id)
        .where(staff_role.c.role_id == role.id, Staff.active.is_(True), Staff.id != staff.id)
    )
    if db.session.scalar(others) == 0:
        raise LastAdministrator
