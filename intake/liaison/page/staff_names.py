"""Names of those who work here, for pages of this room."""

from collections.abc import Sequence

from sqlalchemy import select

from intake.accounts.current import current_locations
from intake.accounts.models import Role, RoleName, Staff, staff_location, staff_role
from intake.db import db
from intake.id_filters import among
from intake.liaison.page.access import PEOPLE


def staff_names() -> dict[int, str]:
    """Id → name of everybody who ever worked here; a practice has dozens."""
    return {row[0]: row[1] for row in db.session.execute(select(Staff.id, Staff.name))}


def colleagues(roles: Sequence[RoleName] = PEOPLE) -> list[tuple[int, str]]:
    """(id, name) of those at work who hold one of the roles at a location of the signed-in person, by name."""
    here = select(staff_location.c.staff_id).where(among(staff_location.c.location_id, sorted(current_locations())))
    held = (
        select(staff_role.c.staff_id)
        .join(Role, Role.id == staff_role.c.role_id)
        .where(Role.name.in_([str(role) for role in roles]))
    )
    query = (
        select(Staff.id, Staff.name)
        .where(Staff.active.is_(True), Staff.id.in_(held), Staff.all_locations.is_(True) | Staff.id.in_(here))
        .order_by(Staff.name, Staff.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]
